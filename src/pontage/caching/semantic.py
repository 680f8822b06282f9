"""Questions that mean the same: vectors of what was asked, and the nearest of them. Floor 7; pure: no clock.

Everything but the last words of a conversation must be equal, and of the same tenant: only these are compared by
meaning.
"""

from __future__ import annotations

from math import sqrt
from operator import mul
from typing import Protocol

from pontage.caching.bounded import Bounded

Vector = tuple[float, ...]
Scope = tuple[str, bytes]
"""The tenant, and the key of everything but the words that are compared."""


class Index(Protocol):
    """Finds the request whose answer fits. Another implementation may ask a database of vectors."""

    def nearest(self, scope: Scope, vector: Vector, threshold: float, now: float) -> bytes | None:
        """The key of the nearest request within `scope`, if its cosine with `vector` is `threshold` or more."""
        ...

    def add(self, scope: Scope, vector: Vector, key: bytes, until: float) -> None:
        """Let the request of `key` be found by `vector` until then."""
        ...


class MemoryIndex:
    """See `Index`. Compares with each of the newest `candidates` requests of a scope, in this process."""

    def __init__(self, scopes: int, candidates: int) -> None:
        self._scopes: Bounded[Scope, Bounded[bytes, Vector]] = Bounded(scopes, scopes)
        self._candidates = candidates

    def nearest(self, scope: Scope, vector: Vector, threshold: float, now: float) -> bytes | None:
        """See `Index`."""
        known = self._scopes.get(scope, now)
        wanted = normal(vector)
        if known is None or wanted is None:
            return None
        best, found = threshold, None
        for key, other in known.items(now):
            if len(other) == len(wanted) and (near := sum(map(mul, other, wanted))) >= best:
                best, found = near, key
        return found

    def add(self, scope: Scope, vector: Vector, key: bytes, until: float) -> None:
        """See `Index`."""
        known = self._scopes.get(scope, 0.0)
        if known is None:
            known = Bounded[bytes, Vector](self._candidates, self._candidates)
        wanted = normal(vector)
        if wanted is not None:
            known.put(key, wanted, 1, until)
            self._scopes.put(scope, known, 1, float("inf"))


def normal(vector: Vector) -> Vector | None:
    """`vector` at length 1; None when it has no direction."""
    length = sqrt(sum(map(mul, vector, vector)))
    return tuple(number / length for number in vector) if length > 0 else None
