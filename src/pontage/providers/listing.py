"""A provider's own list of models, in the shapes that vendors use. Floor 4; pure."""

from __future__ import annotations

import msgspec

from pontage.errors import ProtocolError
from pontage.providers.base import ModelInfo


class _Listed(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    created: float | None = None
    display_name: str | None = None
    title: str | None = msgspec.field(default=None, name="displayName")
    context: int | None = msgspec.field(default=None, name="inputTokenLimit")
    max_output: int | None = msgspec.field(default=None, name="outputTokenLimit")


class _Listing(msgspec.Struct):
    data: list[_Listed] | None = None
    models: list[_Listed] | None = None


def read_listing(body: bytes, provider: str) -> list[ModelInfo]:
    """A provider's model list in the shapes of OpenAI, Anthropic or Gemini. Raises ProtocolError."""
    try:
        listing = msgspec.json.decode(body, type=_Listing)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"the provider's model list is malformed: {error}") from None
    return [
        ModelInfo(
            id=name.removeprefix("models/"),
            provider=provider,
            title=entry.display_name or entry.title,
            context=entry.context,
            max_output=entry.max_output,
            created=None if entry.created is None else int(entry.created),
        )
        for entry in (*(listing.data or ()), *(listing.models or ()))
        if (name := entry.id or entry.name)
    ]
