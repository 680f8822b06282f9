"""Streams of a provider, read. Floor 3; a machine to be fed.

A text ends when something else begins: citations may come behind its own end. What is said of a text that is gone by
then, of the thinking or of the plan, stays in the message's `extra`. A stream is whole when `message-end` was seen, and
only then; the `[DONE]` that may follow says nothing.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.cohere_chat.citations import as_written, is_about_text
from pontage.dialects.cohere_chat.errors import decode_error, error_in_stream
from pontage.dialects.cohere_chat.growing import Growing, call_growing, content_growing, plan_growing, unknown_call
from pontage.dialects.cohere_chat.logprobs import read_logprobs
from pontage.dialects.cohere_chat.names import NAME
from pontage.dialects.cohere_chat.response_types import (
    EVENT,
    CallDelta,
    CallEnd,
    CallStart,
    CitationEnd,
    CitationStart,
    ContentDelta,
    ContentEnd,
    ContentStart,
    Event,
    MessageEnd,
    MessageStart,
    PlanDelta,
)
from pontage.dialects.cohere_chat.stops import read_stop
from pontage.dialects.cohere_chat.types import CitationObject
from pontage.dialects.cohere_chat.usage import read_usage
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject, Opaque, Text
from pontage.domain.stream import Ending, Finished, Started, StreamEvent
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame

TERMINATOR: Final = b"[DONE]"
"""Stands behind the end of a stream, or does not."""


def read_event(data: bytes) -> Event:
    """The typed event of a frame. Raises ProtocolError, or the error that is told without an event around it."""
    try:
        return EVENT.decode(data)
    except ProtocolError:
        if is_bare_error(data):
            raise decode_error(200, {}, data) from None
        raise


def is_bare_error(data: bytes) -> bool:
    """Whether a frame may be the body of an error, without an event around it."""
    return b'"message"' in data and b'"delta"' not in data


def raise_told(event: MessageEnd) -> None:
    """Raise the error that the end of a stream tells, if it tells one."""
    delta = event.delta
    if delta.error:
        raise error_in_stream(delta.finish_reason, delta.error, delta.extra.get("code"))


class Decoder:
    """Frames of one stream to events."""

    def __init__(self, family: str | None) -> None:
        """`family`: whose signatures the provider makes."""
        self._family = family
        self._started = False
        self._finished = False
        self._count = 0
        self._contents: dict[int, Growing] = {}  # by the numbers that the stream gives them
        self._calls: dict[int, Growing] = {}
        self._plan: Growing | None = None
        self._message_extra: JSONObject = {}

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events this frame completes. Raises ProtocolError, or the error that the provider reports in it."""
        if self._finished or frame.data == TERMINATOR:
            return []
        event = read_event(frame.data)
        if isinstance(event, ContentDelta):
            return self._grow_content(event)
        if isinstance(event, CallDelta):
            return self._grow_call(event)
        if isinstance(event, PlanDelta):
            return self._grow_plan(event)
        if isinstance(event, CitationStart):
            self._cite(event.delta.message.citations)
            return []
        if isinstance(event, CitationEnd):
            return []
        return [*self._settle(), *self._take(event)]

    def end(self) -> list[StreamEvent]:
        """Nothing more. Raises StreamTruncatedError when `message-end` was not seen."""
        if not self._finished:
            raise StreamTruncatedError("the stream ended before message-end")
        return []

    def _take(self, event: Event) -> list[StreamEvent]:
        match event:
            case ContentEnd(index=index):
                if index in self._contents:
                    self._contents[index].ended = True
            case CallEnd(index=index):
                call = self._calls.pop(index, None)
                return [] if call is None else call.end()
            case ContentStart(index=index):
                piece = event.delta.message.content
                part = self._contents[index] = content_growing(self._next(index in self._contents), piece)
                return part.begin(piece.text or piece.thinking or "")
            case CallStart():
                return self._begin_call(event)
            case MessageStart():
                return self._begin(event)
            case MessageEnd():
                return self._finish(event)
            case _:
                pass
        return []

    def _next(self, open_already: bool) -> int:
        if not self._started or open_already:
            raise ProtocolError("the stream begins a part out of turn")
        self._count += 1
        return self._count - 1

    def _begin(self, event: MessageStart) -> list[StreamEvent]:
        if self._started:
            raise ProtocolError("the stream begins a second time")
        self._started = True
        extra = event.extra
        if event.delta is not None and event.delta.message is not None and event.delta.message.extra:
            extra["message"] = event.delta.message.extra
        return [Started(id=event.id or "", model="", origin=Origin(NAME, self._family), extra=extra)]

    def _grow_content(self, event: ContentDelta) -> list[StreamEvent]:
        part = self._contents.get(event.index)
        if part is None:
            raise ProtocolError(f"the stream adds to content {event.index}, which is not open")
        piece = event.delta.message.content
        if piece.extra or isinstance(part.part, Opaque):
            return part.absorb(piece)
        text = piece.text or piece.thinking or ""
        return part.grow(text, read_logprobs([event.logprobs]) if event.logprobs is not None else None)

    def _grow_plan(self, event: PlanDelta) -> list[StreamEvent]:
        text = event.delta.message.tool_plan
        if self._plan is not None or not text:
            return self._plan.grow(text) if self._plan is not None else []
        settled = self._settle()
        self._plan = plan_growing(self._next(open_already=False))
        return [*settled, *self._plan.begin(text)]

    def _begin_call(self, event: CallStart) -> list[StreamEvent]:
        piece = event.delta.message.tool_calls
        if event.index in self._calls:
            raise ProtocolError(f"the stream begins call {event.index} a second time")
        call = call_growing(self._count, piece)
        if call is None:
            self._message_extra.setdefault("tool_calls", []).append(unknown_call(piece))
            return []
        self._next(open_already=False)
        self._calls[event.index] = call
        return call.begin((piece.function.arguments if piece.function is not None else None) or "")

    def _grow_call(self, event: CallDelta) -> list[StreamEvent]:
        call, function = self._calls.get(event.index), event.delta.message.tool_calls.function
        if call is None or function is None:
            return []
        return call.grow(function.arguments or "")

    def _cite(self, wire: CitationObject) -> None:
        texts = {number: part for number, part in self._contents.items() if isinstance(part.part, Text)}
        number = wire.content_index if wire.content_index is not None else max(texts, default=-1)
        if is_about_text(wire) and number in texts:
            texts[number].citations.append(wire)
        else:
            self._message_extra.setdefault("citations", []).append(as_written(wire))

    def _settle(self) -> list[StreamEvent]:
        """The ends of whatever was only waiting for something else to begin."""
        events: list[StreamEvent] = []
        for number in [number for number, part in self._contents.items() if part.ended]:
            events += self._contents.pop(number).end()
        if self._plan is not None:
            events += self._plan.end()
            self._plan = None
        return events

    def _finish(self, event: MessageEnd) -> list[StreamEvent]:
        raise_told(event)
        if not self._started:
            raise ProtocolError("the stream ends before it begins")
        self._finished = True
        delta = event.delta
        events = [told for part in (*self._contents.values(), *self._calls.values()) for told in part.end()]
        ending = Ending(stop=read_stop(delta.finish_reason), message_extra=self._message_extra)
        extra = {**event.extra, **delta.extra}
        return [*events, Finished(endings=(ending,), usage=read_usage(delta.usage), extra=extra)]
