"""Content blocks as they stand on the wire, in requests and in answers. Floor 3; types only.

What has no name here lands in `extra` (fields) or `Unknown` (blocks), both of `dialects/codec.py`. Absent and `null`
read alike; the spelling tells them apart where it is kept. Source: the official SDK's `types` (2.12).
"""

from __future__ import annotations

from typing import Any, cast

from msgspec import Raw

from pontage.dialects.codec import Codec, Unknown, Wire
from pontage.domain.parts import JSONObject


class CacheControl(Wire):
    """A prompt-cache breakpoint."""

    type: str = "ephemeral"
    ttl: str | None = None


class Base64Source(Wire, tag="base64"):
    """Bytes in the body: an image or a PDF."""

    data: str
    media_type: str = ""


class URLSource(Wire, tag="url"):
    """A link that the provider fetches."""

    url: str


class FileSource(Wire, tag="file"):
    """A file stored at the provider."""

    file_id: str


class TextSource(Wire, tag="text"):
    """A document given as plain text."""

    data: str
    media_type: str = "text/plain"


class TextBlock(Wire, tag="text"):
    """Visible text, with what it cites."""

    text: str
    citations: list[JSONObject] | None = None
    cache_control: CacheControl | None = None


class ImageBlock(Wire, tag="image"):
    """A picture."""

    source: Base64Source | URLSource | FileSource | Unknown
    cache_control: CacheControl | None = None


class ContentSource(Wire, tag="content"):
    """A document given as blocks of its own."""

    content: str | list[TextBlock | ImageBlock | Unknown]


class CitationsConfig(Wire):
    """Whether a document shall be cited."""

    enabled: bool | None = None


class DocumentBlock(Wire, tag="document"):
    """A PDF or a text to read."""

    source: Base64Source | URLSource | FileSource | TextSource | ContentSource | Unknown
    title: str | None = None
    context: str | None = None
    citations: CitationsConfig | None = None
    cache_control: CacheControl | None = None


class ThinkingBlock(Wire, tag="thinking"):
    """Thinking; with `display: omitted` the text is empty and only the signature is there."""

    thinking: str
    signature: str | None = None


class RedactedThinkingBlock(Wire, tag="redacted_thinking"):
    """Thinking that is only given encrypted."""

    data: str


class ToolUseBlock(Wire, tag="tool_use"):
    """A call of one of the caller's tools."""

    id: str
    name: str
    input: Raw
    caller: Any = None
    cache_control: CacheControl | None = None


class ServerToolUseBlock(Wire, tag="server_tool_use"):
    """A call of a tool that the provider runs itself."""

    id: str
    name: str
    input: Raw
    caller: Any = None
    cache_control: CacheControl | None = None


class ToolResultBlock(Wire, tag="tool_result"):
    """What a tool answered."""

    tool_use_id: str
    content: str | list[TextBlock | ImageBlock | DocumentBlock | Unknown] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None


Block = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ServerToolUseBlock
    | ToolResultBlock
    | Unknown
)
"""Any content block."""

BLOCK: Codec[Block] = Codec(cast(Any, Block))
