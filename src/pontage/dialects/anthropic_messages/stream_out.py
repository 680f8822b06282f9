"""Streams for a client, written. Floor 3; a machine to be fed.

Blocks come one after the other here: of parts that are open side by side the first is streamed, the others wait.
Counts are told at the end, in `message_delta`, as most providers do not know them before.
"""

from __future__ import annotations

from itertools import count
from typing import Final

from pontage.dialects.anthropic_messages.errors import error_body
from pontage.dialects.anthropic_messages.names import answer_scope
from pontage.dialects.anthropic_messages.response import write_stop
from pontage.dialects.anthropic_messages.stream_blocks import BlockWriter, sse
from pontage.dialects.anthropic_messages.usage import write_usage
from pontage.dialects.notes import Notes
from pontage.dialects.scope import put_extra
from pontage.domain.chat import Note
from pontage.domain.parts import JSONObject, Part
from pontage.domain.stream import Delta, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError
from pontage.streaming.framing import encode_sse

_PING: Final = sse("ping")


class _Waiting:
    """A part whose turn has not come."""

    __slots__ = ("ended", "grown", "part")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.grown: list[str] = []
        self.ended: Part | None = None


class Encoder:
    """Events to the bytes of one client stream."""

    def __init__(self) -> None:
        self._notes = Notes()
        self._started: Started | None = None
        self._scope = answer_scope(None, self._notes)
        self._indexes = count()
        self._current: int | None = None  # the part that is streamed
        self._writer: BlockWriter | None = None
        self._waiting: dict[int, _Waiting] = {}

    def feed(self, event: StreamEvent) -> bytes:
        """The bytes for this event, perhaps none."""
        match event:
            case Delta(index, text, choice):
                if choice:
                    return b""
                if event.logprobs is not None:
                    self._notes.dropped("choices[0].logprobs", "not told by this format")
                return self._grow(index, text)
            case PartStarted(index, part, choice):
                return self._begin(index, part) if self._is_first(choice) else b""
            case PartEnded(index, part, choice):
                return self._end(index, part) if self._is_first(choice) else b""
            case Started():
                return self._start(event)
            case Finished():
                return self._finish(event)

    def fail(self, error: PontageError) -> bytes:
        """The error event; nothing follows it."""
        return encode_sse(error_body(error), "error")

    def keep_alive(self) -> bytes:
        """A ping."""
        return _PING

    def notes(self) -> tuple[Note, ...]:
        """What could not be said so far."""
        return self._notes.all()

    def _is_first(self, choice: int) -> bool:
        if choice:
            self._notes.dropped(f"choices[{choice}]", "one answer a response")
        return not choice

    def _start(self, event: Started) -> bytes:
        self._started = event
        self._scope = scope = answer_scope(event.origin, self._notes)
        message: JSONObject = {
            "id": event.id,
            "type": "message",
            "role": "assistant",
            "model": event.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": write_usage(event.usage, event.service_tier, scope.own, self._notes, sure=False),
        }
        if event.created is not None:
            self._notes.dropped("created", "an answer has no time here")
        put_extra(message, event.extra, scope)
        return sse("message_start", message=message)

    def _begin(self, index: int, part: Part) -> bytes:
        if self._writer is not None:
            self._waiting[index] = _Waiting(part)
            return b""
        self._current = index
        self._writer = BlockWriter(part, self._scope, f"choices[0].message.parts[{index}]", self._indexes)
        return self._writer.begin()

    def _grow(self, index: int, text: str) -> bytes:
        if index == self._current and self._writer is not None:
            return self._writer.grow(text)
        if index in self._waiting:
            self._waiting[index].grown.append(text)
        return b""

    def _end(self, index: int, part: Part) -> bytes:
        if index in self._waiting:
            self._waiting[index].ended = part
            return b""
        output = b""
        if index != self._current or self._writer is None:
            output = self._begin(index, part)  # a part that is told whole, without a start
            if index in self._waiting:
                self._waiting[index].ended = part
                return output
        return output + self._close(part)

    def _close(self, part: Part | None) -> bytes:
        """The end of the part that is streamed, and all of those behind it that have ended meanwhile."""
        output = self._writer.end(part) if self._writer is not None else b""
        self._writer = self._current = None
        while self._writer is None and self._waiting:
            index, waiting = next(iter(self._waiting.items()))
            del self._waiting[index]
            output += self._begin(index, waiting.part)
            output += self._grow(index, "".join(waiting.grown))
            if waiting.ended is not None:
                output += self._close(waiting.ended)
        return output

    def _finish(self, event: Finished) -> bytes:
        output = b""
        while self._writer is not None:
            output += self._close(None)
        scope, started = self._scope, self._started
        for number in range(1, len(event.endings)):
            self._notes.dropped(f"choices[{number}]", "one answer a response")
        delta = write_stop(event.stop, scope, "choices[0].stop")
        fields: JSONObject = {}
        put_extra(fields, event.extra, scope)
        if event.endings:
            put_extra(fields, event.endings[0].extra, scope, "choices[0]")
            put_extra(fields, event.endings[0].message_extra, scope, "choices[0].message")
        if "container" in fields:
            delta["container"] = fields.pop("container")
        usage, tier = event.usage, event.service_tier
        if started is not None:
            usage, tier = usage or started.usage, tier or started.service_tier
        fields = {"delta": delta, "usage": write_usage(usage, tier, scope.own, self._notes), **fields}
        return output + sse("message_delta", **fields) + sse("message_stop")
