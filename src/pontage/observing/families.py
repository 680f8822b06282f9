"""Families of numbers, cheap to count on the way of every request: plain integers by labels. Floor 6.

A family holds at most `MOST_SERIES` combinations of labels; what comes after is counted together as `other`, so that no
caller can make it grow.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

MOST_SERIES: Final = 4096
OTHER: Final = "other"
"""Stands for names that are not told apart."""

Labels = tuple[str, ...]


class Counter:
    """What only grows. `scale`: what one of the integers inside is in the unit that the name says."""

    __slots__ = ("_values", "labels", "meaning", "name", "scale")

    def __init__(self, name: str, meaning: str, labels: Labels, *, scale: float = 1.0) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self.scale = scale
        self._values: dict[Labels, int] = {}

    def add(self, labels: Labels, amount: int = 1) -> None:
        """Count `amount` more, which is not negative."""
        values = self._values
        known = values.get(labels)
        if known is None and len(values) >= MOST_SERIES:
            labels = (OTHER,) * len(self.labels)
            known = values.get(labels)
        values[labels] = amount + (known or 0)

    def reach(self, labels: Labels, total: int) -> None:
        """It has grown to `total`: somebody else counts."""
        self._values[labels] = total

    def series(self) -> list[tuple[Labels, float]]:
        """Every combination of labels with its value."""
        return [(labels, value * self.scale) for labels, value in self._values.items()]


class Histogram:
    """How often values fell below each of some bounds, and their sum."""

    __slots__ = ("_cells", "bounds", "labels", "meaning", "name")

    def __init__(self, name: str, meaning: str, labels: Labels, bounds: Sequence[float]) -> None:
        """`bounds`: ascending."""
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self.bounds = tuple(bounds)
        self._cells: dict[Labels, tuple[list[int], list[float]]] = {}  # how many up to each bound, and the sum

    def observe(self, labels: Labels, value: float) -> None:
        """One more value."""
        cell = self._cells.get(labels)
        if cell is None:
            if len(self._cells) >= MOST_SERIES:
                labels = (OTHER,) * len(self.labels)
            cell = self._cells.setdefault(labels, ([0] * (len(self.bounds) + 1), [0.0]))
        counts, total = cell
        counts[bisect_left(self.bounds, value)] += 1
        total[0] += value

    def series(self) -> list[tuple[Labels, list[tuple[str, int]], float]]:
        """Every combination of labels with its cumulative counts (the last one of all, `+Inf`) and its sum."""
        names = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        told: list[tuple[Labels, list[tuple[str, int]], float]] = []
        for labels, (counts, total) in self._cells.items():
            seen, cumulative = 0, list[tuple[str, int]]()
            for name, count in zip(names, counts, strict=True):
                seen += count
                cumulative.append((name, seen))
            told.append((labels, cumulative, total[0]))
        return told


class Gauge:
    """What goes up and down: read when somebody looks, and not kept."""

    __slots__ = ("_values", "labels", "meaning", "name")

    def __init__(self, name: str, meaning: str, labels: Labels = ()) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self._values: dict[Labels, float] = {}

    def set(self, value: float, labels: Labels = ()) -> None:
        """What it is now."""
        if labels in self._values or len(self._values) < MOST_SERIES:
            self._values[labels] = value

    def clear(self) -> None:
        """Forget what it was."""
        self._values.clear()

    def series(self) -> list[tuple[Labels, float]]:
        """Every combination of labels with its value."""
        return list(self._values.items())


Family = Counter | Histogram | Gauge
