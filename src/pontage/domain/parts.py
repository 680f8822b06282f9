"""The parts a message is made of, in order, and where their bytes come from. Floor 1; pure data.

Every part may carry `extra`: the fields of the format it came from that have no name here. They go back to that
format only. A `signature` is a provider's proof over the part (Anthropic on thinking, Gemini on any part); it goes
back only to the provider family that made it (`Message.origin.family`).
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

JSONObject = dict[str, Any]
"""A decoded JSON object."""


class Inline(Struct, frozen=True, tag="inline", omit_defaults=True):
    """Bytes carried in the request as base64 text, never decoded on the way."""

    media_type: str
    base64: str


class Plain(Struct, frozen=True, tag="plain", omit_defaults=True):
    """Text carried in the request as it is (a text document)."""

    text: str
    media_type: str = "text/plain"


class Nested(Struct, frozen=True, tag="nested", omit_defaults=True):
    """A document given as parts of its own."""

    parts: tuple[Part, ...]


class Link(Struct, frozen=True, tag="link", omit_defaults=True):
    """A URL that the provider fetches itself."""

    url: str
    media_type: str | None = None


class Ref(Struct, frozen=True, tag="ref", omit_defaults=True):
    """The id of a file stored at the provider."""

    id: str
    media_type: str | None = None


Source = Inline | Plain | Nested | Link | Ref


class Cache(Struct, frozen=True, omit_defaults=True):
    """A prompt-cache breakpoint: all up to here may be kept for `ttl` ("5m", "1h", ...; None: default)."""

    ttl: str | None = None


class Citation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A span of the answer and the source it leans on. `start` and `end` count characters of the part's text."""

    start: int | None = None
    end: int | None = None
    url: str | None = None
    title: str | None = None
    quote: str | None = None
    extra: JSONObject = {}


class PartFields(Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every part has."""

    cache: Cache | None = None
    signature: str | None = None
    extra: JSONObject = {}


class Text(PartFields, frozen=True, kw_only=True, tag="text"):
    """Visible text."""

    text: str
    citations: tuple[Citation, ...] = ()


class Refusal(PartFields, frozen=True, kw_only=True, tag="refusal"):
    """The model's own words for declining."""

    text: str


class Reasoning(PartFields, frozen=True, kw_only=True, tag="reasoning"):
    """Thinking. `redacted`: it happened, but only the opaque `signature` is given."""

    text: str = ""
    redacted: bool = False


class Image(PartFields, frozen=True, kw_only=True, tag="image"):
    """A picture; `detail` is low, high, auto or original."""

    source: Source
    detail: str | None = None


class Audio(PartFields, frozen=True, kw_only=True, tag="audio"):
    """Sound; `transcript` and `expires_at` (Unix seconds) come with a model's own voice."""

    source: Source
    id: str | None = None
    transcript: str | None = None
    expires_at: int | None = None


class Video(PartFields, frozen=True, kw_only=True, tag="video"):
    """Moving pictures."""

    source: Source


class Document(PartFields, frozen=True, kw_only=True, tag="document"):
    """A PDF or text the model reads; `citations`: the answer shall cite it."""

    source: Source
    title: str | None = None
    context: str | None = None
    citations: bool | None = None


class ToolCall(PartFields, frozen=True, kw_only=True, tag="tool_call"):
    """A call of a tool. `arguments` is text exactly as the model wrote it: JSON for functions, free text for `custom`
    tools. `by_provider`: the provider runs it itself (web search, code execution)."""

    id: str
    name: str
    arguments: str = ""
    kind: Literal["function", "custom"] = "function"
    by_provider: bool = False


class ToolResult(PartFields, frozen=True, kw_only=True, tag="tool_result"):
    """What a tool answered; stands in a user message. `name` is the tool's, where the format says it."""

    call_id: str
    parts: tuple[Part, ...] = ()
    name: str | None = None
    is_error: bool = False


class Opaque(PartFields, frozen=True, kw_only=True, tag="opaque"):
    """A block this version does not know, whole; goes back only to the format it came from."""

    data: JSONObject


Part = Text | Refusal | Reasoning | Image | Audio | Video | Document | ToolCall | ToolResult | Opaque
