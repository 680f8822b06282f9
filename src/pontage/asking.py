"""What an SDK user writes, as a canonical request. Floor 8; pure.

Messages come as a string, as `Message` values, or as OpenAI-style dicts, mixed as one likes; tools as `Tool` values or
OpenAI-style dicts; the output's form as a msgspec Struct, a dataclass, a pydantic model, or a JSON Schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypedDict, cast, runtime_checkable

import msgspec

from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import (
    ChatRequest,
    Message,
    OutputFormat,
    ReasoningOptions,
    Tool,
    ToolChoice,
)
from pontage.domain.parts import JSONObject, Text
from pontage.errors import InvalidRequestError

Messages = str | Sequence[Message | dict[str, Any]]
Tools = Sequence[Tool | dict[str, Any]]


class ChatOptions(TypedDict, total=False):
    """The options of a request by their canonical names; see `ChatRequest`."""

    system: str
    tools: Tools
    tool_choice: ToolChoice | str
    parallel_tools: bool
    max_tokens: int
    temperature: float
    top_p: float
    top_k: int
    frequency_penalty: float
    presence_penalty: float
    stop: str | Sequence[str]
    seed: int
    n: int
    logprobs: bool
    top_logprobs: int
    output: Any
    reasoning: ReasoningOptions | str
    user: str
    metadata: dict[str, str]
    service_tier: str
    extra: dict[str, Any]


@runtime_checkable
class SchemaModel(Protocol):
    """A pydantic model class, by its shape: pydantic itself is never imported."""

    __name__: str

    def model_json_schema(self) -> JSONObject:
        """Its JSON Schema."""
        ...

    def model_validate_json(self, data: str) -> Any:
        """An instance from JSON text."""
        ...


def request_of(model: str, messages: Messages, options: ChatOptions) -> ChatRequest:
    """The canonical request. Raises InvalidRequestError that names the field at fault."""
    fields: dict[str, Any] = dict(options)
    listed: list[Message | dict[str, Any]] = []
    if isinstance(messages, str):
        listed.append(Message(role="user", parts=(Text(text=messages),)))
    else:
        listed += messages
    tools = list(fields.pop("tools", ()))
    system = fields.pop("system", None)
    decoded_messages, decoded_tools = _decode_dicts(model, listed, tools)
    if system is not None:
        decoded_messages = (Message(role="system", parts=(Text(text=system),)), *decoded_messages)
    if "stop" in fields:
        stop = fields["stop"]
        fields["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    if "output" in fields:
        fields["output"] = output_of(fields["output"])
    if isinstance(fields.get("reasoning"), str):
        fields["reasoning"] = ReasoningOptions(effort=fields["reasoning"])
    if isinstance(fields.get("tool_choice"), str):
        fields["tool_choice"] = _choice_of(fields["tool_choice"])
    unknown = sorted(fields.keys() - set(ChatRequest.__struct_fields__))
    if unknown:
        raise InvalidRequestError(
            f"there is no option {unknown[0]!r}", param=unknown[0], hint="put a provider's own fields into extra={...}"
        )
    return ChatRequest(model=model, messages=decoded_messages, tools=decoded_tools, **fields)


def output_of(wanted: Any) -> OutputFormat:
    """The output format that `wanted` (a type, a JSON Schema, an OutputFormat) asks for."""
    if isinstance(wanted, OutputFormat):
        return wanted
    if isinstance(wanted, dict):
        schema = cast(JSONObject, wanted)
        return OutputFormat(kind="schema", schema=schema, name=str(schema.get("title") or "output"), strict=True)
    if isinstance(wanted, SchemaModel):
        return OutputFormat(kind="schema", schema=wanted.model_json_schema(), name=wanted.__name__, strict=True)
    try:
        schema = msgspec.json.schema(wanted)
    except TypeError as error:
        raise InvalidRequestError(f"`output` cannot be made a JSON Schema: {error}", param="output") from None
    return OutputFormat(kind="schema", schema=schema, name=getattr(wanted, "__name__", "output"), strict=True)


def parse_output(wanted: Any, text: str) -> Any:
    """`text` as the type that was asked for. Raises ValueError (msgspec's or pydantic's) when it does not fit."""
    if isinstance(wanted, dict | OutputFormat):
        return msgspec.json.decode(text)
    if isinstance(wanted, SchemaModel):
        return wanted.model_validate_json(text)
    return msgspec.json.decode(text, type=wanted)


def _decode_dicts(
    model: str, messages: list[Message | dict[str, Any]], tools: list[Tool | dict[str, Any]]
) -> tuple[tuple[Message, ...], tuple[Tool, ...]]:
    """Dicts are read as the OpenAI format, one message each; values stay as they are."""
    written = [message for message in messages if isinstance(message, dict)]
    declared = [tool for tool in tools if isinstance(tool, dict)]
    if not written and not declared:
        return cast(tuple[Message, ...], tuple(messages)), cast(tuple[Tool, ...], tuple(tools))
    body = {"model": model, "messages": written or [{"role": "user", "content": "x"}], "tools": declared}
    decoded = CLIENT_SIDES["openai_chat"].decode_request(
        msgspec.json.encode(body if declared else {"model": model, "messages": body["messages"]})
    )
    messages_read, tools_read = iter(decoded.messages), iter(decoded.tools)
    return (
        tuple(next(messages_read) if isinstance(message, dict) else message for message in messages),
        tuple(next(tools_read) if isinstance(tool, dict) else tool for tool in tools),
    )


def _choice_of(word: str) -> ToolChoice:
    match word:
        case "auto" | "none" | "any":
            return ToolChoice(word)
        case "required":
            return ToolChoice("any")
        case name:
            return ToolChoice("any", (name,))
