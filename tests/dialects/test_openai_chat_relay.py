"""Requests and streams that stay in the format: nothing is decoded that need not be, nothing changes that need not."""

import json
from typing import Any

import pytest

from pontage.dialects.dialect import Peek
from pontage.dialects.openai_chat import client_side, provider_side
from pontage.domain import TokenUsage
from pontage.errors import InvalidRequestError, OverloadedError, ProtocolError, ServerError, StreamTruncatedError
from pontage.streaming.framing import Frame
from tests.dialects.openai_chat import delta, frame, frames, sample

SIDE, CLIENT = provider_side(), client_side()


def adjusted(body: dict[str, Any], model: str = "m", stream: bool = False, **options: Any) -> Any:
    return json.loads(provider_side(**options).adjust_request(json.dumps(body).encode(), model, stream))


@pytest.mark.parametrize(
    ("body", "stream"),
    [
        (b'{ "model":"m" , "messages":[], "odd":1.0 }', False),
        (b'{"model":"m","stream":false}', False),
        (b'{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1}}', True),
    ],
)
def test_the_same_bytes_where_nothing_has_to_change(body: bytes, stream: bool) -> None:
    assert SIDE.adjust_request(body, "m", stream) is body


def test_only_what_has_to_change_changes() -> None:
    body = b'{"messages":[{"role":"user","content":"\\u00e9"}],"model":"alias","temperature":1.50}'
    told = SIDE.adjust_request(body, "real", False)
    assert told == b'{"messages":[{"role":"user","content":"\\u00e9"}],"model":"real","temperature":1.50}'
    assert adjusted({}, "real") == {"model": "real"}


def test_usage_is_asked_for_in_streams() -> None:
    asked = {"include_usage": True}
    assert adjusted({"model": "m", "stream": True}, stream=True)["stream_options"] == asked
    assert adjusted({"model": "m"}, stream=True) == {"model": "m", "stream": True, "stream_options": asked}
    with_more = adjusted(
        {"model": "m", "stream": True, "stream_options": {"include_usage": False, "x": 1}}, stream=True
    )
    assert with_more["stream_options"] == {"include_usage": True, "x": 1}
    assert adjusted({"model": "m", "stream": True}, stream=True, ask_usage=False) == {"model": "m", "stream": True}
    whole = adjusted({"model": "m", "stream": True, "stream_options": asked}, stream=False)
    assert whole == {"model": "m", "stream": False}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff", b'{"model":3}', b'{"stream":"yes"}', b"[" * 99_999]
)
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        CLIENT.peek_request(body)
    with pytest.raises(InvalidRequestError):
        SIDE.adjust_request(body, "m", True)
    assert SIDE.stream_tap(body).feed(Frame(b"[DONE]", raw=b"x")) == b"x"


def test_a_peek() -> None:
    assert CLIENT.peek_request(b'{"model":"m","stream":true,"messages":[3]}') == Peek("m", True)
    assert CLIENT.peek_request(b'{"stream":null}') == Peek(None, False)
    with pytest.raises(InvalidRequestError) as caught:
        CLIENT.peek_request(b'{"model":["m"]}')
    assert caught.value.param == "model"


def test_the_tap_swallows_the_usage_that_nobody_asked_for() -> None:
    found = frames(sample("plain.sse"))
    asked, unasked = SIDE.stream_tap(sample("plain.request.json")), SIDE.stream_tap(b"{}")
    assert b"".join(asked.feed(one) for one in found) == sample("plain.sse")
    kept = [one.raw for one in found if unasked.feed(one)]
    assert len(kept) == len(found) - 1
    for tap in (asked, unasked):
        assert isinstance(tap.usage, TokenUsage)
        assert tap.usage.total == 25
        assert tap.finished
        assert tap.end() == b""


def test_usage_beside_content_is_not_swallowed() -> None:
    tap = SIDE.stream_tap(b"{}")
    last = frame({**delta({"content": "x"}, "stop"), "usage": {"prompt_tokens": 3}})
    assert tap.feed(last) == last.raw
    empty = frame({"choices": [], "prompt_filter_results": [1]})
    assert tap.feed(empty) == empty.raw
    assert tap.usage is not None
    assert tap.usage.input == 3


def test_usage_that_a_server_keeps_apart() -> None:
    tap = SIDE.stream_tap(b"{}")
    tap.feed(frame({**delta({"content": "x"}), "x_acme": {"usage": {"prompt_tokens": 4}}}))
    tap.feed(frame({**delta({"content": "y"}), "usage": {"prompt_tokens": 5}}))
    tap.feed(frame({**delta({}, "stop"), "x_acme": {"usage": {"prompt_tokens": 4}}}))
    assert tap.usage is not None
    assert tap.usage.input == 5


@pytest.mark.parametrize(
    ("piece", "content"),
    [
        ({"role": "assistant", "content": "", "obfuscation": "x"}, False),
        ({"role": "assistant", "tool_calls": None}, False),
        ({"content": "x"}, True),
        ({"reasoning": "x"}, True),
        ({"tool_calls": [{"index": 0}]}, True),
        (None, False),
    ],
)
def test_what_is_content(piece: Any, content: bool) -> None:
    tap = SIDE.stream_tap(b"{}")
    tap.feed(frame(delta(piece)))
    assert tap.content is content


def test_errors_are_seen_before_and_after_content() -> None:
    broken = [
        Frame(b'{"error":{"message":"x"}}'),
        Frame(b'{"message":"x"}', event="error"),
        Frame(b'{"object":"error"}'),
    ]
    for one in broken:
        with pytest.raises(ServerError):
            SIDE.stream_tap(b"{}").feed(one)
    tap = SIDE.stream_tap(b"{}")
    tap.feed(frame(delta({"content": "x"})))
    with pytest.raises(OverloadedError):
        tap.feed(frame({"error": {"code": 503, "message": "x"}}))
    with pytest.raises(ProtocolError):
        SIDE.stream_tap(b"{}").feed(Frame(b"{"))
    assert SIDE.stream_tap(b"{}").feed(Frame(b"[1]", raw=b"[1]")) == b"[1]"
    assert SIDE.stream_tap(b"{}").feed(Frame(b'{"choices":[3]}', raw=b"x")) == b"x"


def test_text_that_talks_of_usage_is_not_read() -> None:
    tap = SIDE.stream_tap(b"{}")
    tap.feed(frame(delta({"content": "x"})))
    raw = b'data: {"not json, but: \\"usage\\":{ \\"error\\""'
    assert tap.feed(Frame(raw[6:], raw=raw)) == raw


def test_a_stream_without_its_end() -> None:
    chunks = [frame(delta({"content": "x"})), frame(delta({}, "stop"))]
    strict, lenient = SIDE.stream_tap(b"{}"), provider_side(done_optional=True).stream_tap(b"{}")
    for chunk in chunks:
        strict.feed(chunk)
        lenient.feed(chunk)
    with pytest.raises(StreamTruncatedError):
        strict.end()
    assert lenient.end() == b"data: [DONE]\n\n"
    assert lenient.finished
    unfinished = provider_side(done_optional=True).stream_tap(b"{}")
    unfinished.feed(chunks[0])
    with pytest.raises(StreamTruncatedError):
        unfinished.end()
