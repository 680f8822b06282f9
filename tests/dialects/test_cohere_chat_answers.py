"""Whole answers in Cohere's format, read from a provider and written for a client."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.cohere_chat import provider_side
from pontage.domain import (
    Audio,
    ChatResponse,
    Choice,
    Citation,
    Document,
    Image,
    Inline,
    Opaque,
    Origin,
    Plain,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
)
from pontage.errors import ProtocolError, ServerError
from tests.dialects.cohere_chat import CLIENT, OTHER, OWN, SIDE, answered, assistant

AT = "choices[0].message.parts[0]"
AYE = {"content": [{"type": "text", "text": "Aye."}]}


def read(message: Any, **fields: Any) -> ChatResponse:
    body = {"id": "a", "message": {"role": "assistant", **message}, "finish_reason": "COMPLETE", **fields}
    return SIDE.decode_response(json.dumps(body).encode())


def test_an_answer_does_not_name_its_model() -> None:
    answer = read(AYE)
    assert (answer.id, answer.model, answer.text, answer.origin) == ("a", "", "Aye.", OWN)
    family = provider_side(family="f").decode_response(CLIENT.encode_response(answer).body)
    assert family.message.origin == Origin("cohere_chat", "f")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop_sequence"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("ERROR", "error"),
        ("TIMEOUT", "error"),
        ("BECALMED", "other"),
        (None, "other"),
    ],
)
def test_why_it_ended(word: str | None, reason: str) -> None:
    answer = read(AYE, finish_reason=word)
    assert answer.stop == Stop(reason, raw=word)  # type: ignore[arg-type] # one of the literals
    assert json.loads(CLIENT.encode_response(answer).body)["finish_reason"] == word


@pytest.mark.parametrize(
    ("stop", "word", "notes"),
    [
        (Stop("stop"), "COMPLETE", []),
        (Stop("tool_calls"), "TOOL_CALL", []),
        (Stop("error", raw="x"), "ERROR", []),
        (Stop("stop_sequence", sequence="x"), "STOP_SEQUENCE", [("dropped", "choices[0].stop.sequence")]),
        (Stop("context_exceeded"), "MAX_TOKENS", [("approximated", "choices[0].stop.reason")]),
        (Stop("content_filter", extra={"why": 1}), "ERROR", [("dropped", "choices[0].stop.why"), ("approximated", "")]),
        (Stop("refusal"), "COMPLETE", [("approximated", "choices[0].stop.reason")]),
        (Stop("other"), "COMPLETE", [("approximated", "choices[0].stop.reason")]),
    ],
)
def test_other_reasons_in_the_words_of_this_format(stop: Stop, word: str, notes: Any) -> None:
    choice = Choice(message=assistant("Aye."), stop=stop)
    encoded = CLIENT.encode_response(ChatResponse(id="a", model="", choices=(choice,), origin=OTHER))
    assert json.loads(encoded.body)["finish_reason"] == word
    expected = [(kind, where or "choices[0].stop.reason") for kind, where in notes]
    assert [(note.kind, note.where) for note in encoded.notes] == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"tokens": {"input_tokens": 100.0, "output_tokens": 9}}, TokenUsage(input=100, output=9)),
        (
            {"billed_units": {"input_tokens": 3}, "tokens": {"input_tokens": 100, "output_tokens": 9}},
            TokenUsage(input=100, output=9),
        ),
        ({"billed_units": {"input_tokens": 3, "output_tokens": 1}}, TokenUsage(input=3, output=1)),
        (
            {"tokens": {"input_tokens": 100, "output_tokens": 9, "reasoning_tokens": 5}, "cached_tokens": 64},
            TokenUsage(input=36, cache_read=64, output=4, reasoning=5),
        ),
        ({"tokens": {"input_tokens": 34, "image_tokens": 259}}, TokenUsage(input=293)),
        ({"tokens": {"output_tokens": 2, "reasoning_tokens": 3}}, TokenUsage(output=0, reasoning=2)),
        ({"tokens": {"input_tokens": 5}, "cached_tokens": 9}, TokenUsage(input=0, cache_read=9)),
        ({"tokens": {"input_tokens": -5, "output_tokens": True}, "cached_tokens": "9"}, TokenUsage()),
        ({"tokens": 3}, TokenUsage()),
    ],
)
def test_tokens_are_counted_apart(raw: Any, expected: TokenUsage) -> None:
    answer = read(AYE, usage=raw)
    assert answer.usage == replace(expected, raw=raw)
    assert SIDE.usage_of(CLIENT.encode_response(answer).body) == answer.usage


def test_no_usage_is_none() -> None:
    assert read(AYE).usage is None
    for body in (b"{}", b'{"usage": null}', b'{"usage": {}}', b'{"usage": 3}', b"[]"):
        assert SIDE.usage_of(body) is None
    with pytest.raises(ProtocolError):
        SIDE.usage_of(b"<html>")


def test_counts_of_another_format() -> None:
    usage = TokenUsage(input=5, cache_read=4, cache_write_5m=3, input_audio=2, output=6, reasoning=1, web_searches=1)
    body, notes = answered("Aye.", usage=usage)
    assert body["usage"] == {
        "billed_units": {"input_tokens": 14, "output_tokens": 7},
        "tokens": {"input_tokens": 14, "output_tokens": 7, "reasoning_tokens": 1},
        "cached_tokens": 4,
    }
    assert [where for _, where in notes] == ["usage.cache_write_5m", "usage.input_audio", "usage.web_searches"]
    assert answered("Aye.", usage=TokenUsage())[0]["usage"] == {"billed_units": {}, "tokens": {}}


PAGE = {"title": "Vik", "url": "https://v", "text": "A harbour."}


def cited(words: str, **citation: Any) -> Citation:
    answer = read({"content": [{"type": "text", "text": words}], "citations": [citation]})
    (part,) = answer.message.parts
    assert isinstance(part, Text)
    return part.citations[0]


def test_citations_belong_to_their_text() -> None:
    page = {"type": "document", "id": "https://v", "document": PAGE}
    assert cited("Vik.", start=0, end=3, text="Vik", sources=[page]) == Citation(
        start=0, end=3, url="https://v", title="Vik", quote="A harbour."
    )
    tool = {"type": "tool", "id": "t:0", "tool_output": {"title": "Vik", "depth": 4}}
    assert cited("Vik.", start=0, end=3, text="Vik", sources=[tool]) == Citation(
        start=0, end=3, title="Vik", extra={"sources": [tool]}
    )
    assert cited("Vik.", start=0, end=3, text="VIK", odd=1, none=None).extra == {"text": "VIK", "odd": 1}
    assert cited("Vik.", text="x").extra == {"text": "x"}
    assert cited("Vik.", sources=[{"type": "tool", "tool_output": 3}]).extra["sources"]


def test_citations_name_their_block() -> None:
    content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    places = (None, 1, 2, 0, 9, -1)
    citations = [{"start": 0, "end": 1, "content_index": place} for place in places]
    answer = read({"content": content, "citations": citations})
    assert [len(getattr(part, "citations", ())) for part in answer.message.parts] == [0, 2, 1]
    assert [one["content_index"] for one in answer.message.extra["citations"]] == [0, 9, -1]


def test_citations_of_thinking_or_of_a_plan_stay_beside() -> None:
    other = {"start": 0, "end": 1, "type": "PLAN", "text": "A"}
    answer = read({**AYE, "tool_plan": "Ask.", "citations": [other]})
    assert answer.message.extra == {"citations": [other]}
    assert json.loads(CLIENT.encode_response(answer).body)["message"]["citations"] == [other]


def test_citations_of_another_format() -> None:
    one = Citation(start=0, end=3, url="https://v", title="Vik", quote="A harbour.", extra={"id": 3, "sources": 1})
    body, notes = answered(Reasoning(text="Hm."), Text(text="Vik.", citations=(one, Citation())))
    first, second = body["message"]["citations"]
    assert first["sources"] == [{"type": "document", "id": "https://v", "document": PAGE}]
    assert (first["text"], first["content_index"], first["type"]) == ("Vik", 1, "TEXT_CONTENT")
    assert second == {"sources": [], "content_index": 1, "type": "TEXT_CONTENT"}
    where = "choices[0].message.parts[1].citations[0]"
    assert notes == [("dropped", f"{where}.id"), ("dropped", f"{where}.sources")]


def test_logprobs_keep_their_stretches() -> None:
    items = [
        {"text": "ab", "token_ids": [1, 2], "logprobs": [-1.0, -2.0]},
        {"text": "c", "token_ids": [3], "logprobs": [-3.0]},
        {"text": "d", "token_ids": [4]},
    ]
    answer = read(AYE, logprobs=items)
    assert answer.choices[0].logprobs == (
        TokenLogprob(token="ab", logprob=-1.0, id=1),
        TokenLogprob(token="", logprob=-2.0, id=2),
        TokenLogprob(token="c", logprob=-3.0, id=3),
    )
    assert json.loads(CLIENT.encode_response(answer).body)["logprobs"] == items
    body, notes = answered("x", logprobs=(TokenLogprob(token="", logprob=-1.0), TokenLogprob(token="x", logprob=0.0)))
    assert [item["text"] for item in body["logprobs"]] == ["", "x"]
    assert notes == []
    _, notes = answered("x", logprobs=(TokenLogprob(token="x", logprob=-1.0, bytes=(120,)),))
    assert notes == [("approximated", "choices[0].logprobs")]


@pytest.mark.parametrize(
    ("part", "block", "notes"),
    [
        (Reasoning(text="Hm.", signature="s"), {"type": "thinking", "thinking": "Hm."}, [("dropped", ".signature")]),
        (Reasoning(redacted=True, signature="s"), None, [("dropped", "")]),
        (Refusal(text="No."), {"type": "text", "text": "No."}, [("approximated", "")]),
        (Image(source=Inline("image/png", "aGk=")), None, [("unsupported", "")]),
        (Audio(source=Inline("audio/wav", "aGk=")), None, [("unsupported", "")]),
        (Opaque(data={"type": "x"}), None, [("dropped", "")]),
        (
            Document(source=Plain("a")),
            {"type": "text", "text": "<document>\na\n</document>"},
            [("approximated", "")],
        ),
        (Text(text="a", extra={"x": 1}), {"type": "text", "text": "a"}, [("dropped", ".x")]),
        (ToolCall(id="w", name="search", by_provider=True), None, [("dropped", "")]),
    ],
)
def test_parts_of_another_format(part: Any, block: Any, notes: Any) -> None:
    body, noted = answered(part)
    assert body["message"].get("content") == (None if block is None else [block])
    assert noted == [(kind, AT + rest) for kind, rest in notes]


def test_calls_of_another_format() -> None:
    body, notes = answered("So.", ToolCall(id="c", name="t"), reason="tool_calls")
    function = {"name": "t", "arguments": "{}"}
    assert body["message"] == {
        "role": "assistant",
        "content": [{"type": "text", "text": "So."}],
        "tool_calls": [{"id": "c", "type": "function", "function": function}],
    }
    assert (body["finish_reason"], notes) == ("TOOL_CALL", [])


def test_what_an_answer_does_not_tell_of_itself() -> None:
    _, notes = answered("Aye.", model="m", created=5, service_tier="flex", extra={"odd": 1})
    assert [where for _, where in notes] == ["model", "created", "service_tier", "odd"]
    two = (Choice(message=assistant("a"), stop=Stop("stop")),) * 2
    _, notes = answered(choices=two)
    assert notes == [("dropped", "choices[1]")]
    named = Choice(message=replace(assistant("a"), name="n"), stop=Stop("stop"), extra={"odd": 1})
    _, notes = answered(choices=(named,))
    assert [where for _, where in notes] == ["choices[0].message.name", "choices[0].odd"]


def test_an_edited_answer_is_told_as_edited() -> None:
    answer = read({"tool_plan": "Ask.", "tool_calls": [], "content": None, "citations": []})
    choice = replace(answer.choices[0], message=replace(answer.message, parts=(Text(text="Aye."),)))
    body = json.loads(CLIENT.encode_response(replace(answer, choices=(choice,))).body)
    assert body["message"] == {
        "role": "assistant",
        "content": [{"type": "text", "text": "Aye."}],
        "tool_calls": [],
        "citations": [],
    }


def test_an_answer_that_is_none() -> None:
    for body in (b'{"message": {"role": "user"}}', b'{"message": {"role": "assistant", "content": 3}}', b"<html>"):
        with pytest.raises(ProtocolError):
            SIDE.decode_response(body)
    with pytest.raises(ServerError, match="aground"):
        SIDE.decode_response(b'{"id": "e", "message": "the model ran aground"}')
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}}
    with pytest.raises(ProtocolError, match=r"message.content\[0\]"):
        read({"content": [picture]})
