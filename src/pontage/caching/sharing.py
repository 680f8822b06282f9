"""One provider's stream told to several who asked the same at the same time. Floor 7.

A task reads the provider, never more than `AHEAD` pieces before the fastest listener; what was read is there for those
who are slower or come later. When nobody listens any more, the provider is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from pontage.caching.flights import Flight
from pontage.caching.kept import Encoding
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.domain.chat import Note, TokenUsage
from pontage.domain.stream import Finished, StreamEvent
from pontage.errors import PontageError
from pontage.live import LiveStream
from pontage.providers.base import Pulled

AHEAD: Final = 64
Events = Sequence[StreamEvent]


class SharedStream(Flight[None]):
    """A stream that is opened once, for all who join it."""

    def __init__(self, begin: Callable[[], Awaitable[LiveStream[Events]]]) -> None:
        self._begin = begin
        self._pieces: list[Events] = []
        self._changed = asyncio.Event()
        self._read = asyncio.Event()
        self._furthest = 0
        self._failure: PontageError | None = None
        self._over = False
        self._whole = False
        self._live: LiveStream[Events] | None = None
        super().__init__(self._run)

    async def opened(self) -> LiveStream[Events]:
        """The provider's own stream, once its first content is there. Raises one of the error tree."""
        while self._live is None and not self._over:
            await self._changed.wait()
        if self._live is None:
            raise await self._why()
        return self._live

    async def piece(self, place: int) -> Events | None:
        """The piece at `place`, or None after the truthful end. Raises one of the error tree where it breaks."""
        if place >= self._furthest:
            self._furthest = place
            self._read.set()
        while len(self._pieces) <= place and not self._over:
            await self._changed.wait()
        if place < len(self._pieces):
            return self._pieces[place]
        if not self._whole:
            raise await self._why()
        return None

    async def _why(self) -> PontageError:
        """What broke it; a fault of our own is raised as it is."""
        if self._failure is None:
            await self.task
        return self._failure or PontageError("the shared stream was given up")

    async def _run(self) -> None:
        try:
            self._live = live = await self._begin()
            self._tell()
            try:
                while (piece := await live.pull()) is not None:
                    self._pieces.append(piece)
                    self._tell()
                    while len(self._pieces) > self._furthest + AHEAD:
                        self._read.clear()
                        await self._read.wait()
                self._whole = True
            finally:
                await live.aclose()
        except PontageError as error:
            self._failure = error
        finally:
            self._over = True
            self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Listening:
    """One listener's stream. See `StreamReply`."""

    def __init__(self, shared: SharedStream, live: LiveStream[Events], call: Call) -> None:
        self.notes = live.request_notes
        self.elapsed = live.elapsed
        self._shared = shared
        self._call = call
        self._left = False

    def into(self, client: ClientSide) -> Pulled[bytes]:
        """See `StreamReply`."""
        return Encoding(self.events(), client, self._call.request)

    def events(self) -> Pulled[Events]:
        """See `StreamReply`."""
        return _Heard(self._shared)

    async def aclose(self) -> None:
        """Listen no more; with the last listener the provider is left."""
        if not self._left:
            self._left = True
            await self._shared.leave()


class _Heard:
    """What one listener has heard so far."""

    content = True

    def __init__(self, shared: SharedStream) -> None:
        self._shared = shared
        self._place = 0
        self.usage: TokenUsage | None = None

    async def pull(self) -> Events | None:
        events = await self._shared.piece(self._place)
        self._place += 1
        for event in events or ():
            if isinstance(event, Finished):
                self.usage = event.usage
        return events

    def estimate(self) -> int:
        return 0  # it is booked once, where the provider is read

    def fail(self, error: PontageError) -> Events:
        return ()

    def notes(self) -> tuple[Note, ...]:
        return ()
