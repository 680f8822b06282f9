"""Samples and conversations for the tests of `openai_responses`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.openai_responses import client_side, provider_side
from pontage.domain import ChatRequest, ChatResponse, Choice, Message, Note, Origin, Part, Stop, StreamEvent, Text
from pontage.streaming.framing import Frame, SSEDecoder

SAMPLES = Path(__file__).parents[1] / "samples" / "openai_responses"
SIDE, CLIENT = provider_side(), client_side()
CLAUDE = Origin("anthropic_messages", "anthropic", "c")
USER = Message(role="user", parts=(Text(text="Hm?"),))


def sample(name: str) -> bytes:
    """The bytes of a sample."""
    return (SAMPLES / name).read_bytes()


def asking(*items: Any, **fields: Any) -> ChatRequest:
    """What a client asks with these items."""
    return CLIENT.decode_request(json.dumps({"model": "m", "input": list(items), **fields}).encode())


def asked(request: ChatRequest, side: ProviderSide = SIDE) -> tuple[Any, tuple[Note, ...]]:
    """The body that a provider gets, and the notes."""
    encoded = side.encode_request(request)
    return json.loads(encoded.body), encoded.notes


def said_by(*parts: Part, origin: Origin | None = CLAUDE) -> tuple[list[Any], tuple[Note, ...]]:
    """The items that a provider gets for a turn of the assistant, and the notes."""
    body, notes = asked(ChatRequest(model="m", messages=(USER, Message(role="assistant", parts=parts, origin=origin))))
    return body["input"][1:], notes


def heard(*parts: Part, origin: Origin | None = CLAUDE) -> tuple[list[Any], tuple[Note, ...]]:
    """The items that a provider gets for a turn of the user, and the notes."""
    body, notes = asked(ChatRequest(model="m", messages=(Message(role="user", parts=parts, origin=origin),)))
    return body["input"], notes


def answering(*parts: Part, origin: Origin | None = CLAUDE, **fields: Any) -> tuple[Any, tuple[Note, ...]]:
    """The body that a client gets for an answer, and the notes."""
    message = Message(role="assistant", parts=parts, origin=origin)
    choice = Choice(message=message, stop=fields.pop("stop", Stop("stop")), **fields.pop("choice", {}))
    response = ChatResponse(id="r", model="c", choices=(choice,), origin=origin, **fields)
    encoded = CLIENT.encode_response(response)
    return json.loads(encoded.body), encoded.notes


def told(notes: Iterable[Note]) -> list[tuple[str, str]]:
    """The kinds and places of notes."""
    return [(note.kind, note.where) for note in notes]


def frames(data: bytes) -> list[Frame]:
    """The frames of a stream."""
    decoder = SSEDecoder()
    return decoder.feed(data) + decoder.end()


def frame(event: Any) -> Frame:
    """The frame of one event."""
    data = json.dumps(event).encode()
    return Frame(data, raw=b"data: %b\n\n" % data)


def events_of(*events: Any) -> list[StreamEvent]:
    """What a provider's events tell, up to the last of them; their names without `response.`."""
    decoder = SIDE.stream_decoder()
    return [found for event in events for found in decoder.feed(frame(named(event)))]


def named(event: Any) -> Any:
    """An event with its whole name."""
    kind = event["type"]
    return event if kind == "error" or kind.startswith("response.") else {**event, "type": f"response.{kind}"}


def streamed(events: Iterable[StreamEvent]) -> tuple[list[Any], tuple[Note, ...]]:
    """The events that a client gets for these, and the notes."""
    encoder = CLIENT.stream_encoder(None)
    data = b"".join([encoder.feed(event) for event in events])
    return [json.loads(one.data) for one in frames(data)], encoder.notes()
