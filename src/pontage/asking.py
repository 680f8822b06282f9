"""What an SDK user writes, as a canonical request. Floor 8; pure.

Messages come as a string, as `Message` values, or as OpenAI-style dicts, mixed as one likes; tools as `Tool` values or
OpenAI-style dicts; the output's form as a msgspec Struct, a dataclass, a pydantic model, or a JSON Schema. An option
that is None was not said. Whatever makes no sense is an InvalidRequestError that names its field.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, TypedDict, cast, get_args, get_type_hints, runtime_checkable

import msgspec
from msgspec import Meta, Struct

from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import (
    ChatRequest,
    Message,
    OutputFormat,
    ReasoningOptions,
    Tool,
    ToolChoice,
)
from pontage.domain.parts import JSONObject, Part, Text
from pontage.errors import InvalidRequestError

Messages = str | Sequence[Message | dict[str, Any]]
Tools = Sequence[Tool | dict[str, Any]]


class ChatOptions(TypedDict, total=False):
    """The options of a request by their canonical names; see `ChatRequest`. None is the same as not said."""

    system: str | None
    tools: Tools | None
    tool_choice: ToolChoice | str | dict[str, Any] | None
    parallel_tools: bool | None
    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    stop: str | Sequence[str] | None
    seed: int | None
    n: int | None
    logprobs: bool | None
    top_logprobs: int | None
    output: Any
    reasoning: ReasoningOptions | str | dict[str, Any] | None
    user: str | None
    metadata: dict[str, str] | None
    service_tier: str | None
    extra: dict[str, Any] | None


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


PARTS: tuple[type, ...] = get_args(Part)
TOOLS: tuple[type, ...] = get_args(Tool)
KINDS: dict[str, Any] = {
    **get_type_hints(ChatRequest),
    "system": str,
    "max_tokens": Annotated[int, Meta(ge=1)],
    "temperature": Annotated[float, Meta(ge=0)],
    "top_p": Annotated[float, Meta(ge=0, le=1)],
    "n": Annotated[int, Meta(ge=1)],
    "top_logprobs": Annotated[int, Meta(ge=0)],
}
"""What each option must be; its limits are those that hold for every model."""


def request_of(model: str, messages: Messages, options: ChatOptions) -> ChatRequest:
    """The canonical request. Raises InvalidRequestError that names the field at fault."""
    told = said_in(options, KINDS)
    tools = _tools_of(told.pop("tools", ()))
    choice = told.pop("tool_choice", None)
    read = _decode_dicts(checked("model", model, Annotated[str, Meta(min_length=1)]), _listed(messages), tools, choice)
    if "output" in told:
        told["output"] = output_of(told["output"])
    if "reasoning" in told:
        told["reasoning"] = _reasoning_of(told["reasoning"])
    if isinstance(told.get("stop"), str):
        told["stop"] = (told["stop"],)
    fields = {name: checked(name, value, KINDS[name]) for name, value in told.items()}
    system = fields.pop("system", None)
    if system is not None:
        first = Message(role="system", parts=(Text(text=system),))
        read = msgspec.structs.replace(read, messages=(first, *read.messages))
    return msgspec.structs.replace(read, **fields)


def said_in(options: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were said. Raises InvalidRequestError for one that `kinds` does not have."""
    told = {name: value for name, value in options.items() if value is not None}
    unknown = sorted(told.keys() - kinds.keys())
    if unknown:
        raise InvalidRequestError(
            f"there is no option {unknown[0]!r}", param=unknown[0], hint="put a provider's own fields into extra={...}"
        )
    return told


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


@contextmanager
def speakable(request: Struct) -> Generator[None]:
    """Around the sending of `request`: InvalidRequestError for half a character (a lone surrogate) in it."""
    try:
        yield
    except UnicodeEncodeError:  # sought only now: nearly no request has one
        where = _unwritable({name: getattr(request, name) for name in request.__struct_fields__})
        message = f"`{where}` holds half a character (a lone surrogate), which is no text"
        raise InvalidRequestError(message, param=where) from None


def _unwritable(fields: dict[str, Any]) -> str:
    """The first of `fields`, or of its items, that cannot be JSON."""
    for name, value in fields.items():
        for index, item in enumerate(cast(Sequence[Any], value) if isinstance(value, list | tuple) else ()):
            if not _is_writable(item):
                return f"{name}[{index}]"
        if not _is_writable(value):
            return name
    return "messages"


def _is_writable(value: Any) -> bool:
    try:
        msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):  # half a character is a ValueError, too
        return False
    return True


def _listed(messages: Any) -> list[Message | dict[str, Any]]:
    """`messages` as a list of what can be read. Raises InvalidRequestError that names the one at fault."""
    if isinstance(messages, str):
        return [Message(role="user", parts=(Text(text=messages),))]
    if not isinstance(messages, Sequence) or isinstance(messages, bytes | bytearray | memoryview):
        raise InvalidRequestError(
            f"`messages` must be a text or a list of messages, not {_kind(messages)}", param="messages"
        )
    listed = list(cast(Sequence[Any], messages))
    if not listed:
        raise InvalidRequestError("`messages` is empty: there is nothing to answer", param="messages")
    for index, message in enumerate(listed):
        where = f"messages[{index}]"
        if not isinstance(message, Message | dict):
            raise InvalidRequestError(f"`{where}` must be a Message or a dict, not {_kind(message)}", param=where)
        if isinstance(message, Message) and not all(isinstance(part, PARTS) for part in message.parts):
            raise InvalidRequestError(f"`{where}.parts` must hold parts (Text, Image, ...) only", param=where)
    return listed


def _tools_of(tools: Any) -> list[Tool | dict[str, Any]]:
    if not isinstance(tools, Sequence) or isinstance(tools, str | bytes | bytearray | memoryview):
        raise InvalidRequestError(f"`tools` must be a list of tools, not {_kind(tools)}", param="tools")
    listed = list(cast(Sequence[Any], tools))
    for index, tool in enumerate(listed):
        if not isinstance(tool, (*TOOLS, dict)):
            where = f"tools[{index}]"
            raise InvalidRequestError(f"`{where}` must be a tool or a dict, not {_kind(tool)}", param=where)
    return listed


def _decode_dicts(
    model: str, messages: list[Message | dict[str, Any]], tools: list[Tool | dict[str, Any]], choice: Any
) -> ChatRequest:
    """Dicts are read as the OpenAI format, one message each; values stay as they are."""
    body: dict[str, Any] = {"model": model, "messages": [one for one in messages if isinstance(one, dict)]}
    declared = [tool for tool in tools if isinstance(tool, dict)]
    decoded = ChatRequest(model=model, messages=())
    if body["messages"] or declared or isinstance(choice, dict):
        body["messages"] = body["messages"] or [{"role": "user", "content": "x"}]
        body |= {"tools": declared} if declared else {}
        body |= {"tool_choice": choice} if isinstance(choice, dict) else {}
        decoded = CLIENT_SIDES["openai_chat"].decode_request(_as_json(body))
    messages_read, tools_read = iter(decoded.messages), iter(decoded.tools)
    return ChatRequest(
        model=model,
        messages=tuple(next(messages_read) if isinstance(message, dict) else message for message in messages),
        tools=tuple(next(tools_read) if isinstance(tool, dict) else tool for tool in tools),
        tool_choice=decoded.tool_choice if isinstance(choice, dict) else _choice_of(choice),
    )


def _as_json(body: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        where = _unwritable(body)
        raise InvalidRequestError(f"`{where}` cannot be written as JSON: {error}", param=where) from None


def _choice_of(choice: Any) -> ToolChoice | None:
    match choice:
        case None | ToolChoice():
            return choice
        case "auto" | "none" | "any":
            return ToolChoice(choice)
        case "required":
            return ToolChoice("any")
        case str(name) if name:
            return ToolChoice("any", (name,))
        case _:
            raise InvalidRequestError(
                f"`tool_choice` must be a word, a tool's name or a ToolChoice, not {_kind(choice)}", param="tool_choice"
            )


def _reasoning_of(reasoning: Any) -> Any:
    if isinstance(reasoning, str):
        return ReasoningOptions(effort=reasoning)
    if isinstance(reasoning, dict):
        names = ReasoningOptions.__struct_fields__
        told = cast(JSONObject, reasoning)
        strange = [name for name in told if name not in names]
        if strange:
            where = f"reasoning.{strange[0]}"
            raise InvalidRequestError(f"there is no `{where}`", param=where, hint=f"there are: {', '.join(names)}")
        return told
    return reasoning


def checked(name: str, value: Any, kind: Any) -> Any:
    """`value` as it was written, where it is a `kind`. Raises InvalidRequestError."""
    try:
        fitting = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"`{name}` does not fit: {error}", param=name) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidRequestError(f"`{name}` must be a finite number", param=name)
    return value if isinstance(value, int | float) else fitting


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
