"""Conversations of other origins, and how they are said in Cohere's format: shared by its tests."""

import json
from typing import Any

from msgspec.structs import replace

from pontage.dialects.cohere_chat import client_side, provider_side
from pontage.domain import ChatRequest, ChatResponse, Choice, Message, Origin, Stop, StreamEvent, Text
from pontage.streaming.framing import Frame

OTHER = Origin("openai_chat")
OWN = Origin("cohere_chat")
SIDE = provider_side()
CLIENT = client_side()

Notes = list[tuple[str, str]]


def user(*parts: Any, origin: Origin | None = OTHER) -> Message:
    said = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    return Message(role="user", parts=said, origin=origin)


def assistant(*parts: Any, origin: Origin | None = OTHER) -> Message:
    return replace(user(*parts, origin=origin), role="assistant")


def system(*parts: Any, origin: Origin | None = OTHER) -> Message:
    return replace(user(*parts, origin=origin), role="system")


def encode(*messages: Message, **fields: Any) -> tuple[Any, Notes]:
    """The body, and (kind, where) of the notes."""
    encoded = SIDE.encode_request(
        ChatRequest(model="m", messages=messages or (user("Hi."),), **{"origin": OTHER, **fields})
    )
    return json.loads(encoded.body), [(note.kind, note.where) for note in encoded.notes]


def answered(*parts: Any, origin: Origin | None = OTHER, reason: Any = "stop", **fields: Any) -> tuple[Any, Notes]:
    """The body of an answer for a client, and (kind, where) of the notes."""
    choice = Choice(message=assistant(*parts, origin=origin), stop=Stop(reason), logprobs=fields.pop("logprobs", None))
    response = ChatResponse(**{"id": "a", "model": "", "choices": (choice,), "origin": origin, **fields})
    encoded = CLIENT.encode_response(response)
    return json.loads(encoded.body), [(note.kind, note.where) for note in encoded.notes]


def request(*messages: Any, **fields: Any) -> ChatRequest:
    """The request that a client says with these wire messages and fields."""
    return CLIENT.decode_request(json.dumps({"model": "m", "messages": list(messages), **fields}).encode())


def events_of(*wires: Any) -> list[StreamEvent]:
    """The events of a stream of these wire events."""
    decoder = SIDE.stream_decoder()
    return [event for wire in wires for event in decoder.feed(Frame(json.dumps(wire).encode()))]


def told(data: bytes) -> list[Any]:
    """The wire events in the bytes of a stream, without its terminator."""
    lines = [line[6:] for line in data.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]
