"""Events to the chunks of a client's stream. Floor 3; pure.

The first chunk tells the role, the last one of each choice the finish reason, then comes the usage if the client asked
for it (or nobody is known to have asked), then `[DONE]`. A failed stream ends with its error and without `[DONE]`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pontage.dialects.notes import Notes
from pontage.dialects.openai_chat.request import wants_usage
from pontage.dialects.openai_chat.response import CLIENT
from pontage.dialects.openai_chat.speaker import Speaker
from pontage.dialects.openai_chat.stops import encode_stop
from pontage.dialects.openai_chat.thinking import DETAILS, encode_detail
from pontage.dialects.openai_chat.usage import encode_usage
from pontage.dialects.openai_chat.variant import Scope, scope_of
from pontage.dialects.openai_errors import error_fields
from pontage.dialects.scope import put_extra
from pontage.domain.chat import ChatRequest, Message, Note, TokenUsage
from pontage.domain.parts import JSONObject, Reasoning
from pontage.domain.stream import Delta, Ending, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError
from pontage.streaming.framing import encode_sse

_DONE: Final = encode_sse(b"[DONE]")
_KEEP_ALIVE: Final = b": keep-alive\n\n"


class Encoder:
    """One stream's machine."""

    __slots__ = ("_notes", "_scope", "_speakers", "_started", "_tells_usage")

    def __init__(self, request: ChatRequest | None) -> None:
        self._notes = Notes()
        self._tells_usage = request is None or wants_usage(request)
        self._started = Started(id="", model="")
        self._scope: Scope = scope_of(None, self._notes, CLIENT, answering=True)
        self._speakers: dict[int, Speaker] = {}

    def feed(self, event: StreamEvent) -> bytes:
        """The chunks for this event, perhaps none."""
        if isinstance(event, Delta):
            return self._speaker(event.choice).grow(event)
        match event:
            case PartStarted():
                return self._announce(event.choice) + self._speaker(event.choice).begin(event.index, event.part)
            case PartEnded():
                return self._speaker(event.choice).end(event.index, event.part)
            case Started():
                return self._begin(event)
            case Finished():
                return self._end(event)

    def fail(self, error: PontageError) -> bytes:
        """The error as a chunk of its own; `[DONE]` does not follow."""
        return encode_sse(msgspec.json.encode({"error": error_fields(error)}))

    def keep_alive(self) -> bytes:
        """A comment."""
        return _KEEP_ALIVE

    def notes(self) -> tuple[Note, ...]:
        """What could not be told so far."""
        return self._notes.all()

    def _speaker(self, number: int) -> Speaker:
        speaker = self._speakers.get(number)
        if speaker is None:
            speaker = self._speakers[number] = Speaker(number, self._head(), self._scope)
        return speaker

    def _announce(self, number: int) -> bytes:
        """The first chunk of a further choice, which tells the role."""
        if number == 0 or number in self._speakers:
            return b""
        return encode_sse(msgspec.json.encode({**self._head(), "choices": [_first_choice(number)]}))

    def _head(self) -> JSONObject:
        return {
            "id": self._started.id,
            "object": "chat.completion.chunk",
            "created": self._started.created or 0,
            "model": self._started.model,
        }

    def _begin(self, started: Started) -> bytes:
        self._started = started
        self._scope = scope_of(started.origin, self._notes, CLIENT, answering=True)
        choice = _first_choice(0)
        family = started.origin.family if started.origin is not None else None
        if self._scope.own and family is not None:  # announced, as the origin did, before there is a proof
            choice["delta"][DETAILS] = [encode_detail(Reasoning(), 0, family)]
        chunk: JSONObject = {**self._head(), "choices": [choice]}
        if started.service_tier is not None:
            chunk["service_tier"] = started.service_tier
        put_extra(chunk, started.extra, self._scope)
        return encode_sse(msgspec.json.encode(chunk))

    def _end(self, finished: Finished) -> bytes:
        pieces: list[bytes] = []
        chunks = [self._last_chunk(number, ending, pieces) for number, ending in enumerate(finished.endings)]
        chunks = chunks or [{**self._head(), "choices": []}]
        if finished.service_tier is not None:
            chunks[-1]["service_tier"] = finished.service_tier
        put_extra(chunks[-1], finished.extra, self._scope)
        usage = finished.usage or self._started.usage
        if self._tells_usage and usage is not None:
            chunks.append(self._usage_chunk(usage))
        pieces += [encode_sse(msgspec.json.encode(chunk)) for chunk in chunks]
        return b"".join([*pieces, _DONE])

    def _last_chunk(self, number: int, ending: Ending, pieces: list[bytes]) -> JSONObject:
        pieces.append(self._announce(number))
        speaker = self._speaker(number)
        pieces.append(speaker.finish())
        where = f"choices[{number}]"
        delta: JSONObject = {}
        put_extra(delta, ending.message_extra, self._scope, f"{where}.message")
        choice: JSONObject = {"index": number, "delta": delta, "logprobs": None}
        message = Message(role="assistant", parts=tuple(speaker.decisive))
        choice.update(encode_stop(ending.stop, message, f"{where}.stop", self._scope))
        put_extra(choice, ending.extra, self._scope, where)
        return {**self._head(), "choices": [choice]}

    def _usage_chunk(self, usage: TokenUsage) -> JSONObject:
        return {**self._head(), "choices": [], "usage": encode_usage(usage, self._scope.own, self._notes)}


def _first_choice(number: int) -> JSONObject:
    delta: JSONObject = {"role": "assistant", "content": "", "refusal": None}
    return {"index": number, "delta": delta, "logprobs": None, "finish_reason": None}
