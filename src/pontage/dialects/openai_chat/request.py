"""A request, both ways. Floor 3; pure.

Client and gateway agree on most words; what differs in spelling only is kept beside the value and put back for readers
of this format. `stream_options.include_usage` is kept so in any case: it is the client's wish for its own stream, and
means nothing to another provider.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import msgspec

from pontage.dialects.codec import Codec
from pontage.dialects.dialect import Encoded
from pontage.dialects.free_text import as_functions
from pontage.dialects.notes import Notes
from pontage.dialects.openai_chat import request_types as wires
from pontage.dialects.openai_chat.caching import decode_cache, encode_whole_cache
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.messages import decode_messages, encode_message, encode_messages
from pontage.dialects.openai_chat.options import decode_output, decode_reasoning, encode_output, encode_reasoning
from pontage.dialects.openai_chat.tools import decode_choice, decode_tools, encode_choice, encode_tools
from pontage.dialects.openai_chat.variant import NAME, Scope, Variant, kept, scope_of
from pontage.dialects.repeats import told_apart
from pontage.dialects.scope import put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatRequest, Message, Origin, Spelling
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_CODEC: Final = Codec(wires.ChatRequest)
_PLAIN: Final = Variant()
_STREAM_OPTIONS: Final = "stream_options"
_USAGE: Final = "include_usage"
_SAME_NAME: Final = (
    "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "n", "logprobs", "top_logprobs",
    "user", "metadata", "service_tier",
)  # fmt: skip


def decode_request(body: bytes, keep_spelling: bool = True) -> ChatRequest:
    """The request that a client wrote.

    Raises InvalidRequestError, with the field's path in `param`. Without `keep_spelling` the value means the same but
    forgets how it was written, at half the cost.
    """
    wire = _CODEC.decode(body)
    for name, value in (("model", wire.model), ("messages", wire.messages)):
        if not value:
            raise InvalidRequestError(f"`{name}` is empty", param=name)
    request = _read(wire)
    return _with_spelling(request, body) if keep_spelling else request


def _read(wire: wires.ChatRequest) -> ChatRequest:
    origin = Origin(NAME, None, wire.model)
    choice, choice_extra = decode_choice(wire)
    output, output_extra = decode_output(said(wire.response_format))
    reasoning, reasoning_extra = decode_reasoning(wire)
    stream_extra, wish = _decode_stream_options(said(wire.stream_options))
    options = said(wire.prompt_cache_options)
    explicit = options is not None and options.mode == "explicit"
    cache, cache_extra = decode_cache(said(wire.cache_control) or (None if explicit else options))
    user, identifier = said(wire.user), said(wire.safety_identifier)
    extra = kept(wire.extra, cache_control=cache_extra if wire.cache_control else {})
    extra |= choice_extra | output_extra | reasoning_extra | stream_extra
    if options is not None and explicit:
        extra["prompt_cache_options"] = {"mode": options.mode, "ttl": said(options.ttl), **options.extra}
    if user is not None and identifier is not None:
        extra["safety_identifier"] = identifier
    extra |= {name: value for name in wires.UNNAMED if (value := said(getattr(wire, name))) is not None}
    stop = said(wire.stop)
    limit = said(wire.max_completion_tokens)
    return ChatRequest(
        model=wire.model,
        messages=decode_messages(wire.messages, origin),
        tools=decode_tools(wire),
        tool_choice=choice,
        parallel_tools=said(wire.parallel_tool_calls),
        max_tokens=said(wire.max_tokens) if limit is None else limit,
        temperature=said(wire.temperature),
        top_p=said(wire.top_p),
        top_k=said(wire.top_k),
        frequency_penalty=said(wire.frequency_penalty),
        presence_penalty=said(wire.presence_penalty),
        stop=(stop,) if isinstance(stop, str) else tuple(stop or ()),
        seed=said(wire.seed),
        n=said(wire.n),
        logprobs=said(wire.logprobs),
        top_logprobs=said(wire.top_logprobs),
        output=output,
        reasoning=reasoning,
        modalities=tuple(said(wire.modalities) or ()),
        user=identifier if user is None else user,
        metadata=said(wire.metadata),
        service_tier=said(wire.service_tier),
        cache=cache,
        cache_key=said(wire.prompt_cache_key),
        stream=bool(said(wire.stream)),
        origin=origin,
        extra=extra,
        spelling=wish,
    )


def _decode_stream_options(options: wires.StreamOptions | None) -> tuple[JSONObject, tuple[Spelling, ...]]:
    """What of the options has no canonical name, and the wish for usage, which is a matter of spelling."""
    if options is None:
        return {}, ()
    wish = (Spelling((_STREAM_OPTIONS,), (), ({_USAGE: True},)),) if options.include_usage is True else ()
    return kept({}, stream_options=options.extra), wish


def wants_usage(request: ChatRequest) -> bool:
    """Whether the client asked for a chunk with the usage at the end of its stream."""
    for spelling in request.spelling:
        if spelling.path[:1] == (_STREAM_OPTIONS,) and spelling.wrote:
            options = spelling.wrote[0] if len(spelling.path) == 1 else {spelling.path[1]: spelling.wrote[0]}
            if isinstance(options, dict) and cast(JSONObject, options).get(_USAGE) is True:
                return True
    return False


def _with_spelling(request: ChatRequest, body: bytes) -> ChatRequest:
    wrote = cast(JSONObject, msgspec.json.decode(body))
    messages = cast(list[JSONObject], wrote.pop("messages"))
    scopes = _scopes(Notes(), _PLAIN)
    told = tuple([_message_as_written(*pair, scopes) for pair in zip(request.messages, messages, strict=True)])
    said_so = _fields(request, scopes(request.origin), _PLAIN)
    return msgspec.structs.replace(request, messages=told, spelling=residue(wrote, said_so))


def _message_as_written(message: Message, wrote: JSONObject, scope_of: Callable[[Origin | None], Scope]) -> Message:
    found = residue([wrote], encode_message(message, "", scope_of(message.origin), []))
    return msgspec.structs.replace(message, spelling=found) if found else message


def encode_request(request: ChatRequest, variant: Variant) -> Encoded:
    """The body for a server, and what it cannot be told."""
    notes = Notes()
    scopes = _scopes(notes, variant)
    scope = scopes(request.origin)
    if not scope.own:
        request = told_apart(request if variant.custom_tools else as_functions(request, notes), notes)
    fields: JSONObject = {"model": request.model, "messages": encode_messages(request.messages, scopes)}
    fields.update(_fields(request, scope, variant))
    if scope.own and request.spelling:
        fields = respell(fields, request.spelling)
    return Encoded(msgspec.json.encode(fields), notes.all())


def _scopes(notes: Notes, variant: Variant) -> Callable[[Origin | None], Scope]:
    """The scope of an origin; messages of one conversation share few."""
    known: dict[Origin | None, Scope] = {}

    def find(origin: Origin | None) -> Scope:
        scope = known.get(origin)
        if scope is None:
            scope = known[origin] = scope_of(origin, notes, variant)
        return scope

    return find


def _fields(request: ChatRequest, scope: Scope, variant: Variant) -> JSONObject:
    """All fields but the messages."""
    fields: JSONObject = {"model": request.model}
    if request.tools or request.tool_choice is not None or request.parallel_tools is not None:
        fields.update(_tool_fields(request, scope))
    if request.max_tokens is not None:
        fields[variant.max_tokens_field] = request.max_tokens
    for name in _SAME_NAME:
        value = getattr(request, name)
        if value is not None:
            fields[name] = value
    if request.top_k is not None:
        if scope.takes("top_k"):
            fields["top_k"] = request.top_k
        else:
            scope.notes.dropped("top_k", "not in this format")
    if request.stop:
        fields["stop"] = _stop(request.stop, scope)
    if request.output is not None:
        fields.update(encode_output(request.output, scope))
    if request.reasoning is not None:
        fields.update(encode_reasoning(request.reasoning, scope))
    if request.modalities:
        fields["modalities"] = list(request.modalities)
    if request.cache is not None:
        fields.update(encode_whole_cache(request.cache, scope))
    if request.cache_key is not None:
        fields["prompt_cache_key"] = request.cache_key
    if request.stream:
        fields["stream"] = True
        if variant.ask_usage and not scope.own:
            fields[_STREAM_OPTIONS] = {_USAGE: True}
    put_extra(fields, request.extra, scope)
    return fields


def _tool_fields(request: ChatRequest, scope: Scope) -> JSONObject:
    """Tools, and what says how to use them: refused by OpenAI where there are no tools."""
    fields = encode_tools(request.tools, scope)
    usable = bool(fields) or scope.carried
    if request.tool_choice is not None and usable:
        fields["tool_choice"] = encode_choice(request.tool_choice, request.tools)
    elif request.tool_choice is not None:
        scope.notes.dropped("tool_choice", "there are no tools")
    if request.parallel_tools is not None and usable:
        fields["parallel_tool_calls"] = request.parallel_tools
    elif request.parallel_tools is not None:
        scope.notes.dropped("parallel_tools", "there are no tools")
    return fields


def _stop(stop: tuple[str, ...], scope: Scope) -> list[str]:
    limit = scope.variant.stop_limit
    if limit is not None and len(stop) > limit and not scope.carried:
        scope.notes.dropped("stop", f"only {limit} are taken")
        return list(stop[:limit])
    return list(stop)
