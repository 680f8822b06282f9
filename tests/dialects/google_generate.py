"""What the tests of generateContent share: bodies in, wire JSON and notes out."""

import json
from typing import Any

from pontage.dialects.google_generate import FAMILY, NAME, client_side, provider_side
from pontage.domain import ChatRequest, ChatResponse, Choice, Message, Origin, Part, Stop, Text

GOOGLE = Origin(NAME, FAMILY)
FOREIGN = Origin("anthropic_messages", "anthropic")
Notes = list[tuple[str, str]]


def turn(*parts: Any, role: str = "user") -> dict[str, Any]:
    """A wire turn; a string is a text part."""
    return {"role": role, "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


def said(role: Any, *parts: str | Part, origin: Origin | None = FOREIGN) -> Message:
    """A message; a string is a text part."""
    return Message(
        role=role, parts=tuple(Text(text=part) if isinstance(part, str) else part for part in parts), origin=origin
    )


def asking(*messages: Message, **fields: Any) -> ChatRequest:
    """A request that came in another format."""
    return ChatRequest(model="m", messages=messages, **{"origin": FOREIGN, **fields})


def decoded(body: Any) -> ChatRequest:
    """The request of a client."""
    return client_side().decode_request(json.dumps(body).encode())


def encoded(request: ChatRequest, **options: Any) -> tuple[dict[str, Any], Notes]:
    """The wire request, and kind and place of each note."""
    result = provider_side(**options).encode_request(request)
    return json.loads(result.body), [(note.kind, note.where) for note in result.notes]


def answered(body: Any) -> ChatResponse:
    """The answer of a provider."""
    return provider_side().decode_response(json.dumps(body).encode())


def told(response: ChatResponse) -> tuple[dict[str, Any], Notes]:
    """The wire answer, and kind and place of each note."""
    result = client_side().encode_response(response)
    return json.loads(result.body), [(note.kind, note.where) for note in result.notes]


def candidate(*parts: Any, finish: Any = "STOP", **fields: Any) -> dict[str, Any]:
    """A wire answer of one candidate."""
    return {"candidates": [{"content": turn(*parts, role="model"), "finishReason": finish, **fields}]}


def answer(*parts: Part, stop: Stop | None = None, origin: Any = FOREIGN, **fields: Any) -> ChatResponse:
    """An answer that came in another format."""
    told_of_choice = {name: fields.pop(name) for name in ("logprobs", "extra") if name in fields}
    message = said("assistant", *parts, origin=origin)
    choice = Choice(message=message, stop=stop or Stop("stop"), **told_of_choice)
    return ChatResponse(id="r", model="m", choices=(choice,), origin=origin, **fields)
