"""A provider's stream as it is pulled: in a client's format, or in events. Floor 4."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from pontage.dialects.bridge import Bridge, Relay, Translation, is_content
from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.dialects.envelope import Call
from pontage.domain.chat import Note, TokenUsage
from pontage.domain.stream import Finished, StreamEvent
from pontage.errors import PontageError
from pontage.providers.base import Pulled, StreamReply
from pontage.providers.sample import Sample
from pontage.transport import Answer

LINGER = 0.25
"""Seconds that a stream which is whole waits for the end of its body, so that the connection can be used again."""

Sign = Callable[[PontageError], PontageError]


class WireStream:
    """A provider's stream over HTTP whose head is in. See `StreamReply`. `sign`: what an error gets on its way out."""

    def __init__(self, side: ProviderSide, answer: Answer, call: Call, notes: tuple[Note, ...], sign: Sign) -> None:
        self.notes = notes
        self.elapsed = 0.0
        self._side = side
        self._answer = answer
        self._call = call
        self._sign = sign

    def into(self, client: ClientSide) -> Pulled[bytes]:
        """The stream in the client's format: relayed where it is the provider's, else translated."""
        if client.name == self._side.name:
            bridge: Bridge = Relay(self._side, client, self._call.body)
        else:
            bridge = Translation(self._side, client, self._call.request)
        return _BridgedBytes(self._answer, bridge, Sample(self._side), self._sign)

    def events(self) -> Pulled[Sequence[StreamEvent]]:
        """The stream as canonical events."""
        return _DecodedEvents(self._answer, self._side, self._sign)

    async def aclose(self) -> None:
        """Close the upstream's socket unless the body was read to its end."""
        await self._answer.aclose()


class _BridgedBytes:
    """An upstream body pulled through a bridge."""

    __slots__ = ("_answer", "_bridge", "_ended", "_sample", "_sign", "estimate", "fail", "notes")

    def __init__(self, answer: Answer, bridge: Bridge, sample: Sample, sign: Sign) -> None:
        self._answer = answer
        self._bridge = bridge
        self._sample = sample
        self._sign = sign
        self._ended = False
        self.estimate = sample.tokens
        self.notes = bridge.notes
        self.fail = bridge.fail

    @property
    def content(self) -> bool:
        return self._bridge.content

    @property
    def usage(self) -> TokenUsage | None:
        return self._bridge.usage

    async def pull(self) -> bytes | None:
        bridge = self._bridge
        if bridge.failure is not None:
            raise self._sign(bridge.failure)
        if bridge.whole or self._ended:
            await _linger(self._answer)
            return None
        data = await self._answer.chunk(waiting=not bridge.heard)
        if data:
            self._sample.add(data)
            return bridge.feed(data)
        self._ended = True
        return bridge.end()


class _DecodedEvents:
    """An upstream body pulled through a dialect's decoder."""

    __slots__ = (
        "_answer", "_decoder", "_ended", "_failure", "_framing", "_heard", "_sample", "_sign", "content", "estimate",
        "usage",
    )  # fmt: skip

    def __init__(self, answer: Answer, side: ProviderSide, sign: Sign) -> None:
        self._answer = answer
        self._framing = side.framing()
        self._decoder = side.stream_decoder()
        self._sample = Sample(side)
        self._sign = sign
        self._ended = False
        self._heard = True  # the last bytes completed an event
        self.estimate = self._sample.tokens
        self._failure: PontageError | None = None
        self.content = False
        self.usage: TokenUsage | None = None

    async def pull(self) -> Sequence[StreamEvent] | None:
        if self._failure is not None:
            raise self._sign(self._failure)
        if self._ended:
            await _linger(self._answer)
            return None
        data = await self._answer.chunk(waiting=not self._heard)
        events: list[StreamEvent] = []
        self._sample.add(data)
        try:
            frames = self._framing.feed(data) if data else self._framing.end()
            self._heard = bool(frames)
            for frame in frames:
                events += self._decoder.feed(frame)
            if not data:
                self._ended = True
                events += self._decoder.end()
        except PontageError as error:
            self._failure = error  # after what was whole before it
        for event in events:
            self.content = self.content or is_content(event)
            if isinstance(event, Finished):
                self.usage, self._ended = event.usage, True
        return events

    def fail(self, error: PontageError) -> Sequence[StreamEvent]:
        return ()  # a reader of events is told by the exception itself

    def notes(self) -> tuple[Note, ...]:
        return ()


async def _linger(answer: Answer) -> None:
    """Read what is left of a body whose stream is whole; nothing in it counts any more, not even how it ends."""
    with suppress(PontageError, TimeoutError):
        async with asyncio.timeout(LINGER):
            while await answer.chunk():
                pass


async def iterate(reply: StreamReply) -> AsyncIterator[StreamEvent]:
    """The events of a stream, one by one. Raises one of the error tree where the stream breaks."""
    pulled = reply.events()
    while (events := await pulled.pull()) is not None:
        for event in events:
            yield event
