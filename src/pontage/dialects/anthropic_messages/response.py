"""Whole answers, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects.anthropic_messages.errors import decode_error
from pontage.dialects.anthropic_messages.messages import write_turn
from pontage.dialects.anthropic_messages.names import NAME, Scope, answer_scope
from pontage.dialects.anthropic_messages.parts import read_answer
from pontage.dialects.anthropic_messages.types import RESPONSE, Response
from pontage.dialects.anthropic_messages.usage import read_tier, read_usage, write_usage
from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatResponse, Choice, Message, Origin, Stop, TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

_STOPS: Final = {
    "end_turn": Stop("stop"),
    "stop_sequence": Stop("stop_sequence"),
    "max_tokens": Stop("length"),
    "model_context_window_exceeded": Stop("context_exceeded"),
    "tool_use": Stop("tool_calls"),
    "refusal": Stop("refusal"),
    "pause_turn": Stop("pause"),
}
_OTHER: Final = Stop("other")
_WORDS: Final[dict[str, str]] = {stop.reason: word for word, stop in _STOPS.items()}
_NEAREST: Final = {"content_filter": "refusal"}


class _Told(Struct):
    usage: JSONObject | None = None


_TOLD = msgspec.json.Decoder(_Told)


def read_stop(word: str | None, sequence: str | None, details: Any) -> Stop:
    """Why the answer ended; `stop_details` stay in `extra`."""
    known = _STOPS.get(word or "", _OTHER)
    return replace(known, raw=word, sequence=sequence, extra={} if details is None else {"stop_details": details})


def write_stop(stop: Stop, scope: Scope, where: str) -> JSONObject:
    """The fields that say why the answer ended."""
    word: str | None
    if scope.own and _STOPS.get(stop.raw or "", _OTHER).reason == stop.reason:
        word = stop.raw
    elif stop.reason in _WORDS:
        word = _WORDS[stop.reason]
    else:
        word = _NEAREST.get(stop.reason, "end_turn")
        scope.notes.approximated(f"{where}.reason", f"the nearest reason of this format is {word}")
    said: JSONObject = {"stop_reason": word, "stop_sequence": stop.sequence}
    put_extra(said, stop.extra, scope, where)
    said.setdefault("stop_details", None)
    return said


def read_extra(wire: Response) -> JSONObject:
    """What an answer says beyond the canonical names."""
    for name in ("container", "context_management", "diagnostics"):
        value = getattr(wire, name)
        if value is not None:
            wire.extra[name] = value
    return wire.extra


def decode_response(body: bytes, family: str | None, keep_spelling: bool = True) -> ChatResponse:
    """The answer of a provider of `family`. Raises ProtocolError, or the error that the body reports."""
    try:
        wire = RESPONSE.decode(body)
        if wire.type != "message" or wire.role != "assistant":
            raise ProtocolError("the provider's answer is no message of the assistant")
        response = _read(wire, Origin(NAME, family, wire.model or None))
        return _spelled(response, body) if keep_spelling else response
    except ProtocolError:
        if b'"error"' in body:
            raise decode_error(200, {}, body) from None
        raise
    except RecursionError:
        raise ProtocolError("the provider's answer is nested too deeply") from None


def _read(wire: Response, origin: Origin) -> ChatResponse:
    stop = read_stop(wire.stop_reason, wire.stop_sequence, wire.stop_details)
    message = Message(role="assistant", parts=read_answer(wire.content), origin=origin)
    return ChatResponse(
        id=wire.id,
        model=wire.model,
        choices=(Choice(message=message, stop=stop),),
        usage=read_usage(wire.usage),
        service_tier=read_tier(wire.usage),
        origin=origin,
        extra=read_extra(wire),
    )


def _spelled(response: ChatResponse, body: bytes) -> ChatResponse:
    plain = msgspec.json.decode(body)
    message = response.message
    scope = replace(answer_scope(message.origin, Notes()), signed=True)
    said: Any = msgspec.json.decode(msgspec.json.encode(write_turn(message, scope, "").as_json()))
    message = replace(message, spelling=residue({"role": "assistant", "content": plain["content"]}, said))
    response = replace(response, choices=(replace(response.choices[0], message=message),))
    said = msgspec.json.decode(msgspec.json.encode(_write(response, Notes())))
    return replace(response, spelling=residue(plain, said))


def usage_of(body: bytes) -> TokenUsage | None:
    """The counts in a whole answer; None when none are told. Raises ProtocolError when the body is not JSON."""
    try:
        return read_usage(_TOLD.decode(body).usage)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is not JSON: {error}") from None


def encode_response(response: ChatResponse) -> Encoded:
    """The answer for a client, and what it could not say. Raises ProtocolError: nested too deeply."""
    notes = Notes()
    try:
        said = _write(response, notes)
        if response.spelling and is_from(response.origin, NAME):
            said = respell(msgspec.json.decode(msgspec.json.encode(said)), response.spelling)
        return Encoded(msgspec.json.encode(said), notes.all())
    except RecursionError:
        raise ProtocolError("the answer is nested too deeply") from None


def _write(response: ChatResponse, notes: Notes) -> JSONObject:
    scope = answer_scope(response.origin, notes)
    message = response.message
    turn = write_turn(message, answer_scope(message.origin, notes), "choices[0].message").as_json()
    said: JSONObject = {"id": response.id, "type": "message", **turn, "model": response.model}
    said.update(write_stop(response.stop, scope, "choices[0].stop"))
    said["usage"] = write_usage(response.usage, response.service_tier, scope.own, notes)
    for number, choice in enumerate(response.choices):
        if number:
            notes.dropped(f"choices[{number}]", "one answer a response")
            continue
        if choice.logprobs is not None:
            notes.dropped("choices[0].logprobs", "not told by this format")
        put_extra(said, choice.extra, scope, "choices[0]")
    if response.created is not None:
        notes.dropped("created", "an answer has no time here")
    put_extra(said, response.extra, scope)
    return said
