"""Whole answers, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.calls import CallReader
from pontage.dialects.ollama_chat.errors import decode_error
from pontage.dialects.ollama_chat.form import CHAT_FORM, Form
from pontage.dialects.ollama_chat.head import read_head, write_head
from pontage.dialects.ollama_chat.logprobs import read_logprobs, write_logprobs
from pontage.dialects.ollama_chat.names import scope_of, told
from pontage.dialects.ollama_chat.parts import read_parts
from pontage.dialects.ollama_chat.spoken import write_answer, write_spoken
from pontage.dialects.ollama_chat.stops import read_stop, write_stop
from pontage.dialects.ollama_chat.types import Answer, Turn
from pontage.dialects.ollama_chat.usage import read_usage, write_usage
from pontage.dialects.scope import is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatResponse, Choice, Message, Origin, TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

_DURATIONS: Final = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")  # in nanoseconds
_PLACES: Final = ("remote_model", "remote_host")


class _Told(Struct):
    prompt_eval_count: Any = None
    eval_count: Any = None


_TOLD = msgspec.json.Decoder(_Told)


def read_line(body: bytes, form: Form) -> Answer:
    """The typed answer, or line of one. Raises ProtocolError, or the error that it reports."""
    try:
        answer = form.read(body)
    except ProtocolError:
        if b'"error"' in body:
            raise decode_error(200, {}, body) from None
        raise
    if answer.error is not None:
        raise decode_error(200, {}, body)
    return answer


def read_extra(wire: Answer) -> JSONObject:
    """What an answer, or a line of one, says beyond the canonical names."""
    wire.extra.update(told(**{name: getattr(wire, name) for name in (*_PLACES, *_DURATIONS)}))
    return wire.extra


def decode_response(body: bytes, *, form: Form, family: str | None, keep_spelling: bool = True) -> ChatResponse:
    """The answer of a provider. Raises ProtocolError, or the error that the body reports."""
    try:
        wire = read_line(body, form)
        if wire.message is None or wire.done is False:
            raise ProtocolError("the provider's answer is not a whole one")
        response = _read(wire, wire.message, Origin(form.name, family, wire.model or None))
        return _spelled(response, body, form) if keep_spelling else response
    except RecursionError:
        raise ProtocolError("the provider's answer is nested too deeply") from None


def _read(wire: Answer, turn: Turn, origin: Origin) -> ChatResponse:
    identity, created = read_head(wire)
    parts = read_parts(turn, CallReader(identity))
    choice = Choice(
        message=Message(role="assistant", parts=parts, origin=origin, extra=turn.extra),
        stop=read_stop(wire.done_reason, bool(turn.tool_calls)),
        logprobs=None if wire.logprobs is None else read_logprobs(wire.logprobs),
    )
    return ChatResponse(
        id=identity,
        model=wire.model,
        choices=(choice,),
        usage=read_usage(wire.prompt_eval_count, wire.eval_count),
        created=created,
        origin=origin,
        extra=read_extra(wire),
    )


def _spelled(response: ChatResponse, body: bytes, form: Form) -> ChatResponse:
    """`response` with what the writer would write otherwise; a form without messages keeps all of it in one place."""
    plain = msgspec.json.decode(body)
    message = response.message
    if form is CHAT_FORM:
        said: Any = write_answer(message, scope_of(message.origin, form.name, Notes()), "")
        wrote = {"role": "assistant", **plain["message"]}  # a message that is sent back has to say who speaks
        spelling = residue(wrote, msgspec.json.decode(msgspec.json.encode(said)))
        choice = replace(response.choices[0], message=replace(message, spelling=spelling))
        response = replace(response, choices=(choice,))
    said = msgspec.json.decode(msgspec.json.encode(_write(response, form, Notes())))
    return replace(response, spelling=residue(plain, said))


def usage_of(body: bytes) -> TokenUsage | None:
    """The counts in a whole answer; None when none are told. Raises ProtocolError when the body is not JSON."""
    try:
        counts = _TOLD.decode(body)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is not JSON: {error}") from None
    return read_usage(counts.prompt_eval_count, counts.eval_count)


def encode_response(response: ChatResponse, *, form: Form) -> Encoded:
    """The answer for a client, and what it could not say. Raises ProtocolError: nested too deeply."""
    notes = Notes()
    try:
        said = _write(response, form, notes)
        if response.spelling and is_from(response.origin, form.name):
            said = respell(msgspec.json.decode(msgspec.json.encode(said)), response.spelling)
        return Encoded(msgspec.json.encode(said), notes.all())
    except RecursionError:
        raise ProtocolError("the answer is nested too deeply") from None


def _write(response: ChatResponse, form: Form, notes: Notes) -> JSONObject:
    scope = scope_of(response.origin, form.name, notes)
    message, extra = response.message, {**response.extra}
    said = write_head(response.id, response.model, response.created, extra, scope)
    turn = write_spoken(message, scope_of(message.origin, form.name, notes), "choices[0].message")
    called = bool(turn.get("tool_calls"))
    said = form.write({**said, "message": turn, "done": True}, notes)
    said |= write_stop(response.stop, called, scope, "choices[0].stop")
    for number, choice in enumerate(response.choices):
        if number:
            notes.dropped(f"choices[{number}]", "one answer a request")
            continue
        if choice.logprobs is not None:
            said["logprobs"] = write_logprobs(choice.logprobs, scope, "choices[0]")
        put_extra(said, choice.extra, scope, "choices[0]")
    said |= write_usage(response.usage, scope.own, notes)
    if response.service_tier is not None:
        notes.dropped("service_tier", "a server of one's own has no tiers")
    put_extra(said, extra, scope)
    return said
