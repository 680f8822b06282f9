"""What formats of reranking say of a request, and what they refuse."""

import json
from typing import Any

import pytest

from pontage.domain.rerank import Ranked, RerankRequest, RerankResponse
from pontage.errors import InvalidRequestError, ProtocolError
from tests.dialects.operations import FORMATS, encoded

RERANKS = ["cohere_rerank", "cohere_rerank_v1", "voyage_rerank"]


def asked(**more: Any) -> RerankRequest:
    return RerankRequest(model="m", query="q", documents=("a", {"text": "b"}, {"title": "c"}), **more)


def written(form: str, request: RerankRequest) -> tuple[Any, list[tuple[str, str]]]:
    told = FORMATS[form].encode_request(request)
    return json.loads(told.body), [(note.kind, note.where) for note in told.notes]


@pytest.mark.parametrize(
    ("form", "said", "notes"),
    [
        ("cohere_rerank",
         {"documents": ["a", "b", '{"title":"c"}'], "top_n": 2, "max_tokens_per_doc": 9},
         [("approximated", "documents[2]"), ("dropped", "odd")]),
        ("cohere_rerank_v1",
         {"documents": ["a", {"text": "b"}, {"title": "c"}], "top_n": 2, "max_tokens_per_doc": 9,
          "return_documents": True},
         [("dropped", "odd")]),
        ("voyage_rerank",
         {"documents": ["a", "b", '{"title":"c"}'], "top_k": 2, "return_documents": True},
         [("approximated", "documents[2]"), ("dropped", "max_tokens_per_doc"), ("dropped", "odd")]),
    ],
)  # fmt: skip
def test_what_each_says(form: str, said: dict[str, Any], notes: list[tuple[str, str]]) -> None:
    request = asked(top_n=2, max_tokens_per_doc=9, return_documents=True, extra={"odd": 1})
    assert written(form, request) == ({"model": "m", "query": "q", **said}, notes)


@pytest.mark.parametrize("form", RERANKS)
def test_what_only_its_own_format_knows_goes_back_there(form: str) -> None:
    body = {"model": "m", "query": "q", "documents": ["a"], "priority": 3, "top_k": 1, "top_n": 2}
    request: RerankRequest = FORMATS[form].decode_request(encoded(body))
    assert request.top_n == (1 if form == "voyage_rerank" else 2)
    assert written(form, request) == (body, [])
    other = RERANKS[RERANKS.index(form) - 1]
    strange = "top_n" if form == "voyage_rerank" else "top_k"
    assert sorted(written(other, request)[1]) == [("dropped", "priority"), ("dropped", strange)]


@pytest.mark.parametrize("form", RERANKS)
@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"", b'{"results":[{}]}', b'{"data":3}', b'{"results":null,"data":null}']
)
def test_an_answer_without_results_is_a_protocol_error(form: str, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        FORMATS[form].decode_response(body)


@pytest.mark.parametrize("form", RERANKS)
def test_no_documents_are_nothing_to_order(form: str) -> None:
    with pytest.raises(InvalidRequestError) as failure:
        FORMATS[form].decode_request(encoded({"model": "m", "query": "q", "documents": []}))
    assert failure.value.param == "documents"


@pytest.mark.parametrize(
    ("form", "documents"),
    [("cohere_rerank", None), ("cohere_rerank_v1", [{"text": "a"}, {"title": "c"}, None]),
     ("voyage_rerank", ["a", {"title": "c"}, None])],
)  # fmt: skip
def test_documents_stand_where_they_were_asked_for(form: str, documents: Any) -> None:
    results = (Ranked(index=0, score=0.5), Ranked(index=2, score=0.25, extra={"odd": 1}), Ranked(index=9, score=0.125))
    told = FORMATS[form].encode_response(RerankResponse(model="", results=results), asked(return_documents=True))
    body = json.loads(told.body)
    rows = body["data" if form == "voyage_rerank" else "results"]
    assert [row["index"] for row in rows] == [0, 2, 9]
    assert documents == (None if form == "cohere_rerank" else [row["document"] for row in rows])
    assert [note.where for note in told.notes] == ["results.odd"]
    assert body["model"] == "m"
