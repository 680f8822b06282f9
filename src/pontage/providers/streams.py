"""A provider's stream as it is pulled: in a client's format, or in events. Floor 4."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.dialects.envelope import Bridge, Call, Relay, Translation, is_content
from pontage.domain.chat import Note, TokenUsage
from pontage.domain.stream import Finished, StreamEvent
from pontage.errors import PontageError
from pontage.providers.base import Pulled, StreamReply
from pontage.transport import Answer


class WireStream:
    """A provider's stream over HTTP whose head is in. See `StreamReply`."""

    def __init__(self, side: ProviderSide, answer: Answer, call: Call, notes: tuple[Note, ...]) -> None:
        self.notes = notes
        self.elapsed = 0.0
        self._side = side
        self._answer = answer
        self._call = call

    def into(self, client: ClientSide) -> Pulled[bytes]:
        """The stream in the client's format: relayed where it is the provider's, else translated."""
        if client.name == self._side.name:
            return _BridgedBytes(self._answer, Relay(self._side, client, self._call.body))
        return _BridgedBytes(self._answer, Translation(self._side, client, self._call.request))

    def events(self) -> Pulled[Sequence[StreamEvent]]:
        """The stream as canonical events."""
        return _DecodedEvents(self._answer, self._side)

    async def aclose(self) -> None:
        """Close the upstream's socket unless the body was read to its end."""
        await self._answer.aclose()


class _BridgedBytes:
    """An upstream body pulled through a bridge."""

    __slots__ = ("_answer", "_bridge", "_ended", "fail", "notes")

    def __init__(self, answer: Answer, bridge: Bridge) -> None:
        self._answer = answer
        self._bridge = bridge
        self._ended = False
        self.notes = bridge.notes
        self.fail = bridge.fail

    @property
    def content(self) -> bool:
        return self._bridge.content

    @property
    def usage(self) -> TokenUsage | None:
        return self._bridge.usage

    async def pull(self) -> bytes | None:
        if self._ended:
            return None
        data = await self._answer.chunk()
        if data:
            return self._bridge.feed(data)
        self._ended = True
        return self._bridge.end()


class _DecodedEvents:
    """An upstream body pulled through a dialect's decoder."""

    __slots__ = ("_answer", "_decoder", "_ended", "_framing", "content", "usage")

    def __init__(self, answer: Answer, side: ProviderSide) -> None:
        self._answer = answer
        self._framing = side.framing()
        self._decoder = side.stream_decoder()
        self._ended = False
        self.content = False
        self.usage: TokenUsage | None = None

    async def pull(self) -> Sequence[StreamEvent] | None:
        if self._ended:
            return None
        data = await self._answer.chunk()
        frames = self._framing.feed(data) if data else self._framing.end()
        events = [event for frame in frames for event in self._decoder.feed(frame)]
        if not data:
            self._ended = True
            events += self._decoder.end()
        for event in events:
            self.content = self.content or is_content(event)
            if isinstance(event, Finished):
                self.usage = event.usage
        return events

    def fail(self, error: PontageError) -> Sequence[StreamEvent]:
        return ()  # a reader of events is told by the exception itself

    def notes(self) -> tuple[Note, ...]:
        return ()


async def iterate(reply: StreamReply) -> AsyncIterator[StreamEvent]:
    """The events of a stream, one by one. Raises one of the error tree where the stream breaks."""
    pulled = reply.events()
    while (events := await pulled.pull()) is not None:
        for event in events:
            yield event
