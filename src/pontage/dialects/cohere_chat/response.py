"""Whole answers, both ways. Floor 3; pure.

An answer of this format does not name its model.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects.cohere_chat.assistant import read_assistant, write_assistant
from pontage.dialects.cohere_chat.errors import decode_error
from pontage.dialects.cohere_chat.logprobs import read_logprobs, write_logprobs
from pontage.dialects.cohere_chat.names import NAME, scope_of
from pontage.dialects.cohere_chat.response_types import ANSWER, Answer
from pontage.dialects.cohere_chat.stops import read_stop, write_stop
from pontage.dialects.cohere_chat.usage import read_usage, write_usage
from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.scope import Scope, is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatResponse, Choice, Origin
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, ProtocolError


class _Failed(Struct):
    message: str


_FAILED: Final = msgspec.json.Decoder(_Failed)


def decode_response(body: bytes, family: str | None, keep_spelling: bool = True) -> ChatResponse:
    """The answer of a provider of `family`. Raises ProtocolError, or the error that stands in its place."""
    try:
        response = _read(ANSWER.decode(body), Origin(NAME, family))
        return _spelled(response, body) if keep_spelling else response
    except ProtocolError:
        if _is_error(body):
            raise decode_error(200, {}, body) from None
        raise
    except InvalidRequestError as error:  # data in the answer that is none: the provider's doing here
        raise ProtocolError(f"the provider's answer is malformed at {error.param}: {error.message}") from None
    except RecursionError:
        raise ProtocolError("the provider's answer is nested too deeply") from None


def _is_error(body: bytes) -> bool:
    """Whether the body is that of an error: there a message is a text."""
    try:
        return bool(_FAILED.decode(body).message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _read(wire: Answer, origin: Origin) -> ChatResponse:
    return ChatResponse(
        id=wire.id,
        model="",
        choices=(
            Choice(
                message=read_assistant(wire.message, origin, "message"),
                stop=read_stop(wire.finish_reason),
                logprobs=None if wire.logprobs is None else read_logprobs(wire.logprobs),
            ),
        ),
        usage=read_usage(wire.usage),
        origin=origin,
        extra=wire.extra,
    )


def _spelled(response: ChatResponse, body: bytes) -> ChatResponse:
    plain = msgspec.json.decode(body)
    message = response.message
    said: Any = write_assistant(message, answer_scope(message.origin, Notes()), "")
    message = replace(message, spelling=residue(plain["message"], said))
    response = replace(response, choices=(replace(response.choices[0], message=message),))
    return replace(response, spelling=residue(plain, _write(response, Notes())))


def answer_scope(origin: Origin | None, notes: Notes) -> Scope:
    """The scope of an answer of `origin` that goes to a client."""
    return scope_of(origin, notes, answering=True)


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
    within = answer_scope(message.origin, notes)
    turn = write_assistant(message, within, "choices[0].message")
    if message.name is not None:
        notes.dropped("choices[0].message.name", "participants have no names here")
    if within.own and message.spelling:
        turn = respell(msgspec.json.decode(msgspec.json.encode(turn)), message.spelling)
    said: JSONObject = {
        "id": response.id,
        "message": turn,
        "finish_reason": write_stop(response.stop, scope, "choices[0].stop"),
    }
    note_envelope(response.model, response.created, response.service_tier, scope)
    usage = write_usage(response.usage, scope.own, notes)
    if usage is not None:
        said["usage"] = usage
    for number, choice in enumerate(response.choices):
        if number:
            notes.dropped(f"choices[{number}]", "one answer a response")
            continue
        if choice.logprobs is not None:
            said["logprobs"] = write_logprobs(choice.logprobs, scope)
        put_extra(said, choice.extra, scope, "choices[0]")
    put_extra(said, response.extra, scope)
    return said


def note_envelope(model: str, created: int | None, tier: str | None, scope: Scope) -> None:
    """Note what an answer of this format does not tell of itself."""
    if model:
        scope.notes.dropped("model", "an answer does not name its model here")
    if created is not None:
        scope.notes.dropped("created", "an answer has no time here")
    if tier is not None:
        scope.notes.dropped("service_tier", "no tiers here")
