"""A mean that forgets: what was seen a minute ago counts half of what is seen now. Floor 6; no clock of its own."""

from __future__ import annotations

from typing import Final

HALF_LIFE: Final = 60.0
"""Seconds after which an observation counts half."""


class Average:
    """A decaying mean of observations, and how much there is to it."""

    __slots__ = ("_at", "_total", "_weight")

    def __init__(self) -> None:
        self._total = 0.0
        self._weight = 0.0
        self._at = 0.0

    def add(self, value: float, now: float) -> None:
        """One more observation. `now` in seconds, on a clock that never goes back."""
        kept = self._kept(now)
        self._total = self._total * kept + value
        self._weight = self._weight * kept + 1
        self._at = now

    @property
    def mean(self) -> float | None:
        """The mean; None before the first observation."""
        return self._total / self._weight if self._weight else None

    def weight(self, now: float) -> float:
        """How many fresh observations it is worth: they fade, the mean does not."""
        return self._weight * self._kept(now)

    def _kept(self, now: float) -> float:
        return 0.5 ** ((now - self._at) / HALF_LIFE) if self._weight else 1.0
