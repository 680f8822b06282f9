"""How many calls are answered at once, who waits, and who is turned away at the door. Floor 7.

A call that is let in costs an addition. While calls are being answered, a timer watches how late the event loop comes;
when none are, nothing runs.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import Final

from msgspec import Struct

from pontage.config import LoadSection
from pontage.errors import OverloadedError

WATCH_SECONDS: Final = 0.05
"""How often the event loop is asked how late it is."""
MEMORY_SECONDS: Final = 1.0
"""How long a reading of the memory holds."""
RETRY_AFTER: Final = 1.0
"""Seconds after which a call that was turned away may try again."""
_STATM: Final = "/proc/self/statm"


class Load(Struct, frozen=True):
    """How busy it is: calls that are answered and that wait, those turned away so far, seconds the loop is late."""

    in_flight: int
    waiting: int
    shed: int
    lag: float
    draining: bool


class Admission:
    """The door of one event loop. `draining`: no more calls are let in, for the process is about to stop."""

    def __init__(self, rules: LoadSection) -> None:
        self.draining = False
        self._rules = rules
        self._in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._shed = 0
        self._lag = 0.0
        self._due = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._memory_at = -MEMORY_SECONDS
        self._full = False

    @property
    def load(self) -> Load:
        """How busy it is now."""
        return Load(self._in_flight, len(self._queue), self._shed, self._lag, self.draining)

    async def enter(self) -> None:
        """Let a call in, perhaps after a wait; every one that was let in must `leave`. Raises OverloadedError."""
        rules = self._rules
        if self.draining or self._lag > rules.max_lag or (rules.max_rss is not None and self._out_of_memory()):
            raise self._turned_away()
        if self._in_flight < rules.in_flight and not self._queue:
            self._in_flight += 1
        else:
            await self._wait()
        if self._watch is None:
            self._look_later(asyncio.get_running_loop())

    def leave(self) -> None:
        """A call that was let in is over: the first that waits takes its place."""
        while self._queue:
            first = self._queue.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._in_flight -= 1

    def drain(self) -> None:
        """Let nobody in any more; those who wait are turned away."""
        self.draining = True
        for waiting in self._queue:
            if not waiting.done():
                waiting.set_exception(self._turned_away())
        self._queue.clear()

    async def _wait(self) -> None:
        if len(self._queue) >= self._rules.queue:
            raise self._turned_away()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(self._rules.queue_seconds):
                await turn
        except BaseException as left:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()  # its turn came when it had just given up
            elif turn in self._queue:
                self._queue.remove(turn)
            if isinstance(left, TimeoutError):
                raise self._turned_away() from None
            raise

    def _turned_away(self) -> OverloadedError:
        self._shed += 1
        why = "the gateway is stopping" if self.draining else "the gateway is busy; it was not asked of any provider"
        return OverloadedError(why, retry_after=RETRY_AFTER)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + WATCH_SECONDS
        self._watch = loop.call_later(WATCH_SECONDS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        # One late tick is forgotten by halves, so that a moment's lag turns away a moment's calls.
        self._lag = max(loop.time() - self._due, self._lag / 2 if self._lag > WATCH_SECONDS else 0.0)
        self._watch = None
        if self._in_flight or self._lag > WATCH_SECONDS:
            self._look_later(loop)

    def _out_of_memory(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._memory_at >= MEMORY_SECONDS:
            self._memory_at = now
            self._full = resident_bytes() > (self._rules.max_rss or 0)
        return self._full


def resident_bytes() -> int:
    """The memory that this process occupies; 0 where the system does not tell (it is no Linux)."""
    try:
        with open(_STATM, "rb") as told:
            pages = int(told.read().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
