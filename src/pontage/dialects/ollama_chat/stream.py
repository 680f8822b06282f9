"""Streams of a provider, read. Floor 3; a machine to be fed.

A line tells more thinking, more text, or whole calls; a part ends where another kind begins. The stream is whole when
the line came that says `done`, and only then.
"""

from __future__ import annotations

from msgspec.structs import replace

from pontage.dialects.ollama_chat.calls import CallReader
from pontage.dialects.ollama_chat.form import Form
from pontage.dialects.ollama_chat.head import read_head
from pontage.dialects.ollama_chat.logprobs import read_logprobs
from pontage.dialects.ollama_chat.media import read_image
from pontage.dialects.ollama_chat.response import read_extra, read_line
from pontage.dialects.ollama_chat.stops import read_stop
from pontage.dialects.ollama_chat.types import Answer, Turn
from pontage.dialects.ollama_chat.usage import read_usage
from pontage.domain.chat import Origin, TokenLogprob
from pontage.domain.parts import JSONObject, Part, Reasoning, Text
from pontage.domain.stream import Delta, Ending, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import StreamTruncatedError
from pontage.streaming.framing import Frame


class Decoder:
    """Frames of one stream to events."""

    def __init__(self, form: Form, family: str | None) -> None:
        """`family`: whose signatures the provider makes; the messages carry it."""
        self._form = form
        self._family = family
        self._calls: CallReader | None = None  # set once the stream has begun
        self._called = False
        self._finished = False
        self._open: type[Text] | type[Reasoning] | None = None  # the kind of the part that grows
        self._grown: list[str] = []
        self._count = 0  # of the parts so far
        self._logprobs: tuple[TokenLogprob, ...] | None = None  # of tokens that no text was told for
        self._begun: JSONObject = {}
        self._extra: JSONObject = {}
        self._message_extra: JSONObject = {}

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events this frame completes. Raises ProtocolError, or the error that the provider reports in it."""
        if self._finished:
            return []
        line = read_line(frame.data, self._form)
        events: list[StreamEvent] = [] if self._calls is not None else [self._begin(line)]
        if line.logprobs is not None:
            self._logprobs = (*(self._logprobs or ()), *read_logprobs(line.logprobs))
        if line.message is not None:
            self._take(line.message, events)
        if line.extra:
            self._extra.update((name, value) for name, value in line.extra.items() if self._begun.get(name) != value)
        if line.done:
            self._finish(line, events)
        return events

    def end(self) -> list[StreamEvent]:
        """Nothing more. Raises StreamTruncatedError when no line said that the answer is done."""
        if not self._finished:
            raise StreamTruncatedError("the stream ended before the line that is done")
        return []

    def _begin(self, line: Answer) -> Started:
        identity, created = read_head(line)
        self._calls = CallReader(identity)
        for name in ("remote_model", "remote_host"):
            if getattr(line, name) is not None:
                line.extra[name] = getattr(line, name)
        self._begun = {**line.extra}
        origin = Origin(self._form.name, self._family, line.model or None)
        return Started(id=identity, model=line.model, created=created, origin=origin, extra=self._begun)

    def _take(self, turn: Turn, events: list[StreamEvent]) -> None:
        """What a line adds, in the order of the parts of a whole answer."""
        if turn.thinking:
            self._grow(Reasoning, turn.thinking, events)
        for image in turn.images or ():
            self._add(read_image(image), read_image(""), "", events)
        if turn.content:
            self._grow(Text, turn.content, events)
        for call in turn.tool_calls or ():
            assert self._calls is not None
            self._called = True
            whole = self._calls.read(call)
            self._add(whole, replace(whole, arguments=""), whole.arguments, events)
        if turn.extra:
            self._message_extra.update(turn.extra)

    def _grow(self, kind: type[Text] | type[Reasoning], text: str, events: list[StreamEvent]) -> None:
        if self._open is not kind:
            self._close(events)
            self._open = kind
            events.append(PartStarted(self._count, kind(text="")))
        self._grown.append(text)
        events.append(Delta(self._count, text, 0, self._take_logprobs()))

    def _add(self, whole: Part, begun: Part, text: str, events: list[StreamEvent]) -> None:
        """A part that is told at once."""
        self._close(events)
        events.append(PartStarted(self._count, begun))
        if text:
            events.append(Delta(self._count, text, 0, self._take_logprobs()))
        events.append(PartEnded(self._count, whole))
        self._count += 1

    def _take_logprobs(self) -> tuple[TokenLogprob, ...] | None:
        taken, self._logprobs = self._logprobs, None
        return taken

    def _close(self, events: list[StreamEvent]) -> None:
        """The end of the part that grows."""
        if self._open is None:
            return
        if self._logprobs:
            events.append(Delta(self._count, "", 0, self._take_logprobs()))
        events.append(PartEnded(self._count, self._open(text="".join(self._grown))))
        self._open = None
        self._grown = []
        self._count += 1

    def _finish(self, line: Answer, events: list[StreamEvent]) -> None:
        self._close(events)
        self._finished = True
        told = read_extra(line)
        self._extra.update((name, value) for name, value in told.items() if self._begun.get(name) != value)
        ending = Ending(stop=read_stop(line.done_reason, self._called), message_extra=self._message_extra)
        usage = read_usage(line.prompt_eval_count, line.eval_count)
        events.append(Finished(endings=(ending,), usage=usage, extra=self._extra))
