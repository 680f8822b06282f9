"""Wire types of a request's own fields. Floor 3; data."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from pontage.dialects.codec import Unknown, Wire
from pontage.dialects.openai_chat.message_types import CacheMark, Message
from pontage.domain.parts import JSONObject

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class FunctionBody(Wire):
    """A function's declaration; `parameters` is a JSON Schema."""

    name: str
    description: str | UnsetType | None = UNSET
    parameters: JSONObject | UnsetType | None = UNSET
    strict: bool | UnsetType | None = UNSET


class FunctionTool(Wire, tag="function"):
    """A function the model may call."""

    function: FunctionBody
    cache_control: CacheMark | UnsetType | None = UNSET


class CustomBody(Wire):
    """A free-text tool's declaration."""

    name: str
    description: str | UnsetType | None = UNSET
    format: JSONObject | UnsetType | None = UNSET


class CustomTool(Wire, tag="custom"):
    """A tool that takes free text."""

    custom: CustomBody


Tool = FunctionTool | CustomTool | Unknown


class Named(Wire):
    """The name of a tool."""

    name: str


class FunctionChoice(Wire, tag="function"):
    """This function and no other."""

    function: Named


class CustomChoice(Wire, tag="custom"):
    """This free-text tool and no other."""

    custom: Named


class Allowed(Wire):
    """A subset of the tools."""

    mode: str
    tools: list[JSONObject]


class AllowedChoice(Wire, tag="allowed_tools"):
    """Only tools of this subset."""

    allowed_tools: Allowed


Choice = str | FunctionChoice | CustomChoice | AllowedChoice | Unknown


class TextFormat(Wire, tag="text"):
    """Free text."""


class ObjectFormat(Wire, tag="json_object"):
    """Any JSON object."""


class Schema(Wire):
    """A JSON Schema and its name."""

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    schema: JSONObject | UnsetType | None = UNSET
    strict: bool | UnsetType | None = UNSET


class SchemaFormat(Wire, tag="json_schema"):
    """JSON that fits a schema."""

    json_schema: Schema


Format = TextFormat | ObjectFormat | SchemaFormat | Unknown


class Reasoning(Wire):
    """A router's `reasoning` object."""

    effort: str | UnsetType | None = UNSET
    max_tokens: int | UnsetType | None = UNSET
    enabled: bool | UnsetType | None = UNSET
    exclude: bool | UnsetType | None = UNSET


class Thinking(Wire):
    """`thinking`, as several compatible servers switch it on and off."""

    type: str | UnsetType | None = UNSET
    budget_tokens: int | UnsetType | None = UNSET


class StreamOptions(Wire):
    """What a stream shall hold beside the answer."""

    include_usage: bool | UnsetType | None = UNSET
    include_obfuscation: bool | UnsetType | None = UNSET


class CacheOptions(Wire):
    """How the prompt is cached."""

    mode: str | UnsetType | None = UNSET
    ttl: str | UnsetType | None = UNSET


class ChatRequest(Wire):
    """The body of `POST /chat/completions`."""

    model: str
    messages: list[Message]
    tools: list[Tool] | UnsetType | None = UNSET
    tool_choice: Choice | UnsetType | None = UNSET
    parallel_tool_calls: bool | UnsetType | None = UNSET
    functions: list[FunctionBody] | UnsetType | None = UNSET
    function_call: str | Named | UnsetType | None = UNSET
    max_completion_tokens: Count | UnsetType | None = UNSET
    max_tokens: Count | UnsetType | None = UNSET
    temperature: Annotated[float, Meta(ge=0)] | UnsetType | None = UNSET
    top_p: Share | UnsetType | None = UNSET
    top_k: int | UnsetType | None = UNSET
    frequency_penalty: float | UnsetType | None = UNSET
    presence_penalty: float | UnsetType | None = UNSET
    stop: str | list[str] | UnsetType | None = UNSET
    seed: int | UnsetType | None = UNSET
    n: Annotated[int, Meta(ge=1)] | UnsetType | None = UNSET
    logprobs: bool | UnsetType | None = UNSET
    top_logprobs: Count | UnsetType | None = UNSET
    response_format: Format | UnsetType | None = UNSET
    reasoning_effort: Any = UNSET  # a word; some servers also take a number or a switch
    reasoning: Reasoning | UnsetType | None = UNSET
    thinking: Thinking | UnsetType | None = UNSET
    modalities: list[str] | UnsetType | None = UNSET
    user: str | UnsetType | None = UNSET
    safety_identifier: str | UnsetType | None = UNSET
    metadata: dict[str, str] | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET
    prompt_cache_key: str | UnsetType | None = UNSET
    prompt_cache_options: CacheOptions | UnsetType | None = UNSET
    cache_control: CacheMark | UnsetType | None = UNSET
    web_search_options: JSONObject | UnsetType | None = UNSET
    stream: bool | UnsetType | None = UNSET
    stream_options: StreamOptions | UnsetType | None = UNSET
    # Without a canonical name; declared so that they are read the quick way.
    audio: Any = UNSET
    logit_bias: Any = UNSET
    prediction: Any = UNSET
    store: Any = UNSET
    verbosity: Any = UNSET


UNNAMED = ("audio", "logit_bias", "prediction", "store", "verbosity")
"""The declared fields that have no canonical name."""
