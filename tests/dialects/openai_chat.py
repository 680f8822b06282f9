"""Samples and conversations for the tests of `openai_chat`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pontage.dialects.dialect import ProviderSide, StreamEncoder
from pontage.domain import StreamEvent
from pontage.streaming.framing import Frame, SSEDecoder

SAMPLES = Path(__file__).parents[1] / "samples" / "openai_chat"


def sample(name: str) -> bytes:
    """The bytes of a sample."""
    return (SAMPLES / name).read_bytes()


def frames(data: bytes) -> list[Frame]:
    """The frames of a stream."""
    decoder = SSEDecoder()
    return decoder.feed(data) + decoder.end()


def frame(chunk: Any) -> Frame:
    """The frame of one chunk."""
    data = json.dumps(chunk).encode()
    return Frame(data, raw=b"data: %b\n\n" % data)


def delta(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    return {"id": "chatcmpl-1", "created": 7, "model": "m", "choices": [choice]}


def events_of(side: ProviderSide, *chunks: Any) -> list[StreamEvent]:
    """The events of these chunks and of the end behind them."""
    decoder = side.stream_decoder()
    found = [event for chunk in chunks for event in decoder.feed(frame(chunk))]
    return [*found, *decoder.feed(Frame(b"[DONE]")), *decoder.end()]


def chunks_of(encoder: StreamEncoder, events: Iterable[StreamEvent]) -> list[Any]:
    """The chunks that a client gets for these events, `[DONE]` as text."""
    found = frames(b"".join([encoder.feed(event) for event in events]))
    return ["[DONE]" if one.data == b"[DONE]" else json.loads(one.data) for one in found]
