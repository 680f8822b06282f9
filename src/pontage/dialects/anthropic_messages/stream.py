"""Streams of a provider, read. Floor 3; a machine to be fed.

A block of an unknown kind is told when it is complete: its deltas are merged by what they are (text and lists grow,
anything else replaces). A stream is whole when `message_stop` was seen, and only then.
"""

from __future__ import annotations

from typing import Any, cast

from msgspec.structs import replace

from pontage.dialects.anthropic_messages.blocks import Block, TextBlock
from pontage.dialects.anthropic_messages.citations import read_citation
from pontage.dialects.anthropic_messages.errors import decode_error
from pontage.dialects.anthropic_messages.names import NAME
from pontage.dialects.anthropic_messages.parts import read_answer
from pontage.dialects.anthropic_messages.response import read_extra, read_stop
from pontage.dialects.anthropic_messages.types import (
    DELTA,
    EVENT,
    BlockDelta,
    BlockStart,
    BlockStop,
    CitationsDelta,
    ErrorEvent,
    Event,
    InputJSONDelta,
    MessageDelta,
    MessageStart,
    MessageStop,
    Response,
    SignatureDelta,
    TextDelta,
    ThinkingDelta,
)
from pontage.dialects.anthropic_messages.usage import merge_usage, read_tier, read_usage
from pontage.dialects.codec import Unknown
from pontage.domain.chat import Origin, Stop
from pontage.domain.parts import JSONObject, Opaque, Part, Reasoning, Text, ToolCall
from pontage.domain.stream import Delta, Ending, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame

_OLD_TERMINATOR = b"[DONE]"  # some servers of this format add it, behind the end or in its place


def read_event(data: bytes) -> Event:
    """The typed event of a frame. Raises ProtocolError, or the error a server reports in a form of its own."""
    try:
        return EVENT.decode(data)
    except ProtocolError:
        if b'"error"' in data:
            raise decode_error(200, {}, data) from None
        raise


class _OpenBlock:
    """A block that has begun: its part as it began, and what has grown since."""

    __slots__ = ("_cited", "_extra", "_grown", "_signature", "_start", "part")

    def __init__(self, block: Block) -> None:
        (whole,) = read_answer([block])
        self._grown: list[str] = []
        self._signature = whole.signature
        self._cited: list[JSONObject] = list(block.citations or ()) if isinstance(block, TextBlock) else []
        self._extra: JSONObject = {**whole.extra}
        self.part: Part = whole
        self._start = ""
        match whole:
            case Text(text=text):
                self._start, self.part = text, replace(whole, text="", citations=())
            case Reasoning(text=text, redacted=False):
                self._start, self.part = text, replace(whole, text="", signature=None)
            case ToolCall(arguments=arguments):
                self._start = arguments if arguments.startswith("{") else "{}"  # some servers write null or ""
                self.part = replace(whole, arguments="")
            case Opaque(data=data):
                self.part = Opaque(data={**data})
            case _:
                pass

    def begin(self, index: int) -> list[StreamEvent]:
        """The events of the start; an unknown block has none."""
        if isinstance(self.part, Opaque):
            return []
        events: list[StreamEvent] = [PartStarted(index, self.part)]
        if self._start and not isinstance(self.part, ToolCall):
            events += self.grow(index, self._start)
        return events

    def grow(self, index: int, text: str) -> list[StreamEvent]:
        """The event of more text."""
        if not text:
            return []
        self._grown.append(text)
        return [Delta(index, text)]

    def take(self, index: int, event: BlockDelta) -> list[StreamEvent]:
        """The events of any delta."""
        delta = event.delta
        if isinstance(self.part, Opaque):
            _merge(self.part.data, DELTA.builtins(delta))
            return []
        if delta.extra:
            self._extra.update(delta.extra)
        match delta:
            case TextDelta(text=text) | ThinkingDelta(thinking=text) | InputJSONDelta(partial_json=text):
                return self.grow(index, text)
            case SignatureDelta(signature=signature):
                self._signature = signature or None
            case CitationsDelta(citation=citation):
                self._cited.append(citation)
            case Unknown(data=data):
                _merge(self._extra, data)
        return []

    def end(self, index: int) -> list[StreamEvent]:
        """The events of the end."""
        part = self.part
        events: list[StreamEvent] = []
        match part:
            case ToolCall():
                if not self._grown:
                    events += self.grow(index, self._start)
                whole: Part = replace(part, arguments="".join(self._grown), extra=self._extra)
            case Text():
                text = "".join(self._grown)
                cited = tuple(read_citation(citation, len(text)) for citation in self._cited)
                whole = replace(part, text=text, citations=cited, extra=self._extra)
            case Reasoning():
                whole = replace(part, text="".join(self._grown), signature=self._signature, extra=self._extra)
            case Opaque():
                events.append(PartStarted(index, part))
                whole = part
            case _:
                whole = replace(part, extra=self._extra)
        events.append(PartEnded(index, whole))
        return events


def _merge(fields: JSONObject, delta: JSONObject) -> None:
    for name, value in delta.items():
        before = fields.get(name)
        if name == "type":
            continue
        if isinstance(before, str) and isinstance(value, str):
            fields[name] = before + value
        elif isinstance(before, list) and isinstance(value, list):
            fields[name] = [*cast(list[Any], before), *cast(list[Any], value)]
        else:
            fields[name] = value


class Decoder:
    """Frames of one stream to events."""

    def __init__(self, family: str | None) -> None:
        """`family`: whose signatures the provider makes."""
        self._family = family
        self._started = False
        self._finished = False
        self._open: dict[int, _OpenBlock] = {}
        self._stop = Stop("other")
        self._usage: JSONObject | None = None
        self._extra: JSONObject = {}

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events this frame completes. Raises ProtocolError, or the error that the provider reports in it."""
        if self._finished or frame.data == _OLD_TERMINATOR:
            return []
        event = read_event(frame.data)
        if isinstance(event, BlockDelta):
            block = self._open.get(event.index)
            if block is None:
                raise ProtocolError(f"the stream adds to block {event.index}, which is not open")
            return block.take(event.index, event)
        match event:
            case BlockStart():
                return self._begin_block(event)
            case BlockStop(index=index):
                block = self._open.pop(index, None)
                return [] if block is None else block.end(index)
            case MessageStart(message=message):
                return self._begin(message)
            case MessageDelta():
                self._take_ending(event)
            case MessageStop():
                return self._finish()
            case ErrorEvent():
                raise decode_error(200, {}, frame.data)
            case _:
                pass
        return []

    def end(self) -> list[StreamEvent]:
        """Nothing more. Raises StreamTruncatedError when `message_stop` was not seen."""
        if not self._finished:
            raise StreamTruncatedError("the stream ended before message_stop")
        return []

    def _begin(self, message: Response) -> list[StreamEvent]:
        if self._started:
            raise ProtocolError("the stream begins a second time")
        self._started = True
        self._usage = message.usage
        if message.stop_reason is not None:
            self._stop = read_stop(message.stop_reason, message.stop_sequence, message.stop_details)
        events: list[StreamEvent] = [
            Started(
                id=message.id,
                model=message.model,
                service_tier=read_tier(message.usage),
                usage=read_usage(message.usage),
                origin=Origin(NAME, self._family, message.model or None),
                extra=read_extra(message),
            )
        ]
        for index, content in enumerate(message.content):  # a continued answer may bring blocks along
            block = _OpenBlock(content)
            events += block.begin(index)
            events += block.end(index)
        return events

    def _begin_block(self, event: BlockStart) -> list[StreamEvent]:
        if not self._started or event.index in self._open:
            raise ProtocolError(f"the stream begins block {event.index} out of turn")
        block = self._open[event.index] = _OpenBlock(event.content_block)
        return block.begin(event.index)

    def _take_ending(self, event: MessageDelta) -> None:
        delta = event.delta
        if delta.stop_reason is not None:
            self._stop = read_stop(delta.stop_reason, delta.stop_sequence, delta.stop_details)
        self._usage = merge_usage(self._usage, event.usage)
        told = {"container": delta.container, "context_management": event.context_management}
        for name, value in {**event.extra, **delta.extra, **told}.items():
            if value is not None:
                self._extra[name] = value

    def _finish(self) -> list[StreamEvent]:
        if not self._started:
            raise ProtocolError("the stream ends before it begins")
        self._finished = True
        events = [event for index, block in self._open.items() for event in block.end(index)]
        ending = Ending(stop=self._stop)
        tier = read_tier(self._usage)
        events.append(Finished(endings=(ending,), usage=read_usage(self._usage), service_tier=tier, extra=self._extra))
        return events
