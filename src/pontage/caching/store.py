"""Where kept answers are: what a store promises, and the one in memory. Floor 7.

Whose answer it is comes first in every question, so that no tenant ever meets another's. Times are Unix seconds.
"""

from __future__ import annotations

from typing import Protocol

from pontage.caching.bounded import Bounded


class Store(Protocol):
    """Keeps bytes for a while. It may forget at any time, and never fails: what it cannot do is as if forgotten."""

    async def get(self, tenant: str, key: bytes, now: float) -> bytes | None:
        """What is kept for `tenant` under `key`."""
        ...

    async def put(self, tenant: str, key: bytes, value: bytes, now: float, ttl: float) -> None:
        """Keep `value` for `ttl` seconds, instead of what was there."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds open."""
        ...


class MemoryStore:
    """See `Store`. Bounded in entries and bytes; what was asked for longest ago goes first."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._kept: Bounded[tuple[str, bytes], bytes] = Bounded(most, most_bytes)

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, tenant: str, key: bytes, now: float) -> bytes | None:
        """See `Store`."""
        return self._kept.get((tenant, key), now)

    async def put(self, tenant: str, key: bytes, value: bytes, now: float, ttl: float) -> None:
        """See `Store`."""
        self._kept.put((tenant, key), value, len(value) + len(key) + len(tenant), now + ttl)

    async def aclose(self) -> None:
        """There is nothing open."""
