"""Streams of a provider, read. Floor 3; a machine to be fed.

Items may be open side by side; each keeps its place. A part is told as finished when its item is, for the complete item
is what holds. A stream is whole with `response.completed` or `response.incomplete`, and only then.
"""

from __future__ import annotations

from itertools import count

import msgspec

from pontage.dialects.openai_errors import error_in
from pontage.dialects.openai_responses.errors import error_of_answer, error_of_event
from pontage.dialects.openai_responses.events import (
    EVENT,
    AnyEvent,
    ArgumentsDelta,
    Broken,
    Completed,
    Created,
    Failed,
    Incomplete,
    InProgress,
    InputDelta,
    ItemAdded,
    ItemDone,
    PartAdded,
    Queued,
    RefusalDelta,
    SummaryDelta,
    TextDelta,
    ThinkingDelta,
)
from pontage.dialects.openai_responses.growing import Growing, open_item
from pontage.dialects.openai_responses.logprobs import read_logprobs
from pontage.dialects.openai_responses.names import NAME
from pontage.dialects.openai_responses.response import read_created, read_extra
from pontage.dialects.openai_responses.stops import read_stop
from pontage.dialects.openai_responses.types import Response
from pontage.dialects.openai_responses.usage import read_usage
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject, Part
from pontage.domain.stream import Ending, Finished, PartEnded, Started, StreamEvent
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame

TERMINATOR = b"[DONE]"
"""Some servers of this format add it behind the end."""


def read_event(data: bytes) -> AnyEvent:
    """The typed event of a frame. Raises ProtocolError, or the error a server reports in a form of its own."""
    try:
        return EVENT.decode(data)
    except ProtocolError:
        reported = error_in(data)
        if reported is not None:
            raise reported from None
        raise


class Decoder:
    """Frames of one stream to events."""

    def __init__(self, family: str | None) -> None:
        """`family`: whose encrypted reasoning the provider makes."""
        self._family = family
        self._started = False
        self._finished = False
        self._extra: JSONObject = {}  # of the start
        self._open: dict[int, Growing] = {}
        self._told: set[int] = set()  # the items that have ended
        self._indexes = count()
        self._parts: list[Part] = []

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events this frame completes. Raises ProtocolError, or the error that the provider reports in it."""
        if self._finished or frame.data == TERMINATOR:
            return []
        event = read_event(frame.data)
        match event:
            case TextDelta():
                tokens = read_logprobs(event.logprobs) if event.logprobs else None
                return self._item(event.output_index).speak(event.content_index, event.delta, tokens)
            case RefusalDelta():
                return self._item(event.output_index).speak(event.content_index, event.delta, None, refused=True)
            case ArgumentsDelta() | InputDelta():
                return self._item(event.output_index).grow(event.delta)
            case ThinkingDelta():
                return self._item(event.output_index).think(event.content_index, event.delta, raw=True)
            case SummaryDelta():
                return self._item(event.output_index).think(event.summary_index, event.delta, raw=False)
            case Failed(response=response):
                raise error_of_answer(response.error)
            case Broken():
                raise error_of_event(msgspec.json.decode(frame.data))
            case _:
                return self._take(event)

    def _take(self, event: AnyEvent) -> list[StreamEvent]:
        """The events of a frame that is not a growth."""
        match event:
            case Created(response=response) | Queued(response=response) | InProgress(response=response):
                return self._begin(response)
            case ItemAdded(item=item, output_index=index):
                return [*self._begin(None), *self._add(index, item)]
            case PartAdded():
                return self._item(event.output_index).add(event.content_index, bytes(event.part))
            case ItemDone(item=item, output_index=index):
                return [*self._begin(None), *self._end_item(index, item)]
            case Completed(response=response) | Incomplete(response=response):
                return self._finish(response)
            case _:
                return []

    def end(self) -> list[StreamEvent]:
        """Nothing more. Raises StreamTruncatedError when the end of the answer was not seen."""
        if not self._finished:
            raise StreamTruncatedError("the stream ended before response.completed")
        return []

    def _begin(self, response: Response | None) -> list[StreamEvent]:
        if self._started:
            return []
        self._started = True
        wire = response if response is not None else Response()
        self._extra = read_extra(wire)
        return [
            Started(
                id=wire.id or "",
                model=wire.model or "",
                created=read_created(wire),
                service_tier=wire.service_tier,
                origin=Origin(NAME, self._family, wire.model or None),
                extra=self._extra,
            )
        ]

    def _item(self, index: int) -> Growing:
        item = self._open.get(index)
        if item is None:
            raise ProtocolError(f"the stream adds to item {index}, which is not open")
        return item

    def _add(self, index: int, raw: msgspec.Raw) -> list[StreamEvent]:
        if index in self._open or index in self._told:
            raise ProtocolError(f"the stream begins item {index} a second time")
        item = self._open[index] = open_item(bytes(raw), self._indexes)
        return item.begin()

    def _end_item(self, index: int, raw: msgspec.Raw) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        if index not in self._open:
            events += self._add(index, raw)
        self._told.add(index)
        events += self._open.pop(index).end(raw)
        self._parts += [event.part for event in events if isinstance(event, PartEnded)]
        return events

    def _finish(self, response: Response) -> list[StreamEvent]:
        events = self._begin(response)
        for index, raw in enumerate(response.output or ()):
            if index not in self._told:
                events += self._end_item(index, raw)
        for item in self._open.values():
            events += item.end(None)
        self._finished = True
        extra = {name: value for name, value in read_extra(response).items() if self._extra.get(name) != value}
        events.append(
            Finished(
                endings=(Ending(stop=read_stop(response.status, response.incomplete_details, self._parts)),),
                usage=read_usage(response.usage, response.tool_usage, response.service_tier),
                service_tier=response.service_tier,
                extra=extra,
            )
        )
        return events
