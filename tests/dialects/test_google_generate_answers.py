"""Whole answers of generateContent: stops, usage, citations, blocked prompts, and answers of other origins."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.google_generate import NAME, client_side, provider_side
from pontage.domain import (
    ChatResponse,
    Citation,
    Opaque,
    Part,
    Reasoning,
    Stop,
    Text,
    TokenLogprob,
    ToolCall,
)
from pontage.errors import OverloadedError, ProtocolError
from tests.dialects.google_generate import GOOGLE, Notes, answer, answered, candidate, told

STOPS: list[tuple[Any, str]] = [
    ("STOP", "stop"), ("MAX_TOKENS", "length"), ("CONTINUATION", "length"), ("SAFETY", "content_filter"),
    ("IMAGE_RECITATION", "content_filter"), ("MODEL_ARMOR", "content_filter"), ("OTHER", "error"),
    ("MALFORMED_FUNCTION_CALL", "error"), ("NO_IMAGE", "other"), ("OF_TOMORROW", "other"), (2, "length"), (99, "other"),
    (None, "other"),
]  # fmt: skip


@pytest.mark.parametrize(("finish", "reason"), STOPS)
def test_every_finish_has_a_reason_and_keeps_its_own_word(finish: Any, reason: str) -> None:
    stop = answered(candidate("x", finish=finish)).stop
    assert stop.reason == reason
    assert stop.raw == (None if finish is None else str(finish))


def test_a_call_is_why_the_answer_stopped() -> None:
    call = {"functionCall": {"name": "f", "args": {}}}
    assert answered(candidate(call)).stop == Stop("tool_calls", raw="STOP")
    assert answered(candidate(call, finish="MAX_TOKENS")).stop.reason == "length"


FOREIGN_STOPS: list[tuple[Stop, bool, str, Notes]] = [
    (Stop("stop", raw="end_turn"), False, "STOP", []),
    (Stop("tool_calls"), True, "STOP", []),
    (Stop("stop"), True, "STOP", [("approximated", "choices[0].stop.reason")]),
    (Stop("tool_calls"), False, "STOP", [("approximated", "choices[0].stop.reason")]),
    (
        Stop("stop_sequence", sequence="END", extra={"why": "x", "none": None}),
        False,
        "STOP",
        [
            ("approximated", "choices[0].stop.reason"),
            ("dropped", "choices[0].stop.sequence"),
            ("dropped", "choices[0].stop.why"),
        ],
    ),
    (Stop("refusal"), False, "SAFETY", [("approximated", "choices[0].stop.reason")]),
    (Stop("context_exceeded"), False, "MAX_TOKENS", [("approximated", "choices[0].stop.reason")]),
    (Stop("content_filter"), False, "SAFETY", []),
    (Stop("error"), False, "OTHER", []),
    (Stop("other"), False, "OTHER", [("approximated", "choices[0].stop.reason")]),
]


@pytest.mark.parametrize(("stop", "calls", "finish", "notes"), FOREIGN_STOPS)
def test_a_foreign_stop_is_told_in_googles_words(stop: Stop, calls: bool, finish: str, notes: Notes) -> None:
    parts: list[Part] = [ToolCall(id="a", name="f", arguments="{}")] if calls else [Text(text="x")]
    body, noted = told(answer(*parts, stop=stop))
    assert body["candidates"][0]["finishReason"] == finish
    assert noted == notes


def test_a_blocked_prompt_is_an_answer() -> None:
    body = {"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r"}
    response = answered(body)
    assert response.stop == Stop("content_filter", raw="SAFETY")
    assert response.message.parts == ()
    assert told(replace(response, spelling=())) == (body, [])


TEXT = "Öl kostet 9 €. Heu nicht."


def grounded(**segment: Any) -> ChatResponse:
    chunks = [{"web": {"uri": "https://x.example", "title": "X"}}, {"retrievedContext": {"text": "Preisliste"}}]
    supports = [{"segment": segment, "groundingChunkIndices": [0, 1, 7]}]
    metadata = {"groundingChunks": chunks, "groundingSupports": supports}
    return answered(candidate({"text": "Hm", "thought": True}, TEXT, groundingMetadata=metadata))


SEGMENTS: list[tuple[dict[str, Any], tuple[int, int] | None]] = [
    ({"startIndex": 0, "endIndex": 17, "text": "Öl kostet 9 €."}, (0, 14)),
    ({"endIndex": 17}, (0, 14)),
    ({"startIndex": 18, "endIndex": 28, "partIndex": 1, "text": "Heu nicht."}, (15, 25)),
    ({"startIndex": 3, "endIndex": 9, "text": "Heu"}, (15, 18)),  # offsets of another text: the words decide
    ({"startIndex": 1, "endIndex": 9}, None),  # within a character
    ({"startIndex": 0, "endIndex": 900}, None),
    ({"startIndex": -4, "endIndex": 2}, None),
    ({"text": "not there"}, None),
]


@pytest.mark.parametrize(("segment", "span"), SEGMENTS, ids=[str(index) for index in range(len(SEGMENTS))])
def test_byte_offsets_become_characters_of_the_text_they_mean(
    segment: dict[str, Any], span: tuple[int, int] | None
) -> None:
    text = grounded(**segment).message.parts[1]
    assert isinstance(text, Text)
    if span is None:
        assert text.citations == ()
        return
    assert text.citations == (
        Citation(start=span[0], end=span[1], url="https://x.example", title="X"),
        Citation(start=span[0], end=span[1], quote="Preisliste"),
    )


def test_malformed_grounding_is_kept_and_cites_nothing() -> None:
    for metadata in (
        [],
        {"groundingSupports": [3, {"segment": None}], "groundingChunks": "x"},
        {"groundingChunks": [{}]},
    ):
        response = answered(candidate("x", groundingMetadata=metadata, citationMetadata={"citations": [4]}))
        assert response.text == "x"
        assert response.choices[0].extra["groundingMetadata"] == metadata


def test_foreign_citations_become_grounding() -> None:
    parts = (
        Text(text="Öl."),
        Text(text=TEXT, citations=(Citation(start=15, end=18, url="https://x.example", title="X"),
                                   Citation(url="https://x.example", title="X", extra={"index": 1}),
                                   Citation(start=0, end=2, quote="Preisliste", title="P"))),
    )  # fmt: skip
    body, notes = told(answer(*parts))
    assert body["candidates"][0]["groundingMetadata"] == {
        "groundingChunks": [
            {"web": {"uri": "https://x.example", "title": "X"}},
            {"retrievedContext": {"title": "P", "text": "Preisliste"}},
        ],
        "groundingSupports": [
            {
                "segment": {"partIndex": 1, "startIndex": 18, "endIndex": 21, "text": "Heu"},
                "groundingChunkIndices": [0],
            },
            {"segment": {"partIndex": 1, "startIndex": 0, "endIndex": 28, "text": TEXT}, "groundingChunkIndices": [0]},
            {"segment": {"partIndex": 1, "startIndex": 0, "endIndex": 3, "text": "Öl"}, "groundingChunkIndices": [1]},
        ],
    }
    where = "choices[0].message.parts[1].citations[1]"
    assert notes == [("dropped", f"{where}.index"), ("approximated", where)]


def test_foreign_thoughts_are_shown_but_not_their_proofs() -> None:
    parts = (Reasoning(text="Hm.", signature="s"), Reasoning(redacted=True, signature="s"), Opaque(data={"type": "x"}))
    body, notes = told(answer(*parts, Text(text="So."), extra={"odd": 1}))
    assert body["candidates"][0]["content"]["parts"] == [{"text": "Hm.", "thought": True}, {"text": "So."}]
    where = "choices[0].message.parts"
    assert notes == [
        ("dropped", f"{where}[0].signature"),
        ("dropped", f"{where}[1]"),
        ("dropped", f"{where}[2]"),
        ("dropped", "choices[0].odd"),
    ]


def test_probabilities_cross_without_bytes() -> None:
    logprobs = (TokenLogprob("a", -0.5, bytes=(97,), id=4, top=(TokenLogprob("b", -1.5),)), TokenLogprob("c", -2.0))
    body, notes = told(answer(Text(text="ac"), logprobs=logprobs))
    assert body["candidates"][0]["logprobsResult"] == {
        "chosenCandidates": [
            {"token": "a", "logProbability": -0.5, "tokenId": 4},
            {"token": "c", "logProbability": -2.0},
        ],
        "topCandidates": [{"candidates": [{"token": "b", "logProbability": -1.5}]}, {"candidates": []}],
    }
    assert notes == [("dropped", "choices[0].logprobs")]


def test_the_identity_of_an_answer_is_kept() -> None:
    body, notes = told(answer(Text(text="x"), created=1_795_000_000, extra={}))
    assert (body["responseId"], body["modelVersion"], body["createTime"]) == ("r", "m", "2026-11-18T11:06:40Z")
    assert notes == []
    assert answered({**candidate("x"), "createTime": "yesterday"}).created is None
    assert answered({**candidate("x"), "createTime": "2026-11-18T11:06:40"}).created is None
    assert answered({**candidate("x"), "createTime": "2026-11-18T11:06:40.5Z"}).created == 1_795_000_000


def test_a_time_beyond_the_calendar_is_dropped() -> None:
    body, notes = told(answer(Text(text="x"), created=1_786_403_070_123))
    assert "createTime" not in body
    assert notes == [("dropped", "created")]


def test_an_answer_that_told_no_finish_tells_none() -> None:
    body = candidate("x")
    del body["candidates"][0]["finishReason"]
    assert "finishReason" not in told(replace(answered(body), spelling=()))[0]["candidates"][0]


def test_foreign_fields_of_an_answer_are_named() -> None:
    response = replace(answer(Text(text="x")), extra={"system_fingerprint": "f", "object": None})
    assert told(response)[1] == [("dropped", "system_fingerprint")]
    assert told(replace(response, origin=None))[0]["system_fingerprint"] == "f"


def test_vertex_signatures_are_not_the_gemini_apis() -> None:
    body = json.dumps(candidate({"text": "x", "thoughtSignature": "c2ln"})).encode()
    response = provider_side(family="vertex").decode_response(body)
    assert response.origin is not None
    assert (response.origin.dialect, response.origin.family) == (NAME, "vertex")
    unspelled = replace(response, spelling=())
    assert b"c2ln" in client_side(family="vertex").encode_response(unspelled).body
    encoded = client_side().encode_response(unspelled)
    assert b"c2ln" not in encoded.body
    assert [note.where for note in encoded.notes] == ["choices[0].message.parts[0].signature"]


def test_an_answer_is_not_taken_for_one_when_it_is_none() -> None:
    side = provider_side()
    for body in (b"", b"[]", b"{}", b"<html>", b'{"candidates": 3}', b'{"candidates": [{"content": {"parts": 3}}]}'):
        with pytest.raises(ProtocolError):
            side.decode_response(body)
    with pytest.raises(OverloadedError):
        side.decode_response(b'{"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}')


def test_a_later_answer_of_the_same_origin_keeps_its_message() -> None:
    response = answered(candidate())
    assert response.choices[0].message.parts == ()
    assert told(answer(Text(text="new"), origin=GOOGLE))[0]["candidates"][0]["content"]["parts"] == [{"text": "new"}]
