"""Timers that cost next to nothing while nothing is late. Floor 2.

A loop timer per wait would be made and cancelled some hundred thousand times for each one that rings. So every
connection has one alarm, which stays armed from request to request and, when its time comes, looks whether it is
still meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pontage.errors import UpstreamTimeoutError
from pontage.transport.messages import Timeouts

_NEVER = float("inf")
_EARLY = 0.002  # seconds a loop may ring before the time, because its clock counts milliseconds

_MESSAGES = {
    "pool": "no connection became free in time",
    "connect": "no connection was made in time",
    "first_byte": "the answer did not begin in time",
    "idle": "the answer stalled",
    "total": "the request took longer than it may in all",
}


def timeout_error(phase: str) -> UpstreamTimeoutError:
    """The error for the timer named `phase`."""
    return UpstreamTimeoutError(_MESSAGES[phase], phase=phase)


class Patience:
    """The timers of one request: how long each phase may still take, all of them clipped by the whole."""

    __slots__ = ("_end", "timeouts")

    def __init__(self, timeouts: Timeouts, now: float, deadline: float | None) -> None:
        self.timeouts = timeouts
        self._end = now + timeouts.total
        if deadline is not None and deadline < self._end:
            self._end = deadline

    def until(self, phase: str, now: float, seconds: float) -> tuple[float, str]:
        """When a phase of `seconds` that begins `now` ends (loop time), and the name of the timer that ends it."""
        due = now + seconds
        return (due, phase) if due < self._end else (self._end, "total")


class Alarm:
    """Calls `ring` at the time set last, unless cleared before. Setting and clearing are cheap."""

    __slots__ = ("_armed_for", "_due", "_handle", "_loop", "_ring")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for = _NEVER
        self._due = _NEVER

    def set(self, due: float) -> None:
        """Ring at `due` (loop time)."""
        self._due = due
        if self._handle is None:
            self._arm()
        elif due < self._armed_for:
            self._handle.cancel()
            self._arm()

    def clear(self) -> None:
        """Do not ring. The loop's timer is left to run out, or to serve the next `set`."""
        self._due = _NEVER

    def cancel(self) -> None:
        """Do not ring, and leave no timer behind."""
        self._due = _NEVER
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        self._armed_for = self._due
        self._handle = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._handle = None
        if self._due - self._loop.time() <= _EARLY:
            self._due = _NEVER
            self._ring()
        elif self._due != _NEVER:
            self._arm()
