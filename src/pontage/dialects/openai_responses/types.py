"""Requests and answers as they stand on the wire, their items still as text. Floor 3; types only.

Source: the official SDK's `types.responses` (3.54).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, UnsetType

from pontage.dialects.codec import Codec, Wire
from pontage.domain.parts import JSONObject

Count = Annotated[int, Meta(ge=0)]


class ToolParam(Wire):
    """A declared tool: a function, a custom tool, or by its `type` one that the provider runs."""

    type: str
    name: str | None = None
    description: str | None = None
    parameters: JSONObject | None = None
    strict: bool | None = None
    format: Any = None


class ToolChoiceParam(Wire):
    """One tool (function or custom, by `name`), `allowed_tools`, or a kind that the provider runs."""

    type: str
    name: str | None = None
    mode: str | None = None
    tools: list[JSONObject] | None = None


class ReasoningParam(Wire):
    """How much to think, and whether to tell it (`summary`: auto, concise, detailed)."""

    effort: str | None = None
    summary: str | UnsetType | None = UNSET


class FormatParam(Wire):
    """The form of the answer: text, json_object, or json_schema with its fields beside."""

    type: str
    name: str | None = None
    schema: JSONObject | None = None
    description: str | None = None
    strict: bool | None = None


class TextParam(Wire):
    """How the text of the answer shall be."""

    format: FormatParam | None = None


class CacheOptions(Wire):
    """How the prompt is cached: implicit (the whole of it) or explicit (at breakpoints)."""

    mode: str | None = None
    ttl: str | None = None


class Request(Wire):
    """The body of `POST /responses`."""

    model: str | None = None
    input: str | list[Raw] | None = None
    instructions: str | None = None
    tools: list[ToolParam] | None = None
    tool_choice: str | ToolChoiceParam | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_logprobs: Count | None = None
    include: list[str] | None = None
    text: TextParam | None = None
    reasoning: ReasoningParam | None = None
    metadata: dict[str, str] | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: CacheOptions | None = None
    user: str | None = None
    safety_identifier: str | None = None
    stream: bool | None = None
    store: Any = None
    previous_response_id: Any = None
    conversation: Any = None
    prompt: Any = None
    truncation: Any = None


UNNAMED = ("store", "previous_response_id", "conversation", "prompt", "truncation")
"""The fields of a request that have no canonical name."""


class Response(Wire):
    """An answer, whole or (in a stream) as far as it has come.

    The second half repeats what was asked. It says nothing of the answer, so it is a way of writing: it stays in the
    spelling and is never taken for something that a crossing loses.
    """

    output: list[Raw] | None = None
    id: str | None = None
    model: str | None = None
    created_at: float | None = None
    status: str | None = None
    error: Any = None
    incomplete_details: Any = None
    usage: JSONObject | None = None
    service_tier: str | None = None
    tool_usage: JSONObject | None = None

    object: Raw = Raw()
    completed_at: Raw = Raw()
    output_text: Raw = Raw()
    background: Raw = Raw()
    frequency_penalty: Raw = Raw()
    instructions: Raw = Raw()
    max_output_tokens: Raw = Raw()
    max_tool_calls: Raw = Raw()
    metadata: Raw = Raw()
    parallel_tool_calls: Raw = Raw()
    presence_penalty: Raw = Raw()
    previous_response_id: Raw = Raw()
    prompt: Raw = Raw()
    prompt_cache_key: Raw = Raw()
    prompt_cache_options: Raw = Raw()
    prompt_cache_retention: Raw = Raw()
    reasoning: Raw = Raw()
    safety_identifier: Raw = Raw()
    store: Raw = Raw()
    temperature: Raw = Raw()
    text: Raw = Raw()
    tool_choice: Raw = Raw()
    tools: Raw = Raw()
    top_logprobs: Raw = Raw()
    top_p: Raw = Raw()
    truncation: Raw = Raw()
    user: Raw = Raw()


REQUEST: Codec[Request] = Codec(Request)
RESPONSE: Codec[Response] = Codec(Response, of="response")
