"""The retry budget of one provider: retries stay a small share of what is asked of it. Floor 6; no clock of its own.

When a provider is down, every request fails and would be repeated: that is how an outage doubles its own load. Within
the budget a stumble is still mended unseen.
"""

from __future__ import annotations

from typing import Final

from pontage.router.window import Window

SECONDS: Final = 10
SHARE: Final = 0.2
"""Retries for each request of the last `SECONDS`."""
ALWAYS: Final = 3
"""Retries within `SECONDS` that are granted however few the requests are."""


class RetryBudget:
    """Counts requests and grants retries, by times in seconds on a clock that never goes back."""

    __slots__ = ("_requests", "_retries")

    def __init__(self) -> None:
        self._requests = Window(SECONDS)
        self._retries = Window(SECONDS)

    def requested(self, now: float) -> None:
        """A request begins: its first attempt, not a retry."""
        self._requests.add(now)

    def left(self, now: float) -> int:
        """How many retries would be granted now."""
        self._requests.forget(now)
        self._retries.forget(now)
        return max(0, int(self._requests.events * SHARE) + ALWAYS - self._retries.events)

    def spend(self, now: float) -> bool:
        """Whether one more retry is granted; if so it is counted."""
        granted = self.left(now) > 0
        if granted:
            self._retries.add(now)
        return granted
