"""Requests, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from pontage.dialects.cohere_chat.messages import read_messages, write_message, write_messages
from pontage.dialects.cohere_chat.names import CLIENT, NAME, scope_of
from pontage.dialects.cohere_chat.options import (
    read_output,
    read_reasoning,
    write_output,
    write_reasoning,
    write_sampling,
)
from pontage.dialects.cohere_chat.tools import read_choice, read_tools, write_tools
from pontage.dialects.cohere_chat.types import REQUEST, Request
from pontage.dialects.dialect import Encoded, Peek
from pontage.dialects.heads import Head, read_head
from pontage.dialects.notes import Notes
from pontage.dialects.repeats import told_apart
from pontage.dialects.scope import is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatRequest, Message, OutputFormat
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_OWN_FIELDS: Final = ("documents", "citation_options", "safety_mode", "priority")
_OPENING: Final = "Begin."
_ASK_FOR_JSON: Final = "Answer with one JSON value and nothing else: no code fence, no words before or after it."
_ASK_FOR_SCHEMA: Final = "It has to be valid against this JSON Schema: "


class _Peeked(Head):
    model: str
    stream: bool | None = None


_PEEK: Final = msgspec.json.Decoder(_Peeked)


def peek_request(body: bytes) -> Peek:
    """Model and stream of a request. Raises InvalidRequestError."""
    peeked = read_head(_PEEK, body)
    return Peek(peeked.model, bool(peeked.stream))


def decode_request(body: bytes, keep_spelling: bool = True) -> ChatRequest:
    """The request a client sent. Raises InvalidRequestError, `param` as the client wrote it."""
    try:
        request = _read(REQUEST.decode(body))
        return _spelled(request, body) if keep_spelling else request
    except RecursionError:
        raise InvalidRequestError("the body is nested too deeply") from None


def _read(wire: Request) -> ChatRequest:
    if not wire.messages:
        raise InvalidRequestError("messages: at least one message is needed", param="messages")
    extra = wire.extra
    for name in _OWN_FIELDS:
        value = getattr(wire, name)
        if value is not None:
            extra[name] = value
    return ChatRequest(
        model=wire.model,
        messages=read_messages(wire.messages),
        tools=read_tools(wire, extra),
        tool_choice=read_choice(wire.tool_choice, extra),
        max_tokens=wire.max_tokens,
        temperature=wire.temperature,
        top_p=wire.p,
        top_k=wire.k,
        frequency_penalty=wire.frequency_penalty,
        presence_penalty=wire.presence_penalty,
        stop=tuple(wire.stop_sequences or ()),
        seed=wire.seed,
        logprobs=wire.logprobs,
        output=read_output(wire, extra),
        reasoning=read_reasoning(wire, extra),
        stream=bool(wire.stream),
        origin=CLIENT,
        extra=extra,
    )


def _spelled(request: ChatRequest, body: bytes) -> ChatRequest:
    """`request` with what the writer would write otherwise."""
    plain = msgspec.json.decode(body)
    messages = tuple(map(_spelled_message, request.messages, plain["messages"]))
    request = replace(request, messages=messages)
    return replace(request, spelling=residue(plain, _write(request, Notes())))


def _spelled_message(message: Message, wrote: JSONObject) -> Message:
    (said,) = write_message(message, scope_of(message.origin, Notes()), "", [])
    found = residue(wrote, said)
    return replace(message, spelling=found) if found else message


def encode_request(request: ChatRequest) -> Encoded:
    """The request for a provider, and what it could not say. Raises InvalidRequestError: nested too deeply."""
    notes = Notes()
    try:
        request = request if is_from(request.origin, NAME) else told_apart(request, notes)
        said = _write(request, notes)
        if request.spelling and is_from(request.origin, NAME):
            said = respell(msgspec.json.decode(msgspec.json.encode(said)), request.spelling)
        return Encoded(msgspec.json.encode(said), notes.all())
    except RecursionError:
        raise InvalidRequestError("the request is nested too deeply") from None


def _write(request: ChatRequest, notes: Notes) -> JSONObject:
    scope = scope_of(request.origin, notes)
    said: JSONObject = {"model": request.model, "messages": write_messages(request.messages, notes)}
    if not said["messages"]:
        notes.injected("messages", "without a message nothing is answered")
        said["messages"].append({"role": "user", "content": _OPENING})
    if request.stream:
        said["stream"] = True
    write_tools(request, said, scope)
    write_sampling(request, said, scope)
    write_reasoning(request.reasoning, said, scope)
    if request.output is not None and write_output(request.output, said, scope):
        notes.injected("messages", "a system text asks for JSON")
        said["messages"].insert(0, _ask_for_json(request.output))
    put_extra(said, request.extra, scope)
    return said


def _ask_for_json(output: OutputFormat) -> JSONObject:
    text = _ASK_FOR_JSON
    if output.schema is not None:
        text += "\n" + _ASK_FOR_SCHEMA + msgspec.json.encode(output.schema).decode()
    return {"role": "system", "content": text}


def adjust_request(body: bytes, model: str, stream: bool) -> bytes:
    """`body` itself when nothing has to change; else a copy with this model and stream. Raises InvalidRequestError."""
    peeked = peek_request(body)
    if peeked.model == model and peeked.stream == stream:
        return body
    fields = msgspec.json.decode(body, type=dict[str, Raw])
    fields["model"] = Raw(msgspec.json.encode(model))
    if peeked.stream != stream:
        fields["stream"] = Raw(b"true" if stream else b"false")
    return msgspec.json.encode(fields)
