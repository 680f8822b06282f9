"""Whole answers, both ways. Floor 3; pure.

An answer of this format repeats what was asked. That is not the answer's, so it is kept as a way of writing; to what is
told to a client from elsewhere the format's defaults are added, which clients expect to find.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.openai_errors import error_in
from pontage.dialects.openai_responses.errors import error_of_answer
from pontage.dialects.openai_responses.item_types import TokenLogprob as WireLogprob
from pontage.dialects.openai_responses.items import read_answer
from pontage.dialects.openai_responses.logprobs import note_ids, place_logprobs, read_logprobs
from pontage.dialects.openai_responses.names import NAME, Scope, answer_scope, put_extra
from pontage.dialects.openai_responses.stops import read_stop, write_stop
from pontage.dialects.openai_responses.turns import Setting, write_turn
from pontage.dialects.openai_responses.types import RESPONSE, Response
from pontage.dialects.openai_responses.usage import TOOL_USAGE, read_usage, rest_of_tools, write_usage
from pontage.dialects.scope import is_from
from pontage.dialects.spelling import residue, respell
from pontage.domain.chat import ChatResponse, Choice, Message, Origin, TokenLogprob
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

FAILED: Final = "failed"


class _Kept(Struct):
    id: str = ""
    store: bool | None = None


class _Glimpse(_Kept):
    response: _Kept | None = None  # in an event of a stream


_GLIMPSE: Final = msgspec.json.Decoder(_Glimpse)
_TOKEN_MARK: Final = b'"logprob"'


def defaults() -> JSONObject:
    """The fields of an answer that repeat what was asked, as if nothing special was."""
    return {
        "object": "response",
        "error": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "truncation": "disabled",
        "user": None,
    }


def decode_response(body: bytes, family: str | None, keep_spelling: bool = True) -> ChatResponse:
    """The answer of a provider of `family`. Raises ProtocolError, or the error that the body reports."""
    try:
        wire = RESPONSE.decode(body)
        if wire.status == FAILED or (wire.error and not wire.output):
            raise error_of_answer(wire.error)
        if wire.output is None:
            raise ProtocolError("the provider's answer has no output")
        response = _read(wire, Origin(NAME, family, wire.model or None), _TOKEN_MARK in body)
        return _spelled(response, body) if keep_spelling else response
    except ProtocolError:
        reported = error_in(body)
        if reported is not None:
            raise reported from None
        raise
    except RecursionError:
        raise ProtocolError("the provider's answer is nested too deeply") from None


def _read(wire: Response, origin: Origin, telling: bool) -> ChatResponse:
    output = wire.output or []
    parts = read_answer(output)
    choice = Choice(
        message=Message(role="assistant", parts=parts, origin=origin),
        stop=read_stop(wire.status, wire.incomplete_details, parts),
        logprobs=_read_logprobs(output) if telling else None,
    )
    return ChatResponse(
        id=wire.id or "",
        model=wire.model or "",
        choices=(choice,),
        usage=read_usage(wire.usage, wire.tool_usage, wire.service_tier),
        created=read_created(wire),
        service_tier=wire.service_tier,
        origin=origin,
        extra=read_extra(wire),
    )


def read_created(wire: Response) -> int | None:
    """The second the answer was made at."""
    return int(wire.created_at) if wire.created_at and abs(wire.created_at) < 1e15 else None


def read_extra(wire: Response) -> JSONObject:
    """What an answer says beyond canonical names, and beyond what was asked."""
    extra = {key: value for key, value in wire.extra.items() if value is not None}
    rest = rest_of_tools(wire.tool_usage)
    if rest is not None:
        extra[TOOL_USAGE] = rest
    if wire.error:
        extra["error"] = wire.error
    return extra


def _read_logprobs(output: list[msgspec.Raw]) -> tuple[TokenLogprob, ...] | None:
    """The tokens of all texts. The items were read before, so they are known to be well-formed."""
    found: list[TokenLogprob] = []
    for raw in output:
        item: JSONObject = msgspec.json.decode(raw)
        content: Any = item.get("content") if item.get("type", "message") == "message" else None
        for part in cast(list[JSONObject], content) if isinstance(content, list) else ():
            if part.get("type") == "output_text" and part.get("logprobs"):
                found += read_logprobs(msgspec.convert(part["logprobs"], list[WireLogprob]))
    return tuple(found) or None


def _spelled(response: ChatResponse, body: bytes) -> ChatResponse:
    plain = msgspec.json.decode(body)
    choice = response.choices[0]
    said = _write_output(response, choice, Notes())
    message = replace(choice.message, spelling=residue(plain["output"], _as_json(said)))
    response = replace(response, choices=(replace(choice, message=message),))
    return replace(response, spelling=residue(plain, _as_json(_write(response, Notes()))))


def _as_json(said: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(said))


def encode_response(response: ChatResponse) -> Encoded:
    """The answer for a client, and what it could not say. Raises ProtocolError: nested too deeply."""
    notes = Notes()
    try:
        said = _write(response, notes)
        if response.spelling and is_from(response.origin, NAME):
            said = respell(_as_json(said), response.spelling)
        return Encoded(msgspec.json.encode(said), notes.all())
    except RecursionError:
        raise ProtocolError("the answer is nested too deeply") from None


def _write(response: ChatResponse, notes: Notes) -> JSONObject:
    scope = answer_scope(response.origin, notes)
    said = envelope(response.id, response.model, response.created)
    for number, choice in enumerate(response.choices):
        if number:
            notes.dropped(f"choices[{number}]", "one answer a response")
            continue
        put_extra(said, choice.extra, scope, "choices[0]")
        said["output"] = _write_output(response, choice, notes)
    said.update(write_stop(response.stop, response.message.parts, scope, "choices[0].stop"))
    said["usage"], tools = write_usage(response.usage, scope.own, notes)
    if tools is not None:
        said[TOOL_USAGE] = tools
    if response.service_tier is not None:
        said["service_tier"] = response.service_tier
    put_extra(said, response.extra, scope)
    return said


def envelope(identity: str, model: str, created: int | None) -> JSONObject:
    """What stands around any answer, complete or not."""
    return {"id": identity, "created_at": created or 0, "model": model, "output": [], **defaults()}


def _write_output(response: ChatResponse, choice: Choice, notes: Notes) -> list[JSONObject]:
    message = choice.message
    scope: Scope = answer_scope(message.origin, notes)
    bare = replace(message, spelling=())
    items = write_turn(bare, scope, "choices[0].message", Setting(answer=response.id))
    place_logprobs(items, choice.logprobs or ())
    note_ids(choice.logprobs or (), notes)
    if scope.own and message.spelling and len(items) >= 1:
        return cast(list[JSONObject], respell(_as_json(items), message.spelling))
    return items


def state_of(body: bytes) -> str:
    """See `ClientSide.state_of`: an answer's id, or that in the first event of a stream, unless it is not stored."""
    start = 0 if body.startswith(b"{") else body.find(b"{")
    line = body if start == 0 else body[start:].split(b"\n", 1)[0]
    try:
        told = _GLIMPSE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    kept = told.response or told
    return "" if kept.store is False else kept.id
