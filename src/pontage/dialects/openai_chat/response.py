"""A whole answer, both ways. Floor 3; pure.

To a client everything is told that the format has a place for, extensions of compatible servers included: thinking in
`reasoning_content`, its proofs in `reasoning_details`, so that a client that sends the message back brings them along.
"""

from __future__ import annotations

from typing import Final, cast

import msgspec
from msgspec.structs import replace

from pontage.dialects.codec import Codec
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.openai_chat import response_types as wires
from pontage.dialects.openai_chat.assistant import decode_assistant, encode_assistant
from pontage.dialects.openai_chat.logprobs import decode_logprobs, encode_logprobs
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.stops import decode_stop, encode_stop
from pontage.dialects.openai_chat.usage import decode_usage, encode_usage
from pontage.dialects.openai_chat.variant import NAME, Scope, Variant, kept, scope_of
from pontage.dialects.openai_errors import error_in
from pontage.dialects.scope import is_from, put_extra
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatResponse, Choice, Message, Origin
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, ProtocolError

CLIENT: Final = Variant(reasoning_field="reasoning_content")
"""How a client of this format is answered."""
_CODEC: Final = Codec(wires.ChatResponse, of="response")


def decode_response(body: bytes, variant: Variant, keep_spelling: bool = True) -> ChatResponse:
    """The answer. Raises ProtocolError when it is malformed, or the error that stands in its place."""
    try:
        wire = _CODEC.decode(body)
    except ProtocolError:
        failure = error_in(body)
        if failure is not None:
            raise failure from None
        raise
    failure = error_in(body) if wire.extra.get("error") else None
    if failure is not None:
        raise failure
    try:
        response = _read(wire, variant)
    except InvalidRequestError as error:  # data in the answer that is none: the provider's doing here
        raise ProtocolError(f"the provider's answer is malformed: {error.message}") from None
    return _with_spelling(response, body) if keep_spelling else response


def _read(wire: wires.ChatResponse, variant: Variant) -> ChatResponse:
    identity, model = said(wire.id) or "", said(wire.model) or ""
    origin = Origin(NAME, variant.family, model)
    extra = kept(wire.extra)
    if said(wire.system_fingerprint) is not None:
        extra["system_fingerprint"] = wire.system_fingerprint
    choices = tuple([_read_choice(choice, origin, identity) for choice in wire.choices])
    return ChatResponse(
        id=identity,
        model=model,
        choices=choices,
        usage=decode_usage(said(wire.usage), said(wire.service_tier)),
        created=whole(said(wire.created)) or None,
        service_tier=said(wire.service_tier) or None,
        origin=choices[0].message.origin if choices else origin,  # which may have told whose proofs it carries
        extra=extra,
    )


def _read_choice(wire: wires.AnswerChoice, origin: Origin, identity: str) -> Choice:
    spoken = said(wire.message)
    if spoken is None:
        message = Message(role="assistant", origin=origin)
    else:
        message = decode_assistant(spoken, origin, identity, "message")
    logprobs, others = decode_logprobs(said(wire.logprobs))
    return Choice(
        message=message,
        stop=decode_stop(said(wire.finish_reason), said(wire.stop_reason), message.parts),
        logprobs=logprobs,
        extra=kept(wire.extra, logprobs=others),
    )


def _with_spelling(response: ChatResponse, body: bytes) -> ChatResponse:
    wrote = cast(JSONObject, msgspec.json.decode(body))
    messages = [[choice.pop("message")] if "message" in choice else [] for choice in wrote["choices"]]
    choices = tuple([_choice_as_written(*pair) for pair in zip(response.choices, messages, strict=True)])
    outline = _outline(response, Notes())
    return replace(response, choices=choices, spelling=residue(wrote, outline))


def _choice_as_written(choice: Choice, wrote: list[JSONObject]) -> Choice:
    message = choice.message
    scope = scope_of(message.origin, Notes(), CLIENT, answering=True)
    found = residue(wrote, [encode_assistant(message, "", scope)])
    return replace(choice, message=replace(message, spelling=found)) if found else choice


def encode_response(response: ChatResponse) -> Encoded:
    """The body for a client, and what it cannot be told."""
    notes = Notes()
    wire = _outline(response, notes)
    if response.spelling and is_from(response.origin, NAME):
        wire = respell(wire, response.spelling)
    for index, (choice, told) in enumerate(zip(response.choices, wire["choices"], strict=True)):
        message = choice.message
        scope = scope_of(message.origin, notes, CLIENT, answering=True)
        written = [encode_assistant(message, f"choices[{index}].message", scope)]
        if scope.own and message.spelling:
            written = respell(written, message.spelling)
        if written:
            told["message"] = written[0]
    return Encoded(msgspec.json.encode(wire), notes.all())


def _outline(response: ChatResponse, notes: Notes) -> JSONObject:
    """The whole answer but its messages."""
    scope = scope_of(response.origin, notes, CLIENT, answering=True)
    wire: JSONObject = {
        "id": response.id,
        "object": "chat.completion",
        "created": response.created or 0,
        "model": response.model,
        "choices": [_encode_choice(choice, index, scope) for index, choice in enumerate(response.choices)],
    }
    if response.usage is not None:
        wire["usage"] = encode_usage(response.usage, scope.own, notes)
    if response.service_tier is not None:
        wire["service_tier"] = response.service_tier
    put_extra(wire, response.extra, scope)
    return wire


def _encode_choice(choice: Choice, index: int, scope: Scope) -> JSONObject:
    where = f"choices[{index}]"
    wire: JSONObject = {"index": index, "logprobs": encode_logprobs(choice.logprobs)}
    wire.update(encode_stop(choice.stop, choice.message, f"{where}.stop", scope))
    put_extra(wire, choice.extra, scope, where)
    return wire
