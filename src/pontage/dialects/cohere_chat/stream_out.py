"""Streams for a client, written. Floor 3; a machine to be fed.

Parts come one after the other here: of those that are open side by side the first is streamed, the others wait.
"""

from __future__ import annotations

from typing import Any, Final, cast

from pontage.dialects.cohere_chat.errors import error_fields
from pontage.dialects.cohere_chat.response import answer_scope, note_envelope
from pontage.dialects.cohere_chat.stops import write_stop
from pontage.dialects.cohere_chat.stream_parts import Numbers, PartWriter, begin, sse, tell_citation
from pontage.dialects.cohere_chat.usage import write_usage
from pontage.dialects.notes import Notes
from pontage.dialects.scope import put_extra
from pontage.domain.chat import Note, TokenLogprob
from pontage.domain.parts import JSONObject, Part
from pontage.domain.stream import Delta, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError

_DONE: Final = b"data: [DONE]\n\n"
_KEEP_ALIVE: Final = b": keep-alive\n\n"


class _Waiting:
    """A part whose turn has not come."""

    __slots__ = ("ended", "grown", "part")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.grown: list[tuple[str, tuple[TokenLogprob, ...] | None]] = []
        self.ended: Part | None = None


class Encoder:
    """Events to the bytes of one client stream."""

    def __init__(self) -> None:
        self._notes = Notes()
        self._started: Started | None = None
        self._scope = answer_scope(None, self._notes)
        self._numbers = Numbers()
        self._current: int | None = None  # the part that is streamed
        self._writer: PartWriter | None = None
        self._waiting: dict[int, _Waiting] = {}

    def feed(self, event: StreamEvent) -> bytes:
        """The bytes for this event, perhaps none."""
        match event:
            case Delta(index, text, choice, logprobs):
                if choice:
                    return b""
                if index == self._current and self._writer is not None:
                    return self._writer.grow(text, logprobs)
                if index in self._waiting:
                    self._waiting[index].grown.append((text, logprobs))
                return b""
            case PartStarted(index, part, choice):
                return self._begin(index, part) if self._is_first(choice) else b""
            case PartEnded(index, part, choice):
                return self._end(index, part) if self._is_first(choice) else b""
            case Started():
                return self._start(event)
            case Finished():
                return self._finish(event)

    def fail(self, error: PontageError) -> bytes:
        """The end of a message that failed; nothing follows it."""
        fields = error_fields(error)
        return sse("message-end", delta={"finish_reason": "ERROR", "error": error.message or error.code, **fields})

    def keep_alive(self) -> bytes:
        """A comment."""
        return _KEEP_ALIVE

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
        note_envelope(event.model, event.created, event.service_tier, scope)
        message: JSONObject = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        fields: JSONObject = {"message": message}
        put_extra(fields, event.extra, scope)
        delta = {"message": fields.pop("message")}
        return sse("message-start", id=event.id, delta=delta, **{key: fields[key] for key in fields if key != "id"})

    def _begin(self, index: int, part: Part) -> bytes:
        if self._writer is not None:
            self._waiting[index] = _Waiting(part)
            return b""
        self._current = index
        where = f"choices[0].message.parts[{index}]"
        self._writer, output = begin(part, self._scope, where, self._numbers)
        return output

    def _end(self, index: int, part: Part) -> bytes:
        output = b""
        if index not in self._waiting and (index != self._current or self._writer is None):
            output = self._begin(index, part)  # a part that is told whole, without a start
        if index in self._waiting:
            self._waiting[index].ended = part
            return output
        return output + self._close(part)

    def _close(self, part: Part | None) -> bytes:
        """The end of the part that is streamed, and all of those behind it that have ended meanwhile."""
        pieces = [self._writer.end(part)] if self._writer is not None else []
        self._writer = self._current = None
        while self._writer is None and self._waiting:
            index = next(iter(self._waiting))
            waiting = self._waiting.pop(index)
            pieces.append(self._begin(index, waiting.part))
            pieces += [self.feed(Delta(index, text, logprobs=logprobs)) for text, logprobs in waiting.grown]
            if waiting.ended is not None and self._writer is not None:
                pieces.append(self._writer.end(waiting.ended))
                self._writer = self._current = None
        return b"".join(pieces)

    def _finish(self, event: Finished) -> bytes:
        output = b""
        while self._writer is not None:
            output += self._close(None)
        scope = self._scope
        for number in range(1, len(event.endings)):
            self._notes.dropped(f"choices[{number}]", "one answer a response")
        fields: JSONObject = {}
        if event.endings:
            output += self._tell_rest(event.endings[0].message_extra)
            put_extra(fields, event.endings[0].extra, scope, "choices[0]")
        put_extra(fields, event.extra, scope)
        if event.service_tier is not None:
            note_envelope("", None, event.service_tier, scope)
        delta: JSONObject = {"finish_reason": write_stop(event.stop, scope, "choices[0].stop")}
        usage = event.usage or (self._started.usage if self._started is not None else None)
        counts = write_usage(usage, scope.own, self._notes)
        if counts is not None:
            delta["usage"] = counts
        rest = {key: value for key, value in fields.items() if key not in ("type", "delta", "id")}
        return output + sse("message-end", delta=delta, **rest) + _DONE

    def _tell_rest(self, extra: JSONObject) -> bytes:
        """The citations and calls that belong to no part."""
        told: JSONObject = {}
        put_extra(told, extra, self._scope, "choices[0].message")
        output = b""
        for citation in _objects(told.get("citations")):
            output += tell_citation(citation, self._numbers.citations)
            self._numbers.citations += 1
        for call in _objects(told.get("tool_calls")):
            index, self._numbers.calls = self._numbers.calls, self._numbers.calls + 1
            output += sse("tool-call-start", index=index, delta={"message": {"tool_calls": call}})
            output += sse("tool-call-end", index=index)
        return output


def _objects(value: Any) -> list[JSONObject]:
    if not isinstance(value, list):
        return []
    return [cast(JSONObject, item) for item in cast(list[Any], value) if isinstance(item, dict)]
