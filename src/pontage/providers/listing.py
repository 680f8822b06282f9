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
    max_model_len: int | None = None  # vLLM
    max_context_length: int | None = None  # Mistral
    context_length: int | None = None  # OpenRouter, Together, Moonshot
    context_window: int | None = None  # Groq

    def window(self) -> int | None:
        """The most tokens of a request and its answer, by whatever name."""
        return (
            self.context or self.max_model_len or self.max_context_length or self.context_length or self.context_window
        )


class _Listing(msgspec.Struct):
    data: list[_Listed] | None = None
    models: list[_Listed] | None = None


def read_listing(body: bytes, provider: str) -> list[ModelInfo]:
    """A provider's model list in the shapes of OpenAI, Anthropic or Gemini, or bare. Raises ProtocolError."""
    try:
        told = msgspec.json.decode(body, type=_Listing | list[_Listed])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"the provider's model list is malformed: {error}") from None
    listing = told if isinstance(told, _Listing) else _Listing(data=told)
    return [
        ModelInfo(
            id=name.removeprefix("models/"),
            provider=provider,
            title=entry.display_name or entry.title,
            context=entry.window(),
            max_output=entry.max_output,
            created=None if entry.created is None else int(entry.created),
        )
        for entry in (*(listing.data or ()), *(listing.models or ()))
        if (name := entry.id or entry.name)
    ]
