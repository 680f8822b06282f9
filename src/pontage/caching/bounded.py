"""A mapping that forgets: what is too old, and what was asked for longest ago when there is too much. Floor 7; the time
is always given."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Entry(NamedTuple, Generic[V]):
    value: V
    size: int
    until: float


class Bounded(Generic[K, V]):
    """At most `most` entries of together at most `most_bytes`; sizes are the caller's own count."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def items(self, now: float) -> list[tuple[K, V]]:
        """What is kept and not too old; looking at it all is no asking for it."""
        return [(key, entry.value) for key, entry in self._entries.items() if entry.until > now]

    def get(self, key: K, now: float) -> V | None:
        """What is kept under `key`, unless it is too old."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until <= now:
            self.drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: K, value: V, size: int, until: float) -> None:
        """Keep `value` until then; what is larger than everything together may be is not kept."""
        self.drop(key)
        if size > self._most_bytes:
            return
        self._entries[key] = _Entry(value, size, until)
        self.size += size
        while len(self._entries) > self._most or self.size > self._most_bytes:
            self.drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Forget it."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry.size
