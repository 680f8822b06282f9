"""Streams for a client, written. Floor 3; a machine to be fed.

A piece of text is a line, a call is one when it is whole. The first line says nothing but who speaks; the last says why
the answer ended, and the counts.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.errors import error_line
from pontage.dialects.ollama_chat.form import Form
from pontage.dialects.ollama_chat.head import write_head
from pontage.dialects.ollama_chat.line import json_line
from pontage.dialects.ollama_chat.logprobs import write_logprobs
from pontage.dialects.ollama_chat.names import scope_of
from pontage.dialects.ollama_chat.order import InOrder, PartEvent
from pontage.dialects.ollama_chat.parts import write_part
from pontage.dialects.ollama_chat.stops import write_stop
from pontage.dialects.ollama_chat.usage import write_usage
from pontage.dialects.scope import put_extra
from pontage.domain.chat import Note, TokenLogprob
from pontage.domain.parts import JSONObject, Part, Reasoning, Refusal, Text
from pontage.domain.stream import Delta, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError

_SPACE: Final = b" "  # before the next line; an empty line of its own would break the official SDK


class _Growing(Struct):
    """A part whose text is told as it comes: the field it stands in, and how many characters were sent."""

    field: str
    sent: int = 0


class Encoder:
    """Events to the bytes of one client stream."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._notes = Notes()
        self._scope = scope_of(None, form.name, self._notes)
        self._started: Started | None = None
        self._head: JSONObject = {}
        self._order = InOrder()
        self._growing: dict[int, _Growing] = {}
        self._texts: dict[
            str, tuple[str, bool]
        ] = {}  # by field, the path of the part last told there, and if it is text
        self._last = ""  # the field of the last part
        self._calls = 0

    def feed(self, event: StreamEvent) -> bytes:
        """The bytes for this event, perhaps none."""
        match event:
            case Started():
                return self._start(event)
            case Finished():
                return b"".join(map(self._tell, self._order.rest())) + self._finish(event)
            case _ if event.choice:
                self._notes.dropped(f"choices[{event.choice}]", "one answer a request")
                return b""
            case _:
                return b"".join(map(self._tell, self._order.feed(event)))

    def fail(self, error: PontageError) -> bytes:
        """The line that tells the error; nothing follows it."""
        return error_line(error)

    def keep_alive(self) -> bytes:
        """White space before the next line."""
        return _SPACE

    def notes(self) -> tuple[Note, ...]:
        """What could not be said so far."""
        return self._notes.all()

    def _start(self, event: Started) -> bytes:
        self._started = event
        self._scope = scope_of(event.origin, self._form.name, self._notes)
        extra = {**event.extra}
        self._head = write_head(event.id, event.model, event.created, extra, self._scope)
        fields: JSONObject = {}
        put_extra(fields, extra, self._scope)
        if event.service_tier is not None:
            self._notes.dropped("service_tier", "a server of one's own has no tiers")
        return self._line({"content": ""}, fields)

    def _tell(self, event: PartEvent) -> bytes:
        match event:
            case Delta(index, text):
                growing = self._growing.get(index)
                return b"" if growing is None else self._grow(growing, text, event.logprobs)
            case PartStarted(index, part):
                self._begin(index, part)
                return b""
            case PartEnded(index, part):
                return self._end(index, part, f"choices[0].message.parts[{index}]")

    def _begin(self, index: int, part: Part) -> None:
        if isinstance(part, Text | Refusal):
            self._growing[index] = _Growing("content")
        elif isinstance(part, Reasoning) and not part.redacted:
            self._growing[index] = _Growing("thinking")

    def _grow(self, growing: _Growing, text: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        growing.sent += len(text)
        if not (text or logprobs):
            return b""
        fields: JSONObject = {}
        if logprobs is not None:
            fields["logprobs"] = write_logprobs(logprobs, self._scope, "choices[0]")
        return self._line({"content": "", growing.field: text}, fields)

    def _end(self, index: int, part: Part, where: str) -> bytes:
        """What is left to tell of a part, now that it is whole."""
        said = write_part(part, self._scope, where)
        growing = self._growing.pop(index, None)
        if said is None:
            return b""
        field, value = said
        self._note_joined(field, part, where)
        if field in ("content", "thinking"):
            return self._grow(growing or _Growing(field), value[growing.sent if growing is not None else 0 :], None)
        if field == "tool_calls":
            value["function"]["index"] = self._calls
            self._calls += 1
        return self._line({"content": "", field: [value]}, {})

    def _note_joined(self, field: str, part: Part, where: str) -> None:
        """Texts of one kind that follow each other are one text; that is noted where they were different things."""
        before = self._texts.get(field)
        if field == self._last and before is not None and not (before[1] and isinstance(part, Text)):
            for path in (before[0], where):
                self._notes.approximated(path, "texts of one kind are one text here")
        self._last = field
        if field in ("content", "thinking"):
            self._texts[field] = (where, isinstance(part, Text))

    def _finish(self, event: Finished) -> bytes:
        scope, started = self._scope, self._started
        for number in range(1, len(event.endings)):
            self._notes.dropped(f"choices[{number}]", "one answer a request")
        fields: JSONObject = write_stop(event.stop, self._calls > 0, scope, "choices[0].stop")
        turn: JSONObject = {"content": ""}
        if event.endings:
            put_extra(fields, event.endings[0].extra, scope, "choices[0]")
            put_extra(turn, event.endings[0].message_extra, scope, "choices[0].message")
        usage = event.usage or (started.usage if started is not None else None)
        fields |= write_usage(usage, scope.own, self._notes)
        put_extra(fields, event.extra, scope)
        if event.service_tier is not None:
            self._notes.dropped("service_tier", "a server of one's own has no tiers")
        return self._line(turn, fields, done=True)

    def _line(self, turn: JSONObject, fields: JSONObject, *, done: bool = False) -> bytes:
        line = {**self._head, "message": {"role": "assistant", **turn}, "done": done}
        return json_line({**fields, **self._form.write(line, self._notes)})
