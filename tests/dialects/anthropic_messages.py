"""Conversations of other origins, and how they are said in Anthropic's format: shared by its tests."""

import json
from typing import Any

from msgspec.structs import replace

from pontage.dialects.anthropic_messages import client_side, provider_side
from pontage.domain import ChatRequest, Message, Origin, Text

OTHER = Origin("openai_chat")
GEMINI = Origin("google_generate", "google")
OWN = Origin("anthropic_messages", "anthropic")
SIDE = provider_side()
CLIENT = client_side()


def user(*parts: Any, origin: Origin | None = OTHER) -> Message:
    said = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    return Message(role="user", parts=said, origin=origin)


def assistant(*parts: Any, origin: Origin | None = OTHER) -> Message:
    return replace(user(*parts, origin=origin), role="assistant")


def system(*parts: Any, origin: Origin | None = OTHER) -> Message:
    return replace(user(*parts, origin=origin), role="system")


def encode(*messages: Message, side: Any = SIDE, **fields: Any) -> tuple[Any, list[tuple[str, str]]]:
    """The body, and (kind, where) of the notes; with `max_tokens`, unless it is under test."""
    fields = {"max_tokens": 100, "origin": OTHER, **fields}
    encoded = side.encode_request(ChatRequest(model="m", messages=messages or (user("Hi."),), **fields))
    return json.loads(encoded.body), [(note.kind, note.where) for note in encoded.notes]


def texts(body: Any) -> list[Any]:
    return [
        (turn["role"], [block.get("text", block["type"]) for block in turn["content"]]) for turn in body["messages"]
    ]
