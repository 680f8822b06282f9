"""Kept answers in an SQLite file, which outlive the process and are shared by its workers. Floor 7.

One thread does all the work, so that the event loop never waits for a disk. A cache that fails is a cache that forgets:
what is wrong with the file is logged and never a caller's trouble. SQLite comes with apsw, not from the system.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import apsw

log = logging.getLogger("pontage.caching")

T = TypeVar("T")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS answers (
    tenant TEXT NOT NULL, key BLOB NOT NULL, until REAL NOT NULL, used REAL NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX IF NOT EXISTS answers_used ON answers (used);
CREATE INDEX IF NOT EXISTS answers_until ON answers (until);
"""
BUSY_MILLISECONDS: Final = 1_000
COUNT_AFTER: Final = 64
"""How many answers are written before it is looked whether there are too many."""
TRIM: Final = """
DELETE FROM answers WHERE rowid IN (
    SELECT rowid FROM (
        SELECT rowid, row_number() OVER newest AS place, sum(length(value)) OVER newest AS bytes
        FROM answers WINDOW newest AS (ORDER BY used DESC, rowid DESC)
    ) WHERE place > ? OR bytes > ?
)
"""


class Connection(Protocol):
    """What of `apsw.Connection` is used here; apsw's own types are not complete."""

    def execute(self, statements: str, bindings: Sequence[Any] | None = None, /) -> Rows:
        """Run one or more statements."""
        ...

    def pragma(self, name: str, value: str, /) -> Any:
        """Set a pragma."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class Rows(Protocol):
    """What a statement gives."""

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None after the last."""
        ...


class SQLiteStore:
    """See `Store`. The file is made when it is first needed; its folder too."""

    def __init__(self, path: Path, most: int, most_bytes: int) -> None:
        self._path = path
        self._most = most
        self._most_bytes = most_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pontage-cache")
        self._connection: Connection | None = None
        self._written = 0

    async def get(self, tenant: str, key: bytes, now: float) -> bytes | None:
        """See `Store`."""
        return await self._do(lambda: self._get(tenant, key, now))

    async def put(self, tenant: str, key: bytes, value: bytes, now: float, ttl: float) -> None:
        """See `Store`."""
        await self._do(lambda: self._put(tenant, key, value, now, now + ttl))

    async def aclose(self) -> None:
        """Close the file and end the thread."""
        await self._do(self._close)
        self._thread.shutdown()

    async def _do(self, work: Callable[[], T]) -> T | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (apsw.Error, OSError) as error:
            log.warning("the cache at %s cannot be used: %s", self._path, error)
            return None

    def _open(self) -> Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(0o600)  # answers are nobody else's business
            opened = apsw.Connection(str(self._path))
            opened.set_busy_timeout(BUSY_MILLISECONDS)
            connection = cast(Connection, opened)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "off")  # what a power cut takes is asked for again
            connection.execute(SCHEMA)
            self._connection = connection
        return self._connection

    def _get(self, tenant: str, key: bytes, now: float) -> bytes | None:
        connection = self._open()
        found = connection.execute(
            "UPDATE answers SET used = ? WHERE tenant = ? AND key = ? AND until > ? RETURNING value",
            (now, tenant, key, now),
        ).fetchone()
        return found[0] if found is not None else None

    def _put(self, tenant: str, key: bytes, value: bytes, now: float, until: float) -> None:
        if len(value) > self._most_bytes:
            return
        connection = self._open()
        connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (tenant, key, until, now, value))
        self._written += 1
        if self._written % COUNT_AFTER == 0 or self._most < COUNT_AFTER or self._most_bytes < COUNT_AFTER * len(value):
            connection.execute("DELETE FROM answers WHERE until <= ?", (now,))
            connection.execute(TRIM, (self._most, self._most_bytes))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
