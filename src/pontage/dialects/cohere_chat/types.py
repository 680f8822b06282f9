"""Requests and messages as they stand on the wire. Floor 3; types only.

What has no name here lands in `extra` (fields) or `Unknown` (blocks), both of `dialects/codec.py`. Absent and `null`
read alike; the spelling tells them apart where it is kept. Source: the official SDK's types (7.3).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw

from pontage.dialects.codec import Codec, Unknown, Wire
from pontage.domain.parts import JSONObject

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class TextBlock(Wire, tag="text"):
    """Visible text."""

    text: str


class ThinkingBlock(Wire, tag="thinking"):
    """Thinking."""

    thinking: str


class ImageURL(Wire):
    """Where a picture is: a link, or a data URL."""

    url: str
    detail: str | None = None


class ImageBlock(Wire, tag="image_url"):
    """A picture."""

    image_url: ImageURL


class DocumentBody(Wire):
    """A document to cite: `data` is an object of texts under names of the caller's choice."""

    data: Raw
    id: str | None = None


class DocumentBlock(Wire, tag="document"):
    """A document in a tool's result."""

    document: DocumentBody


Block = TextBlock | ThinkingBlock | ImageBlock | DocumentBlock | Unknown
"""Any content block."""

Content = str | list[Block]
"""What a message holds."""


class Function(Wire):
    """The function a call names, and its arguments as JSON text."""

    name: str
    arguments: str | None = None


class Call(Wire):
    """A call of a tool: of a function, or of a kind that this version does not know."""

    id: str
    type: str = "function"
    function: Function | None = None


class CitationObject(Wire):
    """A span of a content block, counted in characters, and what it leans on."""

    start: int | None = None
    end: int | None = None
    text: str | None = None
    sources: list[JSONObject] | None = None
    content_index: int | None = None
    type: str | None = None


class SystemMessage(Wire, tag_field="role", tag="system"):
    """Instructions."""

    content: Content


class UserMessage(Wire, tag_field="role", tag="user"):
    """What the user says."""

    content: Content


class AssistantMessage(Wire, tag_field="role", tag="assistant"):
    """What the model said, in a request or in an answer."""

    content: Content | None = None
    tool_plan: str | None = None
    tool_calls: list[Call] | None = None
    citations: list[CitationObject] | None = None


class ToolMessage(Wire, tag_field="role", tag="tool"):
    """What a tool answered."""

    tool_call_id: str
    content: Content


WireMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage
"""Any turn."""


class FunctionParam(Wire):
    """A declared function."""

    name: str
    description: str | None = None
    parameters: JSONObject | None = None


class ToolParam(Wire):
    """A declared tool: a function, or of a kind that this version does not know."""

    type: str = "function"
    function: FunctionParam | None = None


class FormatParam(Wire):
    """The form of the answer: text, or json_object with or without a schema."""

    type: str
    json_schema: JSONObject | None = None


class ThinkingParam(Wire):
    """enabled or disabled, and how many tokens it may take."""

    type: str
    token_budget: Annotated[int, Meta(gt=0)] | None = None


class Request(Wire):
    """The body of `POST /v2/chat`."""

    model: str
    messages: list[WireMessage]
    stream: bool | None = None
    tools: list[ToolParam] | None = None
    strict_tools: bool | None = None
    tool_choice: str | None = None
    documents: list[str | JSONObject] | None = None
    citation_options: JSONObject | None = None
    response_format: FormatParam | None = None
    safety_mode: str | None = None
    max_tokens: Count | None = None
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    p: Share | None = None
    k: Annotated[int, Meta(ge=0, le=500)] | None = None
    frequency_penalty: Share | None = None
    presence_penalty: Share | None = None
    seed: int | None = None
    logprobs: bool | None = None
    thinking: ThinkingParam | None = None
    priority: Any = None


REQUEST: Codec[Request] = Codec(Request)
CALL: Codec[Call] = Codec(Call, of="response")
CITATION: Codec[CitationObject] = Codec(CitationObject, of="response")
TOOL: Codec[ToolParam] = Codec(ToolParam)
FORMAT: Codec[FormatParam] = Codec(FormatParam)
THINKING: Codec[ThinkingParam] = Codec(ThinkingParam)
DOCUMENT: Codec[DocumentBlock] = Codec(DocumentBlock)
