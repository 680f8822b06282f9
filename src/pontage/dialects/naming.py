"""Answers that do not name their model are given the name that was asked. Floor 2; pure."""

from __future__ import annotations

from msgspec.structs import replace

from pontage.dialects.dialect import ProviderSide, StreamDecoder
from pontage.domain.chat import ChatResponse
from pontage.domain.stream import Started, StreamEvent
from pontage.streaming.framing import Frame


def named(side: ProviderSide, model: str) -> ProviderSide:
    """`side` as it speaks to `model`."""

    def decode_response(body: bytes, *, keep_spelling: bool = True) -> ChatResponse:
        answer = side.decode_response(body, keep_spelling=keep_spelling)
        return answer if answer.model else replace(answer, model=model)

    return replace(
        side, decode_response=decode_response, stream_decoder=lambda: _NamedDecoder(side.stream_decoder(), model)
    )


class _NamedDecoder:
    """Another decoder, but for how its stream begins; from there on nothing is looked at."""

    __slots__ = ("_inner", "_model", "feed")

    def __init__(self, inner: StreamDecoder, model: str) -> None:
        self._inner = inner
        self._model = model
        self.feed = self._begin

    def end(self) -> list[StreamEvent]:
        return [self._named(event) for event in self._inner.end()]

    def _begin(self, frame: Frame) -> list[StreamEvent]:
        events = [self._named(event) for event in self._inner.feed(frame)]
        if events:
            self.feed = self._inner.feed
        return events

    def _named(self, event: StreamEvent) -> StreamEvent:
        unnamed = isinstance(event, Started) and not event.model
        return replace(event, model=self._model) if unnamed else event
