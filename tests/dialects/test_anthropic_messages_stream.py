"""Streams of a provider: what breaks, what is unusual, what the tap sees."""

from typing import Any

import pytest

from pontage.domain import Delta, Opaque, PartEnded, Reasoning, Text, TokenUsage, ToolCall, collect
from pontage.errors import InvalidRequestError, OverloadedError, ProtocolError, ServerError, StreamTruncatedError
from tests.dialects.anthropic_stream import SIDE, START, STOP, begin, decode, encode, frame, grow, parts, stop


def test_the_ways_a_stream_can_break() -> None:
    for sent in (
        [STOP],
        [begin(0, type="text", text="")],
        [START, START],
        [START, grow(0, type="text_delta", text="x")],
        [START, begin(0, type="text", text=""), begin(0, type="text", text="")],
        [b"nonsense"],
        [b'{"no":"type"}'],
        [b"[1]"],
        [START, begin(0, type="image", source={"type": "base64", "data": "?"})],
    ):
        with pytest.raises(ProtocolError):
            decode(*sent)
    with pytest.raises(StreamTruncatedError):
        decode(START)


def test_errors_inside_a_stream_are_raised() -> None:
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}, "request_id": "req_1"}
    with pytest.raises(OverloadedError) as caught:
        decode(START, failed)
    assert caught.value.request_id == "req_1"
    assert caught.value.retryable
    with pytest.raises(ServerError):
        decode({"type": "error", "error": {"type": "api_error"}})
    with pytest.raises(ProtocolError):
        decode({"error": "a form of its own"})
    with pytest.raises(InvalidRequestError):
        SIDE.stream_tap(b"{}").feed(frame({"type": "error", "error": {"type": "invalid_request_error"}}))


def test_what_says_nothing_is_skipped() -> None:
    unknown = {"type": "weather", "wind": 3}
    ping = {"type": "ping"}
    assert parts(ping, unknown, b"[DONE]", stop(4)) == ()
    decoder = SIDE.stream_decoder()
    for one in (START, STOP, b"[DONE]", b"nonsense behind the end"):
        decoder.feed(frame(one))
    assert decoder.end() == []


def test_blocks_that_begin_with_text_and_are_never_stopped() -> None:
    assert parts(begin(0, type="text", text="He"), grow(0, type="text_delta", text="y")) == (Text(text="Hey"),)
    (thought,) = parts(begin(0, type="thinking", thinking="a"), grow(0, type="thinking_delta", thinking="b"))
    assert thought == Reasoning(text="ab")


@pytest.mark.parametrize(("start", "arguments"), [("", "{}"), (None, "{}"), ({}, "{}"), ({"a": 1}, '{"a": 1}')])
def test_a_call_that_comes_at_once_is_told_like_any_other(start: Any, arguments: str) -> None:
    events = decode(START, begin(0, type="tool_use", id="a", name="t", input=start), stop(0), STOP)
    assert events[2] == Delta(0, arguments)
    assert events[3] == PartEnded(0, ToolCall(id="a", name="t", arguments=arguments))


def test_deltas_of_unknown_kinds_are_kept() -> None:
    (text,) = parts(
        begin(0, type="text", text=""), grow(0, type="mood_delta", mood="ca"), grow(0, type="mood_delta", mood="lm")
    )
    assert text.extra == {"mood": "calm"}
    (text,) = parts(begin(0, type="text", text=""), grow(0, type="text_delta", text="x", tone=3), stop(0))
    assert text == Text(text="x", extra={"tone": 3})
    (odd,) = parts(
        begin(0, type="odd", text="a", list=[1], n=1),
        grow(0, type="text_delta", text="b"),
        grow(0, type="list_delta", list=[2]),
        grow(0, type="n_delta", n=2, new=None),
        stop(0),
    )
    assert odd == Opaque(data={"type": "odd", "text": "ab", "list": [1, 2], "n": 2, "new": None})


def test_fields_learned_late_survive_the_way_to_a_client() -> None:
    events = decode(
        START,
        begin(0, type="text", text="", a=1),
        grow(0, type="text_delta", text="x", b=2),
        grow(0, type="c_delta", c="late"),
        stop(0),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "mood": 4, "container": {"id": "c"}},
            "usage": None,
            "tide": 5,
        },
        STOP,
    )
    told, notes = encode(events)
    assert notes == []
    assert decode(*told) == events
    assert collect(events).extra == {"mood": 4, "container": {"id": "c"}, "tide": 5}


def test_usage_is_cumulative() -> None:
    one = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 5, "input_tokens": None}}
    two = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
    answer = collect(decode(START, one, two, STOP))
    assert answer.usage == TokenUsage(input=3, output=9, raw={"input_tokens": 3, "output_tokens": 9})
    assert answer.stop.reason == "stop"


def test_the_tap_sees_the_first_content_and_the_end() -> None:
    def content_after(*sent: Any) -> bool:
        tap = SIDE.stream_tap(b"{}")
        assert [tap.feed(frame(one)) for one in sent] == [b"raw"] * len(sent)
        return tap.content

    empty = [START, {"type": "ping"}, begin(0, type="text", text=""), grow(0, type="text_delta", text="")]
    call = begin(0, type="tool_use", id="a", name="t", input={})
    assert not content_after(*empty)
    assert not content_after(START, call, grow(0, type="input_json_delta", partial_json=""))
    assert content_after(*empty, grow(0, type="text_delta", text="x"))
    assert content_after(START, call, stop(0))
    assert content_after(START, begin(0, type="redacted_thinking", data="x"))
    assert content_after(START, begin(0, type="odd"))
    assert content_after({"type": "message_start", "message": {"content": [{"type": "text", "text": "x"}]}})
    tap = SIDE.stream_tap(b"{}")
    with pytest.raises(StreamTruncatedError):
        tap.end()
    assert tap.usage is None
    tricky = grow(0, type="text_delta", text='"message_stop" and "error"')
    for one in (START, grow(0, type="text_delta", text="x"), b"[DONE]", tricky, grow(0, type="text_delta", text="y")):
        assert tap.feed(frame(one)) == b"raw"
    assert not tap.finished
    tap.feed(frame({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 7}}))
    tap.feed(frame(STOP))
    assert tap.finished
    assert tap.usage == TokenUsage(input=3, output=7, raw={"input_tokens": 3, "output_tokens": 7})
    assert tap.feed(frame(b"[DONE]")) == b"raw"
    assert tap.end() == b""
