"""The chunks of a provider's stream to events. Floor 3; pure.

`[DONE]` ends the stream, and nothing else does, unless the server is known to leave it out. Fields without a canonical
name are gathered: those of the first chunk go with `Started`, what later chunks add or change with `Finished`.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from pontage.dialects.codec import Codec
from pontage.dialects.counts import whole
from pontage.dialects.openai_chat.calls import GEMINI, decode_signature
from pontage.dialects.openai_chat.candidate import Candidate
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.response_types import UNNAMED_IN_CHUNK, Chunk
from pontage.dialects.openai_chat.thinking import detail_family
from pontage.dialects.openai_chat.usage import decode_usage, usage_apart
from pontage.dialects.openai_chat.variant import NAME, Variant
from pontage.dialects.openai_errors import error_of
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject
from pontage.domain.stream import Finished, Started, StreamEvent
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame

DONE: Final = b"[DONE]"
"""The data of the last frame."""
CODEC: Final = Codec(Chunk, of="response")
_MOST_CHOICES: Final = 1_024


class Decoder:
    """One stream's machine. In-band errors are raised from the tree, malformed chunks as ProtocolError."""

    __slots__ = ("_candidates", "_changed", "_finished", "_known", "_started", "_tier", "_usage", "_variant")

    def __init__(self, variant: Variant) -> None:
        self._variant = variant
        self._candidates: dict[int, Candidate] = {}
        self._started: Started | None = None
        self._known: JSONObject = {}  # the unnamed fields told so far
        self._changed: JSONObject = {}  # those of them that came after the start
        self._tier: str | None = None
        self._usage: JSONObject | None = None
        self._finished = False

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events of this frame: its chunk's pieces, or with `[DONE]` all that was still open."""
        data = frame.data
        if self._finished:
            return []
        if data == DONE:
            return self._finish()
        chunk = CODEC.decode(data)
        if chunk.error or frame.event == "error" or chunk.object == "error":
            raise error_of(cast(JSONObject, msgspec.json.decode(data)))
        events: list[StreamEvent] = []
        self._note_fields(chunk)
        choices = said(chunk.choices) or ()
        if self._started is None and (choices or chunk.id):
            events.append(self._start(chunk))
        for choice in choices:
            number = said(choice.index) or 0
            candidate = self._candidates.get(number)
            if candidate is None:
                candidate = self._new_candidate(number)
            candidate.feed(choice, events)
        return events

    def end(self) -> list[StreamEvent]:
        """The end of the body: an error, unless the stream is whole without its last frame."""
        if self._finished:
            return []
        whole = self._candidates and all(candidate.word for candidate in self._candidates.values())
        if self._variant.done_optional and whole:
            return self._finish()
        raise StreamTruncatedError("the provider's stream ended without its last event")

    def _start(self, chunk: Chunk) -> Started:
        model = said(chunk.model) or ""
        origin = Origin(NAME, _family(chunk) or self._variant.family, model)
        self._started = Started(
            id=said(chunk.id) or "",
            model=model,
            created=whole(said(chunk.created)) or None,
            service_tier=self._tier,
            origin=origin,
            extra=dict(self._known),
        )
        self._changed = {}
        self._tier = None
        return self._started

    def _new_candidate(self, number: int) -> Candidate:
        if not 0 <= number < _MOST_CHOICES or self._started is None:
            raise ProtocolError(f"the provider's stream has a choice with the index {number}")
        origin = self._started.origin
        family = origin.family if origin is not None else None
        candidate = self._candidates[number] = Candidate(number, self._started.id, family)
        return candidate

    def _note_fields(self, chunk: Chunk) -> None:
        if chunk.usage:
            self._usage = chunk.usage
        if chunk.service_tier and (self._started is None or chunk.service_tier != self._started.service_tier):
            self._tier = chunk.service_tier
        for name in UNNAMED_IN_CHUNK:
            value = getattr(chunk, name)
            if value is not msgspec.UNSET and value is not None:
                self._note(name, value)
        for name, value in chunk.extra.items():
            if value is not None:
                self._note(name, value)

    def _note(self, name: str, value: Any) -> None:
        if self._known.get(name) != value:
            self._known[name] = self._changed[name] = value

    def _finish(self) -> list[StreamEvent]:
        if self._started is None:
            raise ProtocolError("the provider's stream holds no answer")
        self._finished = True
        events: list[StreamEvent] = []
        count = max(self._candidates, default=-1) + 1
        candidates = [self._candidates.get(number) or self._new_candidate(number) for number in range(count)]
        endings = tuple([candidate.finish(events) for candidate in candidates])
        usage = self._usage or usage_apart(self._known)
        told = decode_usage(usage, self._tier or self._started.service_tier)
        events.append(Finished(endings=endings, usage=told, service_tier=self._tier, extra=self._changed))
        return events


def _family(chunk: Chunk) -> str | None:
    """The family whose proofs the first chunk holds or announces."""
    for choice in said(chunk.choices) or ():
        delta = said(choice.delta)
        if delta is None:
            continue
        for detail in said(delta.reasoning_details) or ():
            family = detail_family(detail)
            if family is not None:
                return family
        beside = [said(delta.extra_content), *(said(call.extra_content) for call in said(delta.tool_calls) or ())]
        if any(decode_signature(content)[0] is not None for content in beside):
            return GEMINI
    return None
