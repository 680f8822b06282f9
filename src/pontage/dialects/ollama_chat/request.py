"""Requests for conversations, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from pontage.dialects.dialect import Encoded, Peek
from pontage.dialects.heads import Head, read_head
from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.messages import CLIENT, Conversation, read_messages, write_turns
from pontage.dialects.ollama_chat.names import GENERATE, NAME, scope_of
from pontage.dialects.ollama_chat.options import read_settings, write_settings
from pontage.dialects.ollama_chat.tools import read_tool, write_tools
from pontage.dialects.ollama_chat.types import REQUEST, Request
from pontage.dialects.scope import Scope, is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

PROMPT_ONLY: Final = ("suffix", "template", "raw", "context", "width", "height", "steps")
"""What only the form with one prompt can say."""


class _Peeked(Head):
    model: str
    stream: bool | None = None


class _Context(Struct):
    options: dict[str, Raw] | None = None


_PEEK = msgspec.json.Decoder(_Peeked)
_CONTEXT = msgspec.json.Decoder(_Context)


def peek_request(body: bytes) -> Peek:
    """Model and stream of a request of either form; it streams unless it says no. Raises InvalidRequestError."""
    peeked = read_head(_PEEK, body)
    return Peek(peeked.model, peeked.stream is not False)


def decode_request(body: bytes, *, keep_spelling: bool = True) -> ChatRequest:
    """The request a client sent. Raises InvalidRequestError, `param` as the client wrote it; also for one without
    messages, which only loads a model: nothing that could be asked of another provider."""
    try:
        request = _read(REQUEST.decode(body))
        return _spelled(request, body) if keep_spelling else request
    except RecursionError:
        raise InvalidRequestError("the body is nested too deeply") from None


def _read(wire: Request) -> ChatRequest:
    if not wire.messages:
        raise InvalidRequestError("messages: at least one message is needed", param="messages")
    return ChatRequest(
        messages=read_messages(wire.messages),
        tools=tuple([read_tool(tool, number) for number, tool in enumerate(wire.tools or ())]),
        origin=CLIENT,
        **read_settings(wire),
    )


def _spelled(request: ChatRequest, body: bytes) -> ChatRequest:
    """`request` with what the writer would write otherwise."""
    plain = msgspec.json.decode(body)
    names = Conversation(request.messages).names
    messages = tuple(
        spelled_message(message, wrote, scope_of(message.origin, NAME, Notes()), names)
        for message, wrote in zip(request.messages, plain["messages"], strict=True)
    )
    request = replace(request, messages=messages)
    said = _write(request, Notes())
    return replace(request, spelling=residue(plain, msgspec.json.decode(msgspec.json.encode(said))))


def spelled_message(message: Message, wrote: Any, scope: Scope, names: dict[str, str]) -> Message:
    """An own message with what the writer would write otherwise."""
    (said,) = write_turns(message, scope, "", names)
    return replace(message, spelling=residue(wrote, msgspec.json.decode(msgspec.json.encode(said))))


def encode_request(request: ChatRequest, context: int | None = None) -> Encoded:
    """The request for a provider, and what it could not say; `context` as in `adjust_request`. Raises
    InvalidRequestError: nested too deeply."""
    notes = Notes()
    try:
        said = _write(request, notes)
        if request.spelling and is_from(request.origin, NAME):
            said = respell(msgspec.json.decode(msgspec.json.encode(said)), request.spelling)
        return finish_request(said, notes, context)
    except RecursionError:
        raise InvalidRequestError("the request is nested too deeply") from None


def finish_request(said: JSONObject, notes: Notes, context: int | None) -> Encoded:
    """The bytes of a written request, with the window that was configured where it tells none."""
    if context is not None:
        options: Any = said.setdefault("options", {})
        if isinstance(options, dict) and "num_ctx" not in options:
            said["options"] = {**cast(JSONObject, options), "num_ctx": context}
            notes.injected("options.num_ctx", "the context window that is configured")
    return Encoded(msgspec.json.encode(said), notes.all())


def _write(request: ChatRequest, notes: Notes) -> JSONObject:
    scope = scope_of(request.origin, NAME, notes)
    conversation = Conversation(request.messages)
    said: JSONObject = {"model": request.model, "messages": []}
    for number, message in enumerate(request.messages):
        said["messages"] += conversation.write(message, notes, f"messages[{number}]")
    if not said["messages"]:
        notes.injected("messages", "without a message nothing is answered")
        said["messages"].append({"role": "user", "content": ""})
    declared = write_tools(request, scope)
    if declared:
        said["tools"] = declared
    write_settings(request, said, scope)
    extra = request.extra
    if is_from(request.origin, GENERATE):
        scope.notes.extras({name: extra[name] for name in PROMPT_ONLY if name in extra})
        extra = {name: value for name, value in extra.items() if name not in PROMPT_ONLY}
    put_extra(said, extra, scope)
    return said


def adjust_request(body: bytes, model: str, stream: bool, *, context: int | None = None) -> bytes:
    """`body` itself when nothing has to change; else a copy with this model and stream, and with a `context` window of
    so many tokens where the client asked for none: a server silently forgets what its window does not hold. Raises
    InvalidRequestError."""
    peeked = peek_request(body)
    options = _open_options(body) if context is not None else None
    if peeked.model == model and peeked.stream == stream and options is None:
        return body
    fields = msgspec.json.decode(body, type=dict[str, Raw])
    fields["model"] = Raw(msgspec.json.encode(model))
    if peeked.stream != stream:
        fields["stream"] = Raw(b"true" if stream else b"false")
    if options is not None:
        fields["options"] = Raw(msgspec.json.encode({**options, "num_ctx": context}))
    return msgspec.json.encode(fields)


def _open_options(body: bytes) -> dict[str, Raw] | None:
    """The options of a request that say nothing of the context window; None: they do, or are no object."""
    try:
        options = _CONTEXT.decode(body).options or {}
    except msgspec.ValidationError:
        return None
    return None if "num_ctx" in options else options
