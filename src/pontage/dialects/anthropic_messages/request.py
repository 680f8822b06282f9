"""Requests, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import replace

from pontage.dialects.anthropic_messages.caching import read_cache, write_cache
from pontage.dialects.anthropic_messages.messages import (
    CLIENT,
    read_messages,
    request_scope,
    write_messages,
    write_turn,
)
from pontage.dialects.anthropic_messages.names import FAMILY, NAME, Scope, scope_of
from pontage.dialects.anthropic_messages.options import (
    read_output,
    read_reasoning,
    read_tier,
    write_output,
    write_reasoning,
    write_sampling,
)
from pontage.dialects.anthropic_messages.tags import without_tagged
from pontage.dialects.anthropic_messages.thinking import fit_thinking, leave_room
from pontage.dialects.anthropic_messages.tools import StrictRoom, read_choice, read_tool, write_choice, write_tool
from pontage.dialects.anthropic_messages.types import REQUEST, Request
from pontage.dialects.dialect import Encoded, Peek
from pontage.dialects.heads import Head, read_head
from pontage.dialects.notes import Notes
from pontage.dialects.repeats import told_apart
from pontage.dialects.scope import is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.dialects.tags import MARK
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

DEFAULT_MAX_TOKENS: Final = 4096
"""Tokens asked for when the caller does not say: this format demands a number."""

_AROUND_THINKING = ("messages", "thinking", "tool_choice", "temperature", "top_p", "top_k")
_ASK_FOR_JSON = "Answer with one JSON value and nothing else: no code fence, no words before or after it."
_ASK_FOR_SCHEMA = "It has to be valid against this JSON Schema: "


class Options(Struct, frozen=True, kw_only=True):
    """What differs between the providers that speak this format.

    `family`: whose signatures they take. `max_tokens`: the tokens injected when the caller does not say.
    `system_in_place`: the models take system turns inside the conversation. `web_search`: the tool that stands for
    another format's web search.
    """

    family: str | None = FAMILY
    max_tokens: int = DEFAULT_MAX_TOKENS
    system_in_place: bool = False
    web_search: str = "web_search_20250305"


class _Peeked(Head):
    model: str
    messages: list[Raw] | UnsetType = UNSET
    stream: bool | None = None


_PEEK = msgspec.json.Decoder(_Peeked)


def peek_request(body: bytes) -> Peek:
    """Model and stream of a request. Raises InvalidRequestError."""
    peeked = read_head(_PEEK, body)
    if peeked.messages is not UNSET and not peeked.messages:
        raise InvalidRequestError("messages: at least one message is needed", param="messages")
    return Peek(peeked.model, bool(peeked.stream))


def decode_request(body: bytes, keep_spelling: bool = True) -> ChatRequest:
    """The request a client sent. Raises InvalidRequestError, `param` as the client wrote it."""
    try:
        request = _read(REQUEST.decode(body), tagged=MARK in body)
        return _spelled(request, body) if keep_spelling else request
    except RecursionError:
        raise InvalidRequestError("the body is nested too deeply") from None


def _read(wire: Request, *, tagged: bool) -> ChatRequest:
    if not wire.messages:
        raise InvalidRequestError("messages: at least one message is needed", param="messages")
    extra = wire.extra
    messages = read_messages(wire, tagged=tagged)
    reasoning, output = read_reasoning(wire, extra), read_output(wire, extra)
    choice, parallel = read_choice(wire.tool_choice, extra)
    metadata = wire.metadata
    if metadata is not None and metadata.extra:
        extra["metadata"] = metadata.extra
    return ChatRequest(
        model=wire.model,
        messages=messages,
        tools=tuple(read_tool(tool, number) for number, tool in enumerate(wire.tools)) if wire.tools else (),
        tool_choice=choice,
        parallel_tools=parallel,
        max_tokens=wire.max_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        top_k=wire.top_k,
        stop=tuple(wire.stop_sequences or ()),
        output=output,
        reasoning=reasoning,
        user=metadata.user_id if metadata is not None else None,
        service_tier=read_tier(wire.service_tier),
        cache=read_cache(wire.cache_control, extra),
        stream=bool(wire.stream),
        origin=CLIENT,
        extra=extra,
    )


def _spelled(request: ChatRequest, body: bytes) -> ChatRequest:
    """`request` with what the writer would write otherwise. Tagged blocks are not a way of writing: they stay away."""
    plain = msgspec.json.decode(body)
    lead: list[Any] = [{"role": "system", "content": plain["system"]}] if plain.get("system") is not None else []
    messages = tuple(map(_spelled_message, request.messages, [*lead, *plain["messages"]]))
    request = replace(request, messages=messages)
    if MARK in body:
        plain["messages"] = without_tagged(plain["messages"])
        fit_thinking(plain, Notes())
    said = _write(request, Options(), Notes())
    return replace(request, spelling=residue(plain, msgspec.json.decode(msgspec.json.encode(said))))


def _spelled_message(message: Message, wrote: JSONObject) -> Message:
    if message.origin != CLIENT:
        return message
    said = write_turn(message, request_scope(message, Notes(), FAMILY), "").as_json()
    return replace(message, spelling=residue(wrote, msgspec.json.decode(msgspec.json.encode(said))))


def encode_request(request: ChatRequest, options: Options) -> Encoded:
    """The request for a provider, and what it could not say. Raises InvalidRequestError: nested too deeply."""
    notes = Notes()
    try:
        request = request if is_from(request.origin, NAME) else told_apart(request, notes)
        said = _write(request, options, notes)
        if request.spelling and is_from(request.origin, NAME):
            said = respell(msgspec.json.decode(msgspec.json.encode(said)), request.spelling)
        return Encoded(msgspec.json.encode(said), notes.all())
    except RecursionError:
        raise InvalidRequestError("the request is nested too deeply") from None


def _write(request: ChatRequest, options: Options, notes: Notes) -> JSONObject:
    scope = scope_of(request.origin, options.family, notes)
    said: JSONObject = {"model": request.model}
    if request.max_tokens is not None:
        said["max_tokens"] = request.max_tokens
    elif not scope.own:  # a client of this format that counts tokens says none
        said["max_tokens"] = options.max_tokens
        notes.injected("max_tokens", f"this format demands it: {options.max_tokens}")
    system, said["messages"] = write_messages(
        request.messages, notes, family=options.family, system_in_place=options.system_in_place
    )
    if request.stream:
        said["stream"] = True
    write_sampling(request, said, scope)
    room = StrictRoom()
    _write_tools(request, said, scope, room, options)
    write_reasoning(request.reasoning, said, scope)
    if not scope.own or any(turn.origin is None or turn.origin.family != options.family for turn in request.messages):
        fit_thinking(said, notes)
    if not scope.own:
        leave_room(said, notes)  # only now: the cap stays the caller's where there is no thinking to fit in
    if write_output(request.output, said, scope, room):
        notes.injected("messages", "a system text asks for JSON")
        system = _ask_for_json(request, system)
    if system is not None:
        said["system"] = system
    if request.user is not None:
        said["metadata"] = {"user_id": request.user}
    if request.cache is not None:
        said["cache_control"] = write_cache(request.cache, scope, "cache")
    put_extra(said, request.extra, scope)
    return said


def _write_tools(request: ChatRequest, said: JSONObject, scope: Scope, room: StrictRoom, options: Options) -> None:
    choice, only = write_choice(request.tool_choice, request.parallel_tools, request.tools, scope)
    declared: list[JSONObject] = []
    for number, tool in enumerate(request.tools):
        where = f"tools[{number}]"
        if only is not None and tool.name not in only:
            scope.notes.dropped(where, "not among the tools that may be called")
            continue
        declaration = write_tool(tool, scope, where, room, options.web_search)
        if declaration is not None:
            declared.append(declaration)
    if declared:
        said["tools"] = declared
    if choice is not None:
        said["tool_choice"] = choice


def _ask_for_json(request: ChatRequest, system: Any) -> list[JSONObject]:
    text = _ASK_FOR_JSON
    if request.output is not None and request.output.schema is not None:
        text += "\n" + _ASK_FOR_SCHEMA + msgspec.json.encode(request.output.schema).decode()
    before = [{"type": "text", "text": system}] if isinstance(system, str) else cast(list[JSONObject], system or [])
    return [*before, {"type": "text", "text": text}]


def adjust_request(body: bytes, model: str, stream: bool) -> bytes:
    """`body` itself when nothing has to change; else a copy with this model and stream, and without the thinking of
    other providers, which a client may bring along from earlier answers. Raises InvalidRequestError."""
    peeked, tagged = peek_request(body), MARK in body
    if peeked.model == model and peeked.stream == stream and not tagged:
        return body
    fields = msgspec.json.decode(body, type=dict[str, Raw])
    fields["model"] = Raw(msgspec.json.encode(model))
    if peeked.stream != stream:
        fields["stream"] = Raw(b"true" if stream else b"false")
    if tagged and "messages" in fields:
        said: JSONObject = {name: msgspec.json.decode(fields[name]) for name in _AROUND_THINKING if name in fields}
        said["messages"] = without_tagged(said["messages"])
        fit_thinking(said, Notes())
        fields = {name: raw for name, raw in fields.items() if name not in _AROUND_THINKING}
        fields.update((name, Raw(msgspec.json.encode(value))) for name, value in said.items())
    return msgspec.json.encode(fields)
