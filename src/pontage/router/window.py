"""How much happened lately: two counts over the last so many seconds. Floor 6; no clock of its own."""

from __future__ import annotations

from collections import deque


class Window:
    """Counts of events, and of the marked ones among them, over the last `seconds`.

    Time is counted in whole seconds, so that a window costs as little at a thousand events a second as at one. An event
    is forgotten when the clock has ticked `seconds` times since it was counted.
    """

    __slots__ = ("_seconds", "_slots", "events", "marked")

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._slots: deque[list[int]] = deque()  # [second, events, marked], ascending
        self.events = 0
        self.marked = 0

    def add(self, now: float, *, marked: bool = False) -> None:
        """Count an event. `now` in seconds, on any clock that never goes back."""
        self.forget(now)
        second = int(now)
        if not self._slots or self._slots[-1][0] != second:
            self._slots.append([second, 0, 0])
        slot = self._slots[-1]
        slot[1] += 1
        slot[2] += marked
        self.events += 1
        self.marked += marked

    def forget(self, now: float) -> None:
        """Let go of what is older than the window, so that `events` and `marked` are those of `now`."""
        oldest = int(now) - self._seconds
        while self._slots and self._slots[0][0] <= oldest:
            _, events, marked = self._slots.popleft()
            self.events -= events
            self.marked -= marked

    def clear(self) -> None:
        """Forget everything."""
        self._slots.clear()
        self.events = self.marked = 0
