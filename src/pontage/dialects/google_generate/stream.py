"""Floor 3. Frames of one stream to events.

Each frame is an answer that holds new parts only. Text of one kind that follows itself is one part; a signature ends
the part it stands on. There is no terminal event: the stream is whole when every candidate told a finishReason, or the
prompt was blocked, and the body ended. Citations come last and reach the text that is still open then.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pontage.dialects.google_generate.calls import CallReader
from pontage.dialects.google_generate.errors import decode_error
from pontage.dialects.google_generate.grounding import with_citations
from pontage.dialects.google_generate.logprobs import read_logprobs
from pontage.dialects.google_generate.names import FAMILY, NAME, kept
from pontage.dialects.google_generate.parts import read_part
from pontage.dialects.google_generate.pieces import PartialCall
from pontage.dialects.google_generate.response import CODEC, read_time
from pontage.dialects.google_generate.response_types import CANDIDATE_KEPT, RESPONSE_KEPT, Candidate, Response
from pontage.dialects.google_generate.stops import blocked, read_stop
from pontage.dialects.google_generate.types import Content, FunctionCall, Part
from pontage.dialects.google_generate.usage import read_tier, read_usage, sum_searches
from pontage.domain.chat import Origin, TokenLogprob
from pontage.domain.parts import JSONObject, Reasoning, Text, ToolCall
from pontage.domain.stream import Delta, Ending, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame

_NO_CONTENT = Content()
_MOST = 128  # candidates; the API gives 8


class Decoder:
    """See `pontage.dialects.dialect.StreamDecoder`."""

    def __init__(self, family: str | None = FAMILY) -> None:
        """`family`: whose signatures the stream carries."""
        self._family = family
        self._id = ""
        self._started = False
        self._choices: dict[int, _Choice] = {}
        self._usage: JSONObject = {}
        self._extra: JSONObject = {}

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events this frame completes. Raises the stream's own error, or ProtocolError for a malformed frame."""
        chunk = read_frame(frame.data)
        events: list[StreamEvent] = []
        if chunk.usage_metadata:
            self._usage = {**self._usage, **chunk.usage_metadata}  # a later frame may leave out what an earlier told
        if not self._started:
            events.append(self._start(chunk))
        extra = kept(chunk, RESPONSE_KEPT)
        if extra:
            self._extra.update(extra)
        for place, candidate in enumerate(chunk.candidates or ()):
            number = candidate.index if isinstance(candidate.index, int) and 0 <= candidate.index < _MOST else place
            choice = self._choices.get(number)
            if choice is None:
                choice = self._choices[number] = _Choice(number, self._id)
            choice.feed(candidate, events)
        return events

    def end(self) -> list[StreamEvent]:
        """The last parts and `Finished`. Raises StreamTruncatedError when the stream is not whole."""
        if not self._started:
            raise StreamTruncatedError("the stream ended before it began")
        stop = blocked(self._extra)
        if not self._choices and stop.raw is None:
            raise StreamTruncatedError("the stream ended before its answer")
        if any(choice.finish is None for choice in self._choices.values()):
            raise StreamTruncatedError("the stream ended before its finishReason")
        events: list[StreamEvent] = []
        known = {number: choice.end(events) for number, choice in sorted(self._choices.items())}
        endings = tuple(known.get(number, Ending(stop=stop)) for number in range(max(known, default=-1) + 1))
        searches = sum_searches([ending.extra for ending in endings])
        finished = Finished(
            endings=endings or (Ending(stop=stop),),
            usage=read_usage(self._usage, searches) if self._usage else None,
            service_tier=read_tier(self._usage),
            extra=self._extra,
        )
        return [*events, finished]

    def _start(self, chunk: Response) -> Started:
        self._started = True
        self._id = chunk.response_id or ""
        model = chunk.model_version or ""
        usage = read_usage(self._usage) if self._usage else None
        return Started(
            id=self._id,
            model=model,
            created=read_time(chunk.create_time),
            usage=usage if usage is not None and usage.total is not None else None,
            origin=Origin(NAME, self._family, model or None),
        )


def read_frame(data: bytes) -> Response:
    """One frame. Raises the error it tells, or ProtocolError."""
    try:
        chunk = CODEC.decode(data)
    except ProtocolError:
        if data.lstrip()[:1] == b"[" and b'"error"' in data:
            raise decode_error(200, {}, data) from None
        raise
    if chunk.extra and ("error" in chunk.extra or chunk.extra.keys() >= {"message", "status"}):
        raise decode_error(200, {}, data)
    return chunk


class _Choice:
    """One candidate of the stream."""

    def __init__(self, number: int, seed: str) -> None:
        self._number = number
        self._calls = CallReader(seed, number)
        self._index = -1  # of the part that was begun last
        self._open: Text | Reasoning | None = None
        self._text: list[str] = []
        self._sealed = False  # the open part has its signature: nothing more may be joined to it
        self._partial: PartialCall | None = None
        self._has_calls = False
        self._extra: JSONObject = {}
        self._message_extra: JSONObject = {}
        self._logprobs: tuple[TokenLogprob, ...] | None = None
        self.finish: str | int | None = None

    def feed(self, candidate: Candidate, events: list[StreamEvent]) -> None:
        """The events of one piece of the candidate."""
        extra = kept(candidate, CANDIDATE_KEPT)
        if candidate.logprobs_result:
            told = read_logprobs(candidate.logprobs_result, extra) or ()
            self._logprobs = (*(self._logprobs or ()), *told)
        if extra:
            self._extra.update(extra)
        if isinstance(candidate.finish_reason, str | int):
            self.finish = candidate.finish_reason
        content = candidate.content or _NO_CONTENT
        if content.extra:
            self._message_extra.update(content.extra)
        for part in content.all_parts():
            text = part.text
            if isinstance(text, str):
                self._feed_text(part, text, events)
            elif isinstance(part.function_call, FunctionCall):
                self._feed_call(part, part.function_call, events)
            else:
                self._feed_other(part, events)
        if self._logprobs and self._open is not None:
            self._grow("", events)

    def end(self, events: list[StreamEvent]) -> Ending:
        """Closes what is open."""
        self._close(events)
        return Ending(
            stop=read_stop(self.finish, has_calls=self._has_calls),
            extra=self._extra,
            message_extra=self._message_extra,
        )

    def _feed_text(self, part: Part, text: str, events: list[StreamEvent]) -> None:
        signature = part.thought_signature
        kind = Reasoning if part.thought is True else Text
        extra = part.extra or part.media_resolution or part.video_metadata
        if not text and not signature and not extra:
            return
        if type(self._open) is not kind or self._sealed:
            self._begin(Reasoning() if kind is Reasoning else Text(text=""), events)
        if text:
            self._grow(text, events)
        if signature or extra:
            assert self._open is not None
            told = read_part(part, self._calls, None)
            self._open = msgspec.structs.replace(
                self._open,
                signature=told.signature or self._open.signature,
                extra={**self._open.extra, **told.extra},
            )
            self._sealed = bool(signature)

    def _grow(self, text: str, events: list[StreamEvent]) -> None:
        if text:
            self._text.append(text)
        events.append(Delta(self._index, text, self._number, self._logprobs))
        self._logprobs = None

    def _begin(self, part: Text | Reasoning, events: list[StreamEvent]) -> None:
        self._close(events)
        self._index += 1
        self._open = part
        self._text = []
        self._sealed = False
        events.append(PartStarted(self._index, part, self._number))

    def _feed_call(self, part: Part, call: FunctionCall, events: list[StreamEvent]) -> None:
        if call.name:
            self._close(events)
            whole = read_part(part, self._calls, None)
            assert isinstance(whole, ToolCall)
            self._has_calls = True
            self._index += 1
            events.append(PartStarted(self._index, msgspec.structs.replace(whole, arguments=""), self._number))
            self._partial = PartialCall(whole)
        if self._partial is None:
            return  # a piece of no call
        self._partial.feed(call, part.thought_signature or None)
        if call.will_continue is not True:
            self._close(events)

    def _feed_other(self, part: Part, events: list[StreamEvent]) -> None:
        whole = read_part(part, self._calls, None)
        if isinstance(whole, Text | Reasoning):  # nothing but a signature
            self._feed_text(part, "", events)
            return
        self._close(events)
        self._index += 1
        events += (PartStarted(self._index, whole, self._number), PartEnded(self._index, whole, self._number))

    def _close(self, events: list[StreamEvent]) -> None:
        if self._open is not None:
            part: Any = msgspec.structs.replace(self._open, text="".join(self._text))
            if "groundingMetadata" in self._extra or "citationMetadata" in self._extra:
                part = with_citations((*[Reasoning()] * self._index, part), self._extra)[self._index]
            events.append(PartEnded(self._index, part, self._number))
            self._open = None
        elif self._partial is not None:
            whole = self._partial.whole()
            self._partial = None
            events += (
                Delta(self._index, whole.arguments, self._number),
                PartEnded(self._index, whole, self._number),
            )
