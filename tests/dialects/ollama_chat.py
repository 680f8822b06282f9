"""Conversations and streams of other origins, and how they are said in Ollama's format: shared by its tests."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pontage.dialects.ollama_chat import client_side, provider_side
from pontage.domain import (
    ChatRequest,
    ChatResponse,
    Choice,
    Ending,
    Finished,
    Message,
    Origin,
    Started,
    Stop,
    StreamEvent,
    Text,
    collect,
)
from pontage.streaming.framing import Frame

OTHER = Origin("anthropic_messages", "anthropic")
OWN = Origin("ollama_chat")
SIDE = provider_side()
CLIENT = client_side()
SAMPLES = Path(__file__).parents[1] / "samples" / "ollama_chat"
PNG = "iVBORw0KGgoAAAANSUhEUgAA"

Told = list[tuple[str, str]]


def user(*parts: Any, origin: Origin | None = OTHER) -> Message:
    said = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    return Message(role="user", parts=said, origin=origin)


def assistant(*parts: Any, origin: Origin | None = OTHER) -> Message:
    return replace(user(*parts, origin=origin), role="assistant")


def system(*parts: Any, origin: Origin | None = OTHER) -> Message:
    return replace(user(*parts, origin=origin), role="system")


def encode(*messages: Message, side: Any = SIDE, **fields: Any) -> tuple[Any, Told]:
    """The body, and (kind, where) of the notes."""
    fields = {"origin": OTHER, **fields}
    encoded = side.encode_request(ChatRequest(model="m", messages=messages or (user("Hi."),), **fields))
    return json.loads(encoded.body), [(note.kind, note.where) for note in encoded.notes]


def read(*messages: Any, **fields: Any) -> ChatRequest:
    """What a client's request means."""
    turns = list(messages) or [{"role": "user", "content": "Hi."}]
    return CLIENT.decode_request(json.dumps({"model": "m", "messages": turns, **fields}).encode())


def answer(message: Any, **fields: Any) -> ChatResponse:
    """What a provider's answer means."""
    said = {"model": "m", "created_at": "2026-01-02T03:04:05.6Z", "message": message, "done": True, **fields}
    return SIDE.decode_response(json.dumps(said).encode())


def respond(*parts: Any, origin: Origin | None = OTHER, stop: str = "stop", **fields: Any) -> tuple[Any, Told]:
    """The body a client gets for an answer, and the notes."""
    ended: Any = Stop(stop)  # type: ignore[arg-type] # a word of the test's table
    choice = Choice(message=assistant(*parts, origin=origin), stop=fields.pop("ended", ended))
    given = {"id": "", "created": None, "origin": origin, "choices": (choice,), **fields}
    encoded = CLIENT.encode_response(ChatResponse(model="m", **given))
    notes = [(note.kind, note.where) for note in encoded.notes if note.where != "id"]
    return json.loads(encoded.body), notes


def line(**fields: Any) -> Frame:
    """A line of a stream."""
    return Frame(json.dumps({"model": "m", "created_at": "2026-01-02T03:04:05Z", **fields}).encode(), "", b"raw")


def piece(**message: Any) -> Frame:
    """A line that tells a piece of a message."""
    return line(message={"role": "assistant", "content": "", **message}, done=False)


LAST = line(message={"role": "assistant", "content": ""}, done=True, done_reason="stop", eval_count=3)


def decode(*frames: Frame, side: Any = SIDE) -> list[StreamEvent]:
    decoder = side.stream_decoder()
    return [event for frame in frames for event in decoder.feed(frame)] + decoder.end()


def stream(events: Iterable[StreamEvent], origin: Origin = OTHER, stop: Any = "stop", **end: Any) -> tuple[Any, Told]:
    """The lines a client gets for these events between a beginning and an end, and the notes."""
    encoder = CLIENT.stream_encoder(None)
    ending = Ending(stop=Stop(stop))
    whole = [Started(id="", model="m", origin=origin), *events, Finished(endings=(ending,), **end)]
    data = b"".join([encoder.feed(event) for event in whole])
    notes = [(note.kind, note.where) for note in encoder.notes() if note.where != "id"]
    return [json.loads(frame) for frame in data.splitlines()], notes


def collected(lines: Any) -> ChatResponse:
    """What a client makes of lines."""
    return collect(decode(*(Frame(json.dumps(one).encode()) for one in lines)))
