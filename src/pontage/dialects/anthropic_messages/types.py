"""Requests, answers and stream events as they stand on the wire. Floor 3; types only.

Absent and `null` read alike; the spelling tells them apart where it is kept. Source: the official SDK's `types` (2.12).
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from msgspec import Meta

from pontage.dialects.anthropic_messages.blocks import Block, CacheControl, TextBlock
from pontage.dialects.codec import Codec, Unknown, Wire
from pontage.domain.parts import JSONObject

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class MessageParam(Wire):
    """One turn of the conversation."""

    role: str
    content: str | list[Block]


class ToolParam(Wire):
    """A declared tool: the caller's own (`type` absent or "custom") or, by its `type`, one that the provider runs."""

    type: str | None = None
    name: str | None = None
    description: str | None = None
    input_schema: JSONObject | None = None
    strict: bool | None = None
    cache_control: CacheControl | None = None


class ToolChoiceParam(Wire):
    """auto, any, tool (`name`) or none."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingParam(Wire):
    """adaptive, enabled (`budget_tokens`), disabled or between_tools; `display` is summarized or omitted."""

    type: str
    budget_tokens: Annotated[int, Meta(gt=0)] | None = None
    display: str | None = None


class FormatParam(Wire):
    """The form of the answer; `type` is json_schema."""

    type: str
    schema: JSONObject | None = None


class OutputConfig(Wire):
    """Effort and form of the answer."""

    effort: str | None = None
    format: FormatParam | None = None


class MetadataParam(Wire):
    """Who asks."""

    user_id: str | None = None


class Request(Wire):
    """The body of `POST /v1/messages`, and without `max_tokens` that of `/v1/messages/count_tokens`."""

    model: str
    messages: list[MessageParam]
    max_tokens: Count | None = None
    system: str | list[TextBlock | Unknown] | None = None
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    thinking: ThinkingParam | None = None
    output_config: OutputConfig | None = None
    output_format: FormatParam | None = None
    tools: list[ToolParam] | None = None
    tool_choice: ToolChoiceParam | None = None
    cache_control: CacheControl | None = None
    metadata: MetadataParam | None = None
    service_tier: str | None = None
    temperature: Share | None = None
    top_p: Share | None = None
    top_k: Count | None = None


class Response(Wire):
    """A whole answer; in a stream the frame it begins with."""

    content: list[Block]
    id: str = ""
    type: str = "message"
    role: str = "assistant"
    model: str = ""
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Any = None
    usage: JSONObject | None = None
    container: Any = None
    context_management: Any = None
    diagnostics: Any = None


class TextDelta(Wire, tag="text_delta"):
    """Text grows."""

    text: str


class InputJSONDelta(Wire, tag="input_json_delta"):
    """A tool's input grows, as JSON text."""

    partial_json: str


class ThinkingDelta(Wire, tag="thinking_delta"):
    """Thinking grows."""

    thinking: str


class SignatureDelta(Wire, tag="signature_delta"):
    """The signature of the thinking, whole."""

    signature: str


class CitationsDelta(Wire, tag="citations_delta"):
    """One more citation."""

    citation: JSONObject


AnyDelta = TextDelta | InputJSONDelta | ThinkingDelta | SignatureDelta | CitationsDelta | Unknown
"""Any growth of a block."""


class MessageStart(Wire, tag="message_start"):
    """The answer begins."""

    message: Response


class BlockStart(Wire, tag="content_block_start"):
    """A block begins."""

    index: int
    content_block: Block


class BlockDelta(Wire, tag="content_block_delta"):
    """A block grows."""

    index: int
    delta: AnyDelta


class BlockStop(Wire, tag="content_block_stop"):
    """A block is complete."""

    index: int


class StopDelta(Wire):
    """How the answer ended."""

    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Any = None
    container: Any = None


class MessageDelta(Wire, tag="message_delta"):
    """How the answer ended, and cumulative counts; may come more than once."""

    delta: StopDelta
    usage: JSONObject | None = None
    context_management: Any = None


class MessageStop(Wire, tag="message_stop"):
    """The answer is whole."""


class Ping(Wire, tag="ping"):
    """A sign of life."""


class ErrorEvent(Wire, tag="error"):
    """The answer failed; also the body of a failed request."""

    error: Any = None
    request_id: Any = None


Event = MessageStart | BlockStart | BlockDelta | BlockStop | MessageDelta | MessageStop | Ping | ErrorEvent | Unknown
"""Any event of a stream."""

DELTA: Codec[AnyDelta] = Codec(cast(Any, AnyDelta), of="response")
REQUEST: Codec[Request] = Codec(Request)
RESPONSE: Codec[Response] = Codec(Response, of="response")
EVENT: Codec[Event] = Codec(cast(Any, Event), of="response")
