"""Requests, both ways. Floor 3; pure.

A conversation that was not made for this format is sent whole, so the provider is told not to keep it (`store: false`);
thinking, where it is asked for, is asked for encrypted, so that it can be sent back.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from pontage.dialects.dialect import Encoded, KeptState, Peek
from pontage.dialects.heads import Head, read_head
from pontage.dialects.notes import Notes
from pontage.dialects.openai_responses.caching import read_options, write_options
from pontage.dialects.openai_responses.names import FAMILY, NAME, Scope, put_extra, scope_of
from pontage.dialects.openai_responses.options import (
    LOGPROBS,
    THOUGHTS,
    note_unsaid,
    read_output,
    read_reasoning,
    thinks,
    write_output,
    write_reasoning,
)
from pontage.dialects.openai_responses.tags import without_tagged
from pontage.dialects.openai_responses.tools import read_choice, read_tool, write_choice, write_tools
from pontage.dialects.openai_responses.turns import CLIENT, INSTRUCTIONS, Setting, read_messages, write_turn
from pontage.dialects.openai_responses.types import REQUEST, UNNAMED, Request
from pontage.dialects.repeats import told_apart
from pontage.dialects.scope import is_from
from pontage.dialects.spelling import residue, respell
from pontage.dialects.tags import MARK
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import JSONObject, ToolCall
from pontage.errors import InvalidRequestError

_SAME_NAME: Final = {
    "parallel_tool_calls": "parallel_tools",
    "max_output_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_logprobs": "top_logprobs",
    "metadata": "metadata",
    "service_tier": "service_tier",
    "prompt_cache_key": "cache_key",
    "user": "user",
}
_ABOUT_TOOLS: Final = ("tool_choice", "parallel_tools")
_KEPT_THERE: Final = ("prompt", "previous_response_id", "conversation")


class Options(Struct, frozen=True, kw_only=True):
    """What differs between the providers that speak this format.

    `family`: whose encrypted reasoning they make and take. `rules`: the role of what the rules say later on.
    `cache_marks`: they take breakpoints of the prompt cache. `stateless`: they are told not to store what was not made
    for this format, and to tell thinking encrypted.
    """

    family: str | None = FAMILY
    rules: str = "developer"
    cache_marks: bool = False
    stateless: bool = True


_OWN: Final = Options()


class _Peeked(Head):
    model: str | None = None
    stream: bool | None = None
    prompt: Raw = Raw()
    previous_response_id: Raw = Raw()
    conversation: Raw = Raw()


class _Named(Struct):
    id: str = ""


_NOTHING: Final = (b"", b"null", b'""')
_PEEK: Final = msgspec.json.Decoder(_Peeked)


def peek_request(body: bytes) -> Peek:
    """Model and stream of a request, and what it goes on from. Raises InvalidRequestError."""
    peeked = read_head(_PEEK, body)
    if not (peeked.previous_response_id or peeked.conversation or peeked.prompt):
        return Peek(peeked.model, bool(peeked.stream))
    named = [(name, bytes(getattr(peeked, name))) for name in _KEPT_THERE]
    kept = tuple(KeptState(name, _id_in(raw)) for name, raw in named if raw not in _NOTHING)
    return Peek(peeked.model, bool(peeked.stream), kept=kept)


def _id_in(raw: bytes) -> str:
    """The id in a field that is one, or an object with one; empty where there is none."""
    try:
        told = msgspec.json.decode(raw, type=str | _Named)
    except (msgspec.DecodeError, RecursionError):  # its provider will say what is wrong
        return ""
    return told if isinstance(told, str) else told.id


def decode_request(body: bytes, keep_spelling: bool = True) -> ChatRequest:
    """The request a client sent. Raises InvalidRequestError, `param` as the client wrote it."""
    try:
        wire = REQUEST.decode(body)
        request, counts = _read(wire, tagged=MARK in body)
        return _spelled(request, counts, body) if keep_spelling else request
    except RecursionError:
        raise InvalidRequestError("the body is nested too deeply") from None


def _read(wire: Request, *, tagged: bool) -> tuple[ChatRequest, tuple[int, ...]]:
    if wire.model is None and wire.prompt is None:
        raise InvalidRequestError("`model` is missing: name the model to ask", param="model")
    if wire.input in (None, []) and not any(getattr(wire, name) for name in _KEPT_THERE):
        raise InvalidRequestError("`input`: something to answer is needed", param="input")
    items = [Raw(msgspec.json.encode({"role": "user", "content": wire.input}))] if isinstance(wire.input, str) else None
    given = cast(list[Raw], wire.input or []) if items is None else items
    messages, counts = read_messages(given, wire.instructions, tagged=tagged)
    extra = {key: value for key, value in wire.extra.items() if value is not None}
    extra.update((name, value) for name in UNNAMED if (value := getattr(wire, name)) is not None)
    included = list(wire.include or ())
    if any(name != LOGPROBS for name in included):
        extra["include"] = [name for name in included if name != LOGPROBS]
    if wire.user is not None and wire.safety_identifier is not None:
        extra["safety_identifier"] = wire.safety_identifier
    request = ChatRequest(
        model=wire.model or "",
        messages=messages,
        tools=tuple([read_tool(tool, number) for number, tool in enumerate(wire.tools or ())]),
        tool_choice=read_choice(wire.tool_choice, extra),
        parallel_tools=wire.parallel_tool_calls,
        max_tokens=wire.max_output_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        logprobs=True if LOGPROBS in included else None,
        top_logprobs=wire.top_logprobs,
        output=read_output(wire.text, extra),
        reasoning=read_reasoning(wire.reasoning, extra),
        user=wire.safety_identifier if wire.user is None else wire.user,
        metadata=wire.metadata,
        service_tier=wire.service_tier,
        cache=read_options(wire.prompt_cache_options, extra),
        cache_key=wire.prompt_cache_key,
        stream=bool(wire.stream),
        origin=CLIENT,
        extra=extra,
    )
    return request, counts


def _spelled(request: ChatRequest, counts: tuple[int, ...], body: bytes) -> ChatRequest:
    """`request` with what the writer would write otherwise. Tagged items are not a way of writing: they stay away."""
    plain = msgspec.json.decode(body)
    given: Any = plain.get("input")
    wrote: list[Any] = list(cast(list[Any], given)) if isinstance(given, list) else [{"role": "user", "content": given}]
    messages: list[Message] = []
    start = 0
    for number, (message, count) in enumerate(zip(request.messages, counts, strict=True)):
        items = wrote[start : start + count] if count else [{INSTRUCTIONS: plain[INSTRUCTIONS]}]
        start += count
        if message.origin == CLIENT:
            setting = Setting(first=number == 0, calls=_calls(request), rules=_OWN.rules)
            said = write_turn(message, scope_of(CLIENT, FAMILY, Notes()), "", setting)
            message = replace(message, spelling=residue(items, msgspec.json.decode(msgspec.json.encode(said))))
        messages.append(message)
    request = replace(request, messages=tuple(messages))
    if MARK in body and isinstance(given, list):
        plain["input"] = without_tagged(cast(list[Any], given))
    told = _write(request, _OWN, Notes())
    return replace(request, spelling=residue(plain, msgspec.json.decode(msgspec.json.encode(told))))


def _calls(request: ChatRequest) -> dict[str, str]:
    """The kind of every call of the conversation, by id."""
    parts = (part for message in request.messages for part in message.parts)
    return {part.id: part.kind for part in parts if isinstance(part, ToolCall)}


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
    scope = scope_of(request.origin, options.family, notes, cache_marks=options.cache_marks)
    said: JSONObject = {"model": request.model, **_write_messages(request, options, notes)}
    _write_tools(request, said, scope)
    for key, name in _SAME_NAME.items():
        value = getattr(request, name)
        if value is not None and name not in _ABOUT_TOOLS:
            said[key] = value
    if request.output is not None:
        said.update(write_output(request.output, scope))
    if request.reasoning is not None:
        said.update(write_reasoning(request.reasoning, request.extra, scope))
    if request.cache is not None:
        said.update(write_options(request.cache, scope))
    if request.stream:
        said["stream"] = True
    note_unsaid(request, scope)
    _write_include(request, said, scope, options)
    put_extra(said, request.extra, scope)
    return said


def _write_messages(request: ChatRequest, options: Options, notes: Notes) -> JSONObject:
    said: JSONObject = {}
    items: list[JSONObject] = []
    calls = _calls(request)
    for number, message in enumerate(request.messages):
        scope = scope_of(message.origin, options.family, notes, cache_marks=options.cache_marks)
        setting = Setting(first=number == 0, calls=calls, rules=options.rules)
        where = f"messages[{number}]"
        written = write_turn(message, scope, where, setting)
        if not (written or scope.own):
            notes.left_out(message, where)
        for item in written:
            if INSTRUCTIONS in item and "type" not in item:
                said[INSTRUCTIONS] = item[INSTRUCTIONS]
            else:
                items.append(item)
    return {**said, "input": items}


def _write_tools(request: ChatRequest, said: JSONObject, scope: Scope) -> None:
    """Tools, and what says how to use them: refused where there are none."""
    declared = write_tools(request.tools, scope)
    if declared:
        said["tools"] = declared
    if not (declared or scope.carried):
        for name in _ABOUT_TOOLS:
            if getattr(request, name) is not None:
                scope.notes.dropped(name, "there are no tools")
        return
    if request.tool_choice is not None:
        said["tool_choice"] = write_choice(request.tool_choice, request.tools)
    if request.parallel_tools is not None:
        said["parallel_tool_calls"] = request.parallel_tools


def _write_include(request: ChatRequest, said: JSONObject, scope: Scope, options: Options) -> None:
    """What the answer shall tell beside its text, and whether it is kept."""
    included = [LOGPROBS] if request.logprobs else []
    if options.stateless and not scope.own and not any(request.extra.get(name) for name in (*_KEPT_THERE, "store")):
        said["store"] = False
        if thinks(request.reasoning):
            included.append(THOUGHTS)
    if included:
        said["include"] = included


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
    if tagged and "input" in fields:
        given: Any = msgspec.json.decode(fields["input"])
        if isinstance(given, list):
            fields["input"] = Raw(msgspec.json.encode(without_tagged(cast(list[Any], given))))
    return msgspec.json.encode(fields)
