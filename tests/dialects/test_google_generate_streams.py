"""Streams of generateContent: what is one part, when a stream is whole, side by side parts, arrays, the tap."""

import json
from typing import Any

import pytest

from pontage.dialects.google_generate import provider_side
from pontage.domain import (
    Citation,
    Finished,
    Message,
    Opaque,
    Reasoning,
    Started,
    StreamEvent,
    Text,
    collect,
)
from pontage.errors import (
    OverloadedError,
    ProtocolError,
    RateLimitedError,
    ServerError,
    StreamTruncatedError,
)
from pontage.streaming.framing import Frame, JSONArrayDecoder, SSEDecoder
from tests.dialects.google_generate import turn


def piece(*parts: Any, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    content = {"content": turn(*parts, role="model")} if parts else {}
    ended = {"finishReason": finish} if finish else {}
    return {"candidates": [{**content, **ended, **fields}], "responseId": "r", "modelVersion": "m"}


def events_of(*chunks: Any, side: Any = None) -> list[StreamEvent]:
    decoder = (side or provider_side()).stream_decoder()
    events = [event for chunk in chunks for event in decoder.feed(Frame(json.dumps(chunk).encode()))]
    return events + decoder.end()


def message_of(*chunks: Any) -> Message:
    return collect(events_of(*chunks)).message


def test_text_that_follows_itself_is_one_part_until_its_signature() -> None:
    message = message_of(
        piece({"text": "Hm", "thought": True}),
        piece({"text": "m.", "thought": True}),
        piece("So "),
        piece("it is."),
        piece({"text": "", "thoughtSignature": "c2ln"}),
        piece("More."),
        piece("", finish="STOP"),
    )
    assert message.parts == (
        Reasoning(text="Hmm."), Text(text="So it is.", signature="c2ln"), Text(text="More."),
    )  # fmt: skip


def test_a_signature_alone_belongs_to_the_text_before_it_or_stands_alone() -> None:
    assert message_of(piece("a"), piece({"thoughtSignature": "c2ln"}, finish="STOP")).parts == (
        Text(text="a", signature="c2ln"),
    )
    call = {"functionCall": {"id": "i", "name": "f", "args": {}}}
    message = message_of(piece(call), piece({"text": "", "thoughtSignature": "c2ln"}, finish="STOP"))
    assert message.parts[1:] == (Text(text="", signature="c2ln"),)


def test_a_call_in_pieces_is_put_together() -> None:
    def part(**call: Any) -> dict[str, Any]:
        return piece({"functionCall": call})

    arguments = [
        {"jsonPath": "$.a.b", "stringValue": "x"}, {"jsonPath": "$.a.b", "stringValue": "y"},
        {"jsonPath": "$.list[1]", "numberValue": 2}, {"jsonPath": "$['k']", "boolValue": False},
        {"jsonPath": "$.n", "nullValue": "NULL_VALUE"}, {"jsonPath": "$", "stringValue": "no place"},
        {"jsonPath": "$.list[99999999]", "numberValue": 1}, {"jsonPath": "$.list.odd", "numberValue": 1},
        {"jsonPath": "$.said"},
    ]  # fmt: skip
    message = message_of(
        part(name="f", willContinue=True),
        part(partialArgs=arguments, willContinue=True),
        part(),
        part(),  # a piece of no call
        part(name="g", willContinue=True),  # never closed: the next one closes it
        part(name="h", args={"z": 1}),
        piece("", finish="STOP"),
    )
    calls = message.tool_calls
    assert [call.name for call in calls] == ["f", "g", "h"]
    assert json.loads(calls[0].arguments) == {"a": {"b": "xy"}, "list": [None, 2], "k": False, "n": None}
    assert [call.arguments for call in calls[1:]] == ["{}", '{"z":1}']
    assert len({call.id for call in calls}) == 3


def test_unknown_parts_and_media_are_told_whole() -> None:
    message = message_of(
        piece({"hologram": {"depth": 3}}),
        piece({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, finish="STOP"),
    )
    assert isinstance(message.parts[0], Opaque)
    assert message.parts[1].extra == {}


def test_usage_keeps_what_a_later_frame_leaves_out() -> None:
    first = {**piece("a"), "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1, "serviceTier": "FLEX"}}
    last = {**piece("", finish="STOP"), "usageMetadata": {"promptTokenCount": 9, "thoughtsTokenCount": 4}}
    started, *_, finished = events_of(first, last)
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert started.usage is not None
    assert started.usage.input == 9
    assert finished.usage is not None
    assert (finished.usage.input, finished.usage.output, finished.usage.reasoning) == (9, 1, 4)
    assert finished.service_tier == "flex"


def test_citations_reach_the_text_that_is_open_at_the_end() -> None:
    support = {"segment": {"endIndex": 3, "text": "Öl"}, "groundingChunkIndices": [0]}
    metadata = {"groundingChunks": [{"web": {"uri": "u"}}], "groundingSupports": [support]}
    text = message_of(piece("Ö"), piece("l!"), piece("", finish="STOP", groundingMetadata=metadata)).parts[0]
    assert text == Text(text="Öl!", citations=(Citation(start=0, end=2, url="u"),))


TRUNCATED: list[list[Any]] = [
    [],
    [{"usageMetadata": {"promptTokenCount": 1}}],
    [piece("a")],
    [{"candidates": [{"index": 0, "finishReason": "STOP"}, {"index": 1, "content": turn("a")}]}],
    [{"promptFeedback": {"safetyRatings": []}}],
]


@pytest.mark.parametrize("chunks", TRUNCATED, ids=[str(index) for index in range(len(TRUNCATED))])
def test_a_stream_without_its_finish_is_not_whole(chunks: list[Any]) -> None:
    with pytest.raises(StreamTruncatedError):
        events_of(*chunks)
    tap = provider_side().stream_tap(b"")
    for chunk in chunks:
        tap.feed(Frame(json.dumps(chunk).encode()))
    assert not tap.finished
    with pytest.raises(StreamTruncatedError):
        tap.end()


ERRORS: list[tuple[Any, type[Exception]]] = [
    ({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}, OverloadedError),
    ([{"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}], RateLimitedError),
    ({"error": {"message": "?"}}, ServerError),
    ({"candidates": 4}, ProtocolError),
    ([1], ProtocolError),
    ("x", ProtocolError),
]


@pytest.mark.parametrize(("frame", "kind"), ERRORS, ids=[str(index) for index in range(len(ERRORS))])
def test_an_error_in_the_stream_is_raised(frame: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        events_of(piece("a"), frame)
    tap = provider_side().stream_tap(b"")
    with pytest.raises(kind):
        tap.feed(Frame(json.dumps(frame).encode()))


def test_a_flat_error_behind_a_proxy_is_raised() -> None:
    with pytest.raises(OverloadedError):
        events_of({"message": "busy", "status": "UNAVAILABLE"})


def test_frames_that_are_no_json_are_refused() -> None:
    for data in (b"", b"{", b"\xff", b"[[[["):
        with pytest.raises(ProtocolError):
            provider_side().stream_decoder().feed(Frame(data))
        with pytest.raises(ProtocolError):
            provider_side().stream_tap(b"").feed(Frame(data))


def test_several_answers_are_told_apart() -> None:
    chunk = {
        "candidates": [{"index": 0, "content": turn("a")}, {"index": 2, "content": turn("c"), "finishReason": "STOP"}]
    }
    response = collect(events_of(chunk, piece("", finish="MAX_TOKENS", index=0)))
    assert [choice.message.text for choice in response.choices] == ["a", "", "c"]
    assert [choice.stop.reason for choice in response.choices] == ["length", "other", "stop"]


def test_an_index_that_cannot_be_is_a_place() -> None:
    assert collect(events_of(piece("a", finish="STOP", index=10**9))).text == "a"


def test_the_tap_sees_content_usage_and_the_end() -> None:
    tap = provider_side(array=True).stream_tap(b"")
    metadata = {"webSearchQueries": ["a"]}
    chunks = [
        {**piece({"text": "", "thoughtSignature": "c2ln"}), "usageMetadata": {"promptTokenCount": 2}},
        piece("a", groundingMetadata=metadata),
        {**piece("", finish="STOP"), "usageMetadata": {"candidatesTokenCount": 3, "promptTokenCount": 2}},
    ]
    seen: list[tuple[bool, bool]] = []
    for chunk in chunks:
        frame = Frame(json.dumps(chunk).encode(), raw=b"raw")
        assert tap.feed(frame) == b"raw"
        seen.append((tap.content, tap.finished))
    assert seen == [(False, False), (True, False), (True, True)]
    assert tap.usage is not None
    assert (tap.usage.input, tap.usage.output, tap.usage.web_searches) == (2, 3, 1)
    assert tap.end() == b"]"


def test_the_tap_sees_a_blocked_prompt() -> None:
    tap = provider_side().stream_tap(b"")
    tap.feed(Frame(b'{"promptFeedback": {"blockReason": "SAFETY"}, "candidates": null}'))
    assert tap.finished
    assert not tap.content
    assert tap.end() == b""


def test_framing_follows_the_form_of_the_stream() -> None:
    assert isinstance(provider_side().framing(), SSEDecoder)
    assert isinstance(provider_side(array=True).framing(), JSONArrayDecoder)
