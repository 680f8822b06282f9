"""Requests with one prompt, both ways: `POST /api/generate`. Floor 3; pure.

A prompt is a conversation of one message of the user, with a system message before it where there is one. What only
this form can say (a suffix to write up to, a template, raw prompts) stays in `extra`. A longer conversation, or tools,
cannot be said here.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.media import read_image, require_base64
from pontage.dialects.ollama_chat.messages import write_turns
from pontage.dialects.ollama_chat.names import GENERATE, scope_of
from pontage.dialects.ollama_chat.options import read_settings, write_settings
from pontage.dialects.ollama_chat.request import PROMPT_ONLY, finish_request
from pontage.dialects.ollama_chat.types import GENERATE_REQUEST, GenerateRequest
from pontage.dialects.scope import is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatRequest, Message, Origin
from pontage.domain.parts import JSONObject, Part, Text
from pontage.errors import InvalidRequestError

CLIENT: Final = Origin(GENERATE)
"""The origin of what a client of this form says."""


def decode_request(body: bytes, *, keep_spelling: bool = True) -> ChatRequest:
    """The request a client sent. Raises InvalidRequestError, `param` as the client wrote it; also for one without a
    prompt, which only loads a model: nothing that could be asked of another provider."""
    try:
        request = _read(GENERATE_REQUEST.decode(body))
        if not keep_spelling:
            return request
        said = msgspec.json.decode(msgspec.json.encode(_write(request, Notes())))
        return replace(request, spelling=residue(msgspec.json.decode(body), said))
    except RecursionError:
        raise InvalidRequestError("the body is nested too deeply") from None


def _read(wire: GenerateRequest) -> ChatRequest:
    for number, image in enumerate(wire.images or ()):
        require_base64(image, f"images[{number}]")
    parts: list[Part] = [*map(read_image, wire.images or ())]
    if wire.prompt:
        parts.append(Text(text=wire.prompt))
    if not parts:
        raise InvalidRequestError("prompt: something has to be asked", param="prompt")
    messages = [Message(role="user", parts=tuple(parts), origin=CLIENT)]
    if wire.system:
        messages.insert(0, Message(role="system", parts=(Text(text=wire.system),), origin=CLIENT))
    settings = read_settings(wire)
    settings["extra"].update((name, value) for name in PROMPT_ONLY if (value := getattr(wire, name)))
    return ChatRequest(messages=tuple(messages), origin=CLIENT, **settings)


def encode_request(request: ChatRequest, context: int | None = None) -> Encoded:
    """The request for a provider, and what it could not say; `context` as in `request.adjust_request`. Raises
    InvalidRequestError: nested too deeply."""
    notes = Notes()
    try:
        said: Any = _write(request, notes)
        if request.spelling and is_from(request.origin, GENERATE):
            said = respell(msgspec.json.decode(msgspec.json.encode(said)), request.spelling)
        return finish_request(said, notes, context)
    except RecursionError:
        raise InvalidRequestError("the request is nested too deeply") from None


def _write(request: ChatRequest, notes: Notes) -> JSONObject:
    scope = scope_of(request.origin, GENERATE, notes)
    said: JSONObject = {"model": request.model, "prompt": "", **_write_messages(request.messages, notes)}
    for number in range(len(request.tools)):
        notes.unsupported(f"tools[{number}]", "a prompt has no tools")
    if request.tool_choice is not None:
        notes.dropped("tool_choice", "a prompt has no tools")
    write_settings(request, said, scope)
    put_extra(said, request.extra, scope)
    return said


def _write_messages(messages: tuple[Message, ...], notes: Notes) -> JSONObject:
    """The fields that the system messages and the last question make."""
    said: JSONObject = {}
    asked = max((number for number, message in enumerate(messages) if message.role == "user"), default=-1)
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if number != asked and message.role != "system":
            notes.unsupported(where, "a prompt has no conversation before it or behind it")
            continue
        for turn in write_turns(message, scope_of(message.origin, GENERATE, notes), where, {}):
            if turn["role"] != message.role:
                notes.unsupported(f"{where}.parts", "a prompt has no tools")
                continue
            _add(said, "prompt" if message.role == "user" else "system", turn, where, notes)
    return said


def _add(said: JSONObject, field: str, turn: JSONObject, where: str, notes: Notes) -> None:
    """What one message of the wire says, added to the one text that has room for it."""
    if said.get(field):
        notes.approximated(where, "texts are joined by a blank line")
    said[field] = "\n\n".join(text for text in (said.get(field), turn.pop("content")) if text)
    images = turn.pop("images", None)
    if images and field == "prompt":
        said.setdefault("images", []).extend(images)
    elif images:
        notes.unsupported(where, "pictures belong to the prompt")
    del turn["role"]
    notes.extras(turn, where)
