"""Floor 3. A whole answer, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET

from pontage.dialects.codec import Codec
from pontage.dialects.dialect import Encoded
from pontage.dialects.google_generate.calls import CallReader
from pontage.dialects.google_generate.errors import decode_error
from pontage.dialects.google_generate.grounding import placed, with_citations, write_grounding
from pontage.dialects.google_generate.logprobs import read_logprobs, write_logprobs
from pontage.dialects.google_generate.messages import TurnWriter
from pontage.dialects.google_generate.names import FAMILY, NAME, camel_case, kept
from pontage.dialects.google_generate.parts import read_part
from pontage.dialects.google_generate.response_types import CANDIDATE_KEPT, RESPONSE_KEPT, Candidate, Response
from pontage.dialects.google_generate.spelled import plain, spelling_of
from pontage.dialects.google_generate.stops import blocked, read_stop, write_stop
from pontage.dialects.google_generate.types import Content
from pontage.dialects.google_generate.usage import read_tier, read_usage, sum_searches, write_usage
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from, merge
from pontage.dialects.spelling import respell
from pontage.domain.chat import ChatResponse, Choice, Message, Origin
from pontage.domain.parts import JSONObject, ToolCall
from pontage.errors import ProtocolError

_SIGNS = ("candidates", "prompt_feedback", "usage_metadata", "model_version", "response_id")

CODEC: Final = Codec(Response, of="response", alias=camel_case)
"""Reads whole answers and the frames of streams."""

_TURN, _NO_TURN = "turn", "no turn"  # stand where a candidate's turn is, while the rest is spelled

_LAST_SECOND = 253_402_300_799  # of the year 9999


def decode_response(body: bytes, keep_spelling: bool = True, *, family: str | None = FAMILY) -> ChatResponse:
    """The answer in `body`. A blocked prompt is an answer with one empty message, stopped by the content filter.

    Raises ProtocolError, or the error that the body tells instead of an answer.
    """
    wire = CODEC.decode(body)
    if "error" in wire.extra:
        raise decode_error(200, {}, body)
    if all(getattr(wire, name) is UNSET for name in _SIGNS):
        raise ProtocolError("the provider's answer is malformed: nothing of an answer is in it")
    origin = Origin(NAME, family, wire.model_version or None)
    extra = kept(wire, RESPONSE_KEPT)
    seed = wire.response_id or ""
    choices = tuple(_read_candidate(found, seed, place, origin) for place, found in enumerate(wire.candidates or ()))
    if not choices:
        choices = (Choice(message=Message(role="assistant", origin=origin), stop=blocked(extra)),)
    told = wire.usage_metadata if isinstance(wire.usage_metadata, dict) else None
    response = ChatResponse(
        id=seed,
        model=wire.model_version or "",
        choices=choices,
        usage=None if told is None else read_usage(told, sum_searches([choice.extra for choice in choices])),
        created=read_time(wire.create_time),
        service_tier=None if told is None else read_tier(told),
        origin=origin,
        extra=extra,
    )
    return _spelled(response, body, family) if keep_spelling else response


def _read_candidate(candidate: Candidate, seed: str, place: int, origin: Origin) -> Choice:
    content = candidate.content if isinstance(candidate.content, Content) else Content()
    calls = CallReader(seed, place)
    extra = kept(candidate, CANDIDATE_KEPT)
    parts = with_citations([read_part(part, calls, None) for part in content.all_parts()], extra)
    logprobs = read_logprobs(candidate.logprobs_result, extra)
    has_calls = any(isinstance(part, ToolCall) for part in parts)
    return Choice(
        message=Message(role="assistant", parts=parts, origin=origin, extra=content.extra),
        stop=read_stop(candidate.finish_reason, has_calls=has_calls),
        logprobs=logprobs,
        extra=extra,
    )


def encode_response(response: ChatResponse, *, family: str | None = FAMILY) -> Encoded:
    """The answer as generateContent gives it, and what it could not say."""
    notes = Notes()
    body, contents = _write(response, notes, family)
    if response.spelling and is_from(response.origin, NAME):
        body = {**cast(JSONObject, respell(plain(body), response.spelling))}  # what was spelled is not ours to change
    if body.get("candidates"):
        body["candidates"] = [
            {**candidate, "content": content} if candidate.get("content") in (_TURN, _NO_TURN) else candidate
            for candidate, content in zip_longest(body["candidates"], contents)
        ]
    return Encoded(msgspec.json.encode(body), notes.all())


def _write(response: ChatResponse, notes: Notes, family: str | None) -> tuple[JSONObject, list[JSONObject]]:
    """The answer with a placeholder for each turn, and the turns."""
    mine = is_from(response.origin, NAME)
    body: JSONObject = {}
    contents: list[JSONObject] = []
    if not (mine and is_blocked(response)):
        candidates: list[JSONObject] = []
        for index, choice in enumerate(response.choices):
            writer = TurnWriter(notes, family, answer=True)
            content = writer.content(choice.message, f"choices[{index}].message")
            contents.append(content)
            candidates.append(_write_candidate(choice, index, content, notes))
        body["candidates"] = candidates
    usage = write_usage(response.usage, response.service_tier, notes, mine=mine)
    if usage is not None:
        body["usageMetadata"] = usage
    body.update(identity(response.id, response.model, response.created, notes))
    if mine or response.origin is None:
        merge(body, response.extra)
    else:
        notes.extras(response.extra)
    return body, contents


def _write_candidate(choice: Choice, index: int, content: JSONObject, notes: Notes) -> JSONObject:
    where = f"choices[{index}]"
    origin = choice.message.origin
    mine = is_from(origin, NAME)
    candidate: JSONObject = {"content": _TURN if choice.message.parts else _NO_TURN, "index": index}
    finish = write_stop(choice.stop, where, notes, mine=mine, has_calls=bool(choice.message.tool_calls))
    if finish is not None:
        candidate["finishReason"] = finish
    if choice.logprobs is not None:
        candidate["logprobsResult"] = write_logprobs(choice.logprobs, where, notes)
    if mine or origin is None:
        merge(candidate, choice.extra)
    else:
        notes.extras(choice.extra, where)
    if not mine and "groundingMetadata" not in candidate:
        texts = placed(choice.message.parts, content["parts"], f"{where}.message")
        grounding = write_grounding(texts, notes)
        if grounding is not None:
            candidate["groundingMetadata"] = grounding
    return candidate


def is_blocked(response: ChatResponse) -> bool:
    """Whether the answer is Google's refusal of the prompt: no candidate at all."""
    if len(response.choices) != 1 or "promptFeedback" not in response.extra:
        return False
    choice = response.choices[0]
    return not choice.message.parts and choice.stop == blocked(response.extra)


def identity(answer: str, model: str, created: int | None, notes: Notes) -> JSONObject:
    """The fields that every frame of an answer repeats; `answer` is its id."""
    fields: JSONObject = {}
    if created is not None:
        try:
            fields["createTime"] = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError, OSError):
            notes.dropped("created", "no time that a calendar knows")
    if model:
        fields["modelVersion"] = model
    if answer:
        fields["responseId"] = answer
    return fields


def read_time(text: Any) -> int | None:
    """Unix seconds of an RFC 3339 time; None when there is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return int(moment.timestamp()) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _spelled(response: ChatResponse, body: bytes, family: str | None) -> ChatResponse:
    """`response` with what the provider wrote otherwise than this writer would."""
    try:
        wrote: JSONObject = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is malformed: {error}") from None
    written, contents = _write(response, Notes(), family)
    said: JSONObject = plain(written)
    choices = list(response.choices)
    candidates: Any = wrote.get("candidates") or []
    for index, candidate in enumerate(candidates):
        if isinstance(candidate.get("content"), dict) and index < len(contents):
            spelling = spelling_of(candidate["content"], plain(contents[index]))
            candidate["content"] = said["candidates"][index]["content"]
            message = msgspec.structs.replace(choices[index].message, spelling=spelling)
            choices[index] = msgspec.structs.replace(choices[index], message=message)
    return msgspec.structs.replace(response, choices=tuple(choices), spelling=spelling_of(wrote, said))
