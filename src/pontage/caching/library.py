"""The kept answers of all virtual models: looked for by the very request, then by what it means. Floor 7."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import time

import msgspec
from msgspec import Struct

from pontage.caching.kept import KeptAnswer
from pontage.caching.semantic import Index, Scope, Vector
from pontage.caching.store import Store
from pontage.config import CacheRule


class Wanted(Struct, kw_only=True):
    """One request whose answer is looked for, and may be kept. `words` are what is compared by meaning within `scope`,
    none where only the very same will do; `look`: whether a kept answer is wanted."""

    tenant: str
    route: str
    key: bytes
    rule: CacheRule
    look: bool = True
    words: str = ""
    scope: Scope | None = None
    vector: Vector | None = None


class Library:
    """Finds and keeps. `stores` by the word that rules have for them, `indexes` by virtual model; `vector` makes one of
    a text by a model, or None when it cannot; `clock` tells Unix seconds."""

    def __init__(
        self,
        stores: Mapping[str, Store],
        indexes: Mapping[str, Index],
        vector: Callable[[str, str], Awaitable[Vector | None]],
        answer_bytes: int,
        clock: Callable[[], float] = time,
    ) -> None:
        self._stores = stores
        self._indexes = indexes
        self._vector = vector
        self._answer_bytes = answer_bytes
        self._clock = clock

    async def find(self, wanted: Wanted) -> KeptAnswer | None:
        """The answer that is kept for this request."""
        if not wanted.look:
            return None
        now = self._clock()
        store = self._stores[wanted.rule.store]
        found = await store.get(wanted.tenant, wanted.key, now)
        if found is None and (near := await self._nearest(wanted, now)) is not None:
            found = await store.get(wanted.tenant, near, now)
        try:
            return KeptAnswer.from_json(found) if found is not None else None
        except msgspec.DecodeError:  # another version wrote it
            return None

    async def keep(self, wanted: Wanted, kept: KeptAnswer) -> None:
        """Keep the answer to this request, unless it is too large."""
        value = kept.to_json()
        if len(value) > self._answer_bytes:
            return
        now, ttl = self._clock(), wanted.rule.ttl
        await self._stores[wanted.rule.store].put(wanted.tenant, wanted.key, value, now, ttl)
        if wanted.scope is not None and (vector := await self._vector_of(wanted)) is not None:
            self._indexes[wanted.route].add(wanted.scope, vector, wanted.key, now + ttl)

    async def aclose(self) -> None:
        """Close the stores."""
        for store in self._stores.values():
            await store.aclose()

    async def _nearest(self, wanted: Wanted, now: float) -> bytes | None:
        vector = await self._vector_of(wanted)
        if wanted.scope is None or vector is None:
            return None
        return self._indexes[wanted.route].nearest(wanted.scope, vector, wanted.rule.threshold, now)

    async def _vector_of(self, wanted: Wanted) -> Vector | None:
        if wanted.vector is None and wanted.scope is not None and wanted.rule.embedding is not None:
            wanted.vector = await self._vector(wanted.rule.embedding, wanted.words)
        return wanted.vector
