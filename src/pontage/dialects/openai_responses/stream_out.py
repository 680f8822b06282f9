"""Streams for a client, written. Floor 3; a machine to be fed.

Items may be open side by side here, so nothing waits for its turn. The whole answer stands in the last event.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.notes import Notes
from pontage.dialects.openai_errors import error_fields
from pontage.dialects.openai_responses.item_stream import Items
from pontage.dialects.openai_responses.names import answer_scope, put_extra
from pontage.dialects.openai_responses.response import FAILED, envelope
from pontage.dialects.openai_responses.stops import INCOMPLETE, write_stop
from pontage.dialects.openai_responses.usage import TOOL_USAGE, write_usage
from pontage.dialects.openai_responses.writing import Line
from pontage.domain.chat import Note, Origin
from pontage.domain.parts import JSONObject
from pontage.domain.stream import Delta, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError

_COMMENT: Final = b": keep-alive\n\n"


class Encoder:
    """Events to the bytes of one client stream."""

    def __init__(self) -> None:
        self._notes = Notes()
        self._started = Started(id="", model="")
        self._begun = False
        self._line = Line(answer_scope(None, self._notes), "")
        self._items = Items(self._line)

    def feed(self, event: StreamEvent) -> bytes:
        """The bytes for this event, perhaps none."""
        if not (self._begun or isinstance(event, Started)):
            return self._start(self._started) + self.feed(event)
        match event:
            case Delta():
                return b"" if event.choice else self._items.grow(event)
            case PartStarted(index, part, choice):
                return self._items.begin(index, part) if self._is_first(choice) else b""
            case PartEnded(index, part, choice):
                return self._items.end(index, part) if self._is_first(choice) else b""
            case Started():
                return self._start(event)
            case Finished():
                return self._finish(event)

    def fail(self, error: PontageError) -> bytes:
        """The error event, and the answer that failed; nothing follows them."""
        fields = error_fields(error)
        told = {"code": fields["code"], "message": fields["message"], "param": fields["param"], "error": fields}
        response = {**self._envelope(), "status": FAILED, "incomplete_details": None, "usage": None}
        response["error"] = {"code": fields["code"], "message": fields["message"]}
        return self._line.say("error", **told) + self._line.say("response.failed", response=response)

    def keep_alive(self) -> bytes:
        """A comment."""
        return _COMMENT

    def notes(self) -> tuple[Note, ...]:
        """What could not be said so far."""
        return self._notes.all()

    def _is_first(self, choice: int) -> bool:
        if choice:
            self._notes.dropped(f"choices[{choice}]", "one answer a response")
        return not choice

    def _envelope(self) -> JSONObject:
        said = envelope(self._started.id, self._started.model, self._started.created)
        said["output"] = [item for _, item in sorted(self._line.output.items())]
        if self._started.service_tier is not None:
            said["service_tier"] = self._started.service_tier
        put_extra(said, self._started.extra, self._line.scope)
        return said

    def _start(self, event: Started) -> bytes:
        origin: Origin | None = event.origin
        self._started, self._begun = event, True
        self._line = Line(answer_scope(origin, self._notes), event.id)
        self._items = Items(self._line)
        response = {**self._envelope(), "status": "in_progress", "incomplete_details": None, "usage": None}
        created = self._line.say("response.created", response=response)
        return created + self._line.say("response.in_progress", response=response)

    def _finish(self, event: Finished) -> bytes:
        output = self._items.close()
        scope = self._line.scope
        response = self._envelope()
        response.update(write_stop(event.stop, self._items.parts.values(), scope, "choices[0].stop"))
        for number in range(1, len(event.endings)):
            self._notes.dropped(f"choices[{number}]", "one answer a response")
        if event.endings:
            put_extra(response, event.endings[0].extra, scope, "choices[0]")
            put_extra(response, event.endings[0].message_extra, scope, "choices[0].message")
        response["usage"], tools = write_usage(event.usage or self._started.usage, scope.own, self._notes)
        if tools is not None:
            response[TOOL_USAGE] = tools
        if event.service_tier is not None:
            response["service_tier"] = event.service_tier
        put_extra(response, event.extra, scope)
        kind = "incomplete" if response["status"] == INCOMPLETE else "completed"
        return output + self._line.say(f"response.{kind}", response=response)
