"""A shelf of things by name: the newest are kept, as many and as heavy as it may hold. Floor 6."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things in the order they were put there; the oldest go first. `weight`: bytes of all of them, as told."""

    def __init__(self, most: int, heaviest: int) -> None:
        """`most` things, and `heaviest` bytes of them all."""
        self._most = most
        self._heaviest = heaviest
        self._things: dict[str, tuple[T, int]] = {}
        self.weight = 0

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, name: str) -> bool:
        return name in self._things

    def put(self, name: str, thing: T, weight: int) -> None:
        """Keep it as the newest, in place of another of its name. `weight` in bytes."""
        _, replaced = self._things.pop(name, (None, 0))
        self._things[name] = thing, weight
        self.weight += weight - replaced
        while self._things and (len(self._things) > self._most or self.weight > self._heaviest):
            _, lost = self._things.pop(next(iter(self._things)))
            self.weight -= lost

    def get(self, name: str) -> T | None:
        """The thing of that name, if it is still there."""
        kept = self._things.get(name)
        return kept[0] if kept is not None else None

    def newest(self, limit: int, before: str | None = None) -> list[T]:
        """At most `limit` things, the newest first; those older than the one named `before`, where it is still there.
        Where it is not, everything is newer, and there are none."""
        if before is not None and before not in self._things:
            return []
        names: Iterator[str] = reversed(self._things)
        if before is not None:
            names = islice(dropwhile(lambda name: name != before, names), 1, None)
        return [self._things[name][0] for name in islice(names, limit)]
