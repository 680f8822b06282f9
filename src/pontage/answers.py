"""What the SDK gives back of a chat: a whole answer, or one in events. Floor 8."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from pontage.asking import parse_output
from pontage.catalog import Money
from pontage.crossing import travelled
from pontage.domain.chat import ChatResponse, Message, Note, Stop, TokenUsage
from pontage.domain.parts import Text
from pontage.domain.stream import Delta, PartEnded, PartStarted, StreamEvent, collect
from pontage.live import LiveStream


class Answer:
    """A whole answer. `response` has everything; the rest are short ways to it."""

    def __init__(self, response: ChatResponse, wanted: Any = None) -> None:
        self.response = response
        self._wanted = wanted

    @property
    def text(self) -> str:
        """The visible text."""
        return self.response.text

    @property
    def message(self) -> Message:
        """The message to append to the next request."""
        return self.response.message

    @property
    def usage(self) -> TokenUsage | None:
        """The tokens it took, or None when the provider did not tell."""
        return self.response.usage

    @property
    def cost(self) -> Money | None:
        """What it cost, or None when that is not known; `answer.cost.usd` is an exact Decimal."""
        return self.response.cost

    @property
    def stop(self) -> Stop:
        """Why it ended."""
        return self.response.stop

    @property
    def notes(self) -> tuple[Note, ...]:
        """What translation could not carry."""
        return self.response.notes

    @property
    def attempts(self) -> tuple[str, ...]:
        """Every provider that was tried, and how that went."""
        return self.response.attempts

    @property
    def parsed(self) -> Any:
        """The text as the `output` type that was asked for; None when none was.

        Raises ValueError (msgspec's or pydantic's) when the model did not keep to the schema.
        """
        return None if self._wanted is None else parse_output(self._wanted, self.text)

    def __repr__(self) -> str:
        return f"Answer({self.text!r}, stop={self.stop.reason!r}, model={self.response.model!r})"


class AsyncStream:
    """An answer in events, as they come. Use it inside `async with client.stream(...)`."""

    def __init__(self, live: LiveStream[Sequence[StreamEvent]]) -> None:
        self._live = live
        self._events: list[StreamEvent] = []
        self._waiting: list[StreamEvent] = []

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._waiting:
            events = await self._live.pull()
            if events is None:
                raise StopAsyncIteration
            self._waiting = list(events)
        event = self._waiting.pop(0)
        self._events.append(event)
        return event

    async def text_deltas(self) -> AsyncIterator[str]:
        """The visible text of the first choice, piece by piece."""
        visible: set[int] = set()
        async for event in self:
            match event:
                case PartStarted(index, Text(), 0):
                    visible.add(index)
                case Delta(index, text, 0) if index in visible and text:
                    yield text
                case PartEnded(index, _, 0):
                    visible.discard(index)
                case _:
                    pass

    async def response(self) -> ChatResponse:
        """The whole answer; reads what is left of the stream first."""
        async for _ in self:
            pass
        return travelled(collect(self._events), self._live.crossing, self._live.notes)
