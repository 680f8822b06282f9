"""Streams in Anthropic's format, event by event: shared by its tests."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pontage.dialects.anthropic_messages import client_side, provider_side
from pontage.domain import (
    ChatResponse,
    Ending,
    Finished,
    Origin,
    Part,
    Started,
    Stop,
    StreamEvent,
    TokenUsage,
    collect,
)
from pontage.streaming.framing import Frame

SIDE = provider_side()
CLIENT = client_side()
OTHER = Origin("openai_chat")
GEMINI = Origin("google_generate", "google")

START = {"type": "message_start", "message": {"id": "m", "model": "x", "content": [], "usage": {"input_tokens": 3}}}
STOP = {"type": "message_stop"}


def frame(event: Any) -> Frame:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Frame(data, "", b"raw")


def begin(index: int, **block: Any) -> Any:
    return {"type": "content_block_start", "index": index, "content_block": block}


def grow(index: int, **delta: Any) -> Any:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: int) -> Any:
    return {"type": "content_block_stop", "index": index}


def decode(*sent: Any) -> list[StreamEvent]:
    decoder = SIDE.stream_decoder()
    return [event for one in sent for event in decoder.feed(frame(one))] + decoder.end()


def parts(*sent: Any) -> tuple[Part, ...]:
    return collect(decode(START, *sent, STOP)).message.parts


def encode(events: Iterable[StreamEvent]) -> tuple[list[Any], list[tuple[str, str]]]:
    encoder = CLIENT.stream_encoder(None)
    data = b"".join([encoder.feed(event) for event in events])
    told = [json.loads(frame.data) for frame in SIDE.framing().feed(data)]
    return told, [(note.kind, note.where) for note in encoder.notes()]


def stream(*events: StreamEvent, origin: Origin = OTHER, usage: TokenUsage | None = None) -> Sequence[StreamEvent]:
    counts = usage or TokenUsage(input=1, output=1)
    return [
        Started(id="r", model="m", origin=origin),
        *events,
        Finished(endings=(Ending(stop=Stop("stop")),), usage=counts),
    ]


def read_back(events: Iterable[StreamEvent]) -> ChatResponse:
    return collect(decode(*encode(events)[0]))
