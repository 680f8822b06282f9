"""What formats of embeddings say of a request, and what they refuse."""

import json
from typing import Any

import pytest

from pontage.domain import Document, Image, Inline, Link, Nested, Note, Ref, Text, TokenUsage
from pontage.domain.embeddings import Content, EmbeddingRequest, EmbeddingResponse, TokenIds, packed
from pontage.errors import InvalidRequestError, ProtocolError
from tests.dialects.operations import FORMATS, encoded

PICTURE = Image(source=Inline("image/png", "AAAA"))
EMBEDDINGS = [name for name in FORMATS if "rerank" not in name]


def asked(*inputs: Any, **more: Any) -> EmbeddingRequest:
    return EmbeddingRequest(model="m", inputs=inputs or ("a", "b"), **more)


def written(form: str, request: EmbeddingRequest) -> tuple[Any, list[tuple[str, str]]]:
    told = FORMATS[form].encode_request(request)
    return json.loads(told.body), [(note.kind, note.where) for note in told.notes]


def read(form: str, body: Any) -> EmbeddingRequest:
    request: EmbeddingRequest = FORMATS[form].decode_request(encoded(body))
    return request


@pytest.mark.parametrize(
    ("purpose", "google", "cohere"),
    [
        ("document", "RETRIEVAL_DOCUMENT", "search_document"),
        ("query", "RETRIEVAL_QUERY", "search_query"),
        ("classification", "CLASSIFICATION", "classification"),
        ("clustering", "CLUSTERING", "clustering"),
        ("similarity", "SEMANTIC_SIMILARITY", "clustering"),
        ("question", "QUESTION_ANSWERING", "search_query"),
        ("fact", "FACT_VERIFICATION", "search_query"),
        ("code_query", "CODE_RETRIEVAL_QUERY", "search_query"),
        ("image", None, "image"),
        (None, None, "search_document"),
    ],
)
def test_what_vectors_are_for_has_its_word(purpose: Any, google: str | None, cohere: str) -> None:
    request = asked(purpose=purpose)
    body, notes = written("google_batch_embeddings", request)
    assert [one.get("taskType") for one in body["requests"]] == [google] * 2
    assert notes == ([("dropped", "purpose")] if purpose == "image" else [])
    body, notes = written("cohere_embeddings", request)
    assert body["input_type"] == cohere
    exact = purpose in ("document", "query", "classification", "clustering", "image")
    assert notes == ([] if exact else [("injected" if purpose is None else "approximated", "purpose")])
    if google is not None:
        assert read("google_embeddings", {"content": {"parts": [{"text": "a"}]}, "taskType": google}).purpose == purpose
    if exact:
        assert read("cohere_embeddings", {"texts": ["a"], "input_type": cohere}).purpose == purpose


EVERYTHING = asked(
    "a", dimensions=8, purpose="document", title="T", truncate="start", types=("int8",), user="u", extra={"odd": 1}
)


@pytest.mark.parametrize(
    ("form", "fields", "lost"),
    [
        ("google_embeddings", {"taskType", "title", "outputDimensionality", "content", "model"},
         ["truncate", "user", "types[0]", "odd"]),
        ("cohere_embeddings", {"texts", "input_type", "output_dimension", "truncate", "embedding_types", "model"},
         ["title", "user", "odd"]),
        ("ollama_embeddings", {"input", "dimensions", "truncate", "model"},
         ["truncate", "purpose", "title", "user", "types[0]", "odd"]),
        ("ollama_embeddings_older", {"prompt", "model"},
         ["dimensions", "truncate", "purpose", "title", "user", "types[0]", "odd"]),
        ("openai_embeddings", {"input", "dimensions", "user", "model"},
         ["purpose", "title", "truncate", "types[0]", "odd"]),
        ("mistral_embeddings", {"input", "output_dimension", "output_dtype", "model"},
         ["purpose", "title", "truncate", "user", "odd"]),
    ],
)  # fmt: skip
def test_what_a_format_cannot_say_is_noted(form: str, fields: set[str], lost: list[str]) -> None:
    body, notes = written(form, EVERYTHING)
    assert set(body) == fields
    assert sorted(where for _, where in notes) == sorted(lost)


def test_cohere_takes_texts_and_pictures() -> None:
    url = "data:image/png;base64,AAAA"
    assert written("cohere_embeddings", asked(Content((PICTURE,))))[0]["images"] == [url]
    assert written("cohere_embeddings", asked(Content((PICTURE,))))[0]["input_type"] == "image"
    mixed = asked("a", Content((Text(text="b"), PICTURE)), Content((Image(source=Link("https://a.example/b.png")),)))
    body, _ = written("cohere_embeddings", mixed)
    assert body["inputs"] == [
        {"content": [{"type": "text", "text": "a"}]},
        {"content": [{"type": "text", "text": "b"}, {"type": "image_url", "image_url": {"url": url}}]},
        {"content": [{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}]},
    ]
    assert read("cohere_embeddings", body).inputs[1:] == mixed.inputs[1:]
    assert read("cohere_embeddings", {"images": [url]}).inputs == (Content((PICTURE,)),)


def test_gemini_takes_media_and_files() -> None:
    parts = (
        Text(text="a"),
        PICTURE,
        Image(source=Link("https://a.example/b", "image/png")),
        Document(source=Ref("files/x")),
    )
    body, _ = written("google_embeddings", asked(Content(parts)))
    assert body["content"]["parts"] == [
        {"text": "a"},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"fileData": {"mimeType": "image/png", "fileUri": "https://a.example/b"}},
        {"fileData": {"fileUri": "files/x"}},
    ]
    assert read("google_embeddings", body).inputs == (Content(parts),)


@pytest.mark.parametrize("form", EMBEDDINGS)
@pytest.mark.parametrize(
    "one", [TokenIds((1, 2)), Content((Document(source=Nested(())),)), Content((Document(source=Ref("x")),))]
)
def test_an_input_that_a_format_does_not_take_is_named(form: str, one: Any) -> None:
    takes = (form == "openai_embeddings" and isinstance(one, TokenIds)) or (
        form.startswith(("google", "vertex_embed"))
        and isinstance(one, Content)
        and one.parts[0] == Document(source=Ref("x"))
    )
    if takes:
        assert written(form, asked(one))
    else:
        with pytest.raises(InvalidRequestError) as failure:
            written(form, asked(one))
        assert failure.value.param == "inputs[0]"


def test_texts_in_parts_are_one_text_where_only_texts_are_taken() -> None:
    one = Content((Text(text="a"), Text(text="b")))
    assert written("ollama_embeddings", asked(one))[0]["input"] == ["a\nb"]


@pytest.mark.parametrize(
    ("form", "body", "param"),
    [
        ("cohere_embeddings", {}, "texts"),
        ("cohere_embeddings", {"texts": []}, "texts"),
        ("cohere_embeddings", {"texts": ["a"], "images": ["data:image/png;base64,AAAA"]}, "texts"),
        ("cohere_embeddings", {"texts": "a"}, "texts"),
        ("cohere_embeddings", {"images": ["AAAA"]}, "images[0]"),
        ("cohere_embeddings", {"inputs": [{"content": [{"type": "audio"}]}]}, "inputs[0].content[0]"),
        ("cohere_embeddings", {"inputs": [{"content": [{"type": "text"}]}]}, "inputs[0].content[0]"),
        ("google_embeddings", {}, "content"),
        ("google_embeddings", {"content": {"parts": []}}, "content.parts"),
        ("google_embeddings", {"content": {"parts": [{}]}}, "content.parts[0]"),
        ("google_embeddings", {"content": "a"}, "content"),
        ("google_batch_embeddings", {"requests": []}, "requests"),
        ("google_batch_embeddings", {"requests": [{"content": {"parts": [{"text": 3}]}}]},
         "requests[0].content.parts[0].text"),
        ("google_batch_embeddings",
         {"requests": [{"content": {"parts": [{"text": "a"}]}}, {"content": {"parts": [{"text": "a"}]}, "title": "T"}]},
         "requests[1].title"),
        ("ollama_embeddings", {"model": "m"}, "input"),
        ("ollama_embeddings", {"model": "m", "input": []}, "input"),
        ("ollama_embeddings", {"model": "m", "input": [1]}, "input[0]"),
        ("ollama_embeddings_older", {"model": "m", "input": "a"}, "prompt"),
        ("mistral_embeddings", {"model": "m", "input": "a", "output_dimension": "x"}, "output_dimension"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(form: str, body: Any, param: str) -> None:
    with pytest.raises(InvalidRequestError) as failure:
        read(form, body)
    assert failure.value.param == param


def test_words_that_nobody_knows_go_back_to_their_own_format_only() -> None:
    body = {"model": "m", "texts": ["a"], "input_type": "search_moon", "truncate": "MIDDLE", "priority": 3}
    request = read("cohere_embeddings", body)
    assert written("cohere_embeddings", request)[0] == {**body, "embedding_types": ["float"]}
    assert sorted(written("ollama_embeddings", request)[1]) == [
        ("dropped", "input_type"), ("dropped", "priority"), ("dropped", "truncate"),
    ]  # fmt: skip
    request = read("google_embeddings", {"content": {"parts": [{"text": "a"}]}, "taskType": "MOON"})
    assert written("google_embeddings", request)[0]["taskType"] == "MOON"
    assert written("openai_embeddings", request)[1] == [("dropped", "taskType")]


@pytest.mark.parametrize(("wrote", "meant"), [(True, "end"), (False, "none"), (None, None)])
def test_ollama_cuts_unless_it_is_told_not_to(wrote: bool | None, meant: str | None) -> None:
    request = read("ollama_embeddings", {"model": "m", "input": "a", "truncate": wrote, "keep_alive": "5m"})
    assert request.truncate == meant
    assert written("ollama_embeddings", request)[0].get("truncate") is wrote


def test_the_model_in_a_gemini_body_follows_the_path() -> None:
    adjust = FORMATS["google_batch_embeddings"].adjust_request
    content = {"parts": [{"text": "a"}]}
    same = encoded({"requests": [{"model": "models/m", "content": content}]})
    assert adjust(same, "m") is same
    assert json.loads(adjust(same, "n"))["requests"][0]["model"] == "models/n"
    both = encoded({"model": "models/m", "requests": [{"content": content}]})
    assert json.loads(adjust(both, "n")) == {
        "model": "models/n",
        "requests": [{"content": content, "model": "models/n"}],
    }
    single = FORMATS["google_embeddings"].adjust_request
    bare = encoded({"content": content})
    assert single(bare, "m") is bare
    assert (
        json.loads(single(encoded({"content": content, "model": "models/m"}), "tunedModels/n"))["model"]
        == "tunedModels/n"
    )
    for body in (b'{"requests": 3}', b'{"requests": [3]}', b"3"):
        with pytest.raises(InvalidRequestError):
            adjust(body, "m")


@pytest.mark.parametrize(
    ("details", "usage"),
    [
        ([{"modality": "IMAGE", "tokenCount": 258}, {"modality": "TEXT", "tokenCount": 3}],
         {"input": 3, "input_image": 258, "input_video": 0, "input_audio": 0}),
        ([{"modality": "DOCUMENT", "tokenCount": 258}], {"input": 261}),
        ([{"modality": "TEXT", "tokenCount": 999}], {"input": 261}),
        ("x", {"input": 261}), ([3], {"input": 261}), (None, {"input": 261}),
    ],
)  # fmt: skip
def test_gemini_counts_media_apart(details: Any, usage: dict[str, int]) -> None:
    told = {"promptTokenCount": 261, "promptTokenDetails": details}
    answer = FORMATS["google_embeddings"].decode_response(
        encoded({"embedding": {"values": [1]}, "usageMetadata": told})
    )
    assert answer.usage == TokenUsage(**usage, raw=told)
    assert answer.usage.total_input == 261


@pytest.mark.parametrize("form", EMBEDDINGS)
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"embeddings":3,"data":3,"embedding":3}', b"\xff"])
def test_an_answer_without_vectors_is_a_protocol_error(form: str, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        FORMATS[form].decode_response(body)


@pytest.mark.parametrize("form", EMBEDDINGS)
def test_numbers_of_another_kind_are_told_and_noted(form: str) -> None:
    told = FORMATS[form].encode_response(EmbeddingResponse(model="m", encoded={"int8": ((1, 2),)}), asked("a"))
    assert b"[1,2]" in told.body
    assert Note("approximated", "encoded", "vectors of int8") in told.notes


@pytest.mark.parametrize("form", EMBEDDINGS)
def test_base64_that_is_none_is_the_provider_s_fault(form: str) -> None:
    for coded in ("?", packed((1.0,))[:-3] + "A"):
        with pytest.raises(ProtocolError):
            FORMATS[form].encode_response(EmbeddingResponse(model="m", encoded={"base64": (coded,)}), asked("a"))
