"""The books in one SQLite file. Floor 6; the promise is `store.Store`.

One connection writes, on a thread of its own; another reads, beside it, as the write-ahead log allows.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from pontage.errors import ConfigError
from pontage.ledger import holds, trust
from pontage.ledger.changes import (
    LASTING,
    Audit,
    Change,
    Checkpoint,
    Expire,
    Finish,
    Purge,
    Recover,
    RemoveSecret,
    Reserve,
    SaveKey,
    SaveSecret,
    Settle,
    TouchKey,
    Void,
)
from pontage.ledger.connection import Connection, connect, copy
from pontage.ledger.migrations import migrate
from pontage.ledger.reader import Keeping, Reader
from pontage.ledger.reading import attempts_in, attempts_of, faults_of
from pontage.ledger.records import Booked, Counter
from pontage.ledger.store import AuditRow, KeyRow, Page
from pontage.ledger.usage import UsageQuery, UsageRow, row_of, statement
from pontage.ledger.writer import Durability, Writer

_DOING: Final[Mapping[type[Change], Callable[[Connection, Any], int]]] = {
    Reserve: holds.reserve,
    Checkpoint: holds.checkpoint,
    Settle: holds.settle,
    Void: holds.void,
    Finish: holds.finish,
    Recover: holds.recover,
    Expire: holds.expire,
    Purge: holds.purge,
    SaveKey: trust.save_key,
    TouchKey: trust.touch_key,
    SaveSecret: trust.save_secret,
    RemoveSecret: trust.remove_secret,
    Audit: trust.audit,
}


class SQLiteStore:
    """The books in the file at `path`, which is made when it is not there.

    `keeper`: this process serves, and is the only one that may: what another has left open is then nobody's. Raises
    ConfigError when the file cannot be used, or somebody else is its keeper.
    """

    def __init__(self, path: Path, durability: Durability = "normal", *, keeper: bool = False) -> None:
        self._keeping: Keeping | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._keeping = Keeping(path) if keeper else None
            _create(path)
            writing = connect(path)
            writing.pragma("journal_mode", "WAL")
            migrate(writing)
            self._reader = Reader(connect(path))
        except (apsw.Error, OSError, ConfigError) as error:
            if self._keeping is not None:
                self._keeping.release()
            if isinstance(error, ConfigError):
                raise
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise ConfigError(
                f"the ledger at {path} cannot be used: {reason}",
                hint="name another place with ledger.path, or keep no books with ledger.enabled: false",
            ) from None
        self._writer = Writer(writing, durability)

    def apply(self, *changes: Change) -> asyncio.Future[int]:
        """See `Store.apply`."""

        def work(connection: Connection) -> int:
            return sum(_DOING[type(change)](connection, change) for change in changes)

        return self._writer.submit(work, lasting=any(isinstance(change, LASTING) for change in changes))

    async def usage(self, query: UsageQuery) -> list[UsageRow]:
        """See `Store.usage`."""
        text, bound = statement(query)
        return await self._reader.read(
            lambda reading: [row_of(row, len(query.by)) for row in reading.execute(text, bound)]
        )

    async def attempts(self, page: Page) -> list[Booked]:
        """See `Store.attempts`."""
        return await self._reader.read(lambda reading: attempts_in(reading, page))

    async def request(self, number: str) -> list[Booked]:
        """See `Store.request`."""
        return await self._reader.read(lambda reading: attempts_of(reading, number))

    async def counters(self) -> list[Counter]:
        """See `Store.counters`."""
        text = "SELECT budget, subject, period, settled, held FROM counter ORDER BY budget, subject, period"
        names = Counter.__struct_fields__
        return await self._reader.read(
            lambda reading: [Counter(**dict(zip(names, row, strict=True))) for row in reading.execute(text)]
        )

    async def keys(self) -> list[KeyRow]:
        """See `Store.keys`."""
        text = "SELECT id, digest, record, used FROM key ORDER BY id"
        return await self._reader.read(lambda reading: [KeyRow(*row) for row in reading.execute(text)])

    async def secrets(self) -> dict[str, str]:
        """See `Store.secrets`."""
        text = "SELECT name, record FROM secret ORDER BY name"
        return await self._reader.read(
            lambda reading: {str(name): str(record) for name, record in reading.execute(text)}
        )

    async def audit(self, after: int = 0, most: int = 1000) -> Sequence[AuditRow]:
        """See `Store.audit`."""
        text = "SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT ?"
        return await self._reader.read(lambda reading: [AuditRow(*row) for row in reading.execute(text, (after, most))])

    async def revision(self) -> int:
        """See `Store.revision`: what SQLite counts for this connection whenever another one has written."""
        return await self._reader.read(lambda reading: int(reading.pragma("data_version")))

    async def faults(self) -> list[str]:
        """See `Store.faults`."""
        return await self._reader.read(faults_of)

    async def backup(self, path: Path) -> None:
        """See `Store.backup`. Raises FileExistsError rather than write over a file."""

        def copied(reading: Connection) -> None:
            _create(path, anew=True)
            copy(reading, path)

        await self._reader.read(copied)

    async def aclose(self) -> None:
        """See `Store.aclose`."""
        await asyncio.to_thread(self._writer.close)
        self._reader.close()
        if self._keeping is not None:
            self._keeping.release()


def _create(path: Path, *, anew: bool = False) -> None:
    """An empty file for its owner's eyes only. One that is there is not opened: closing it would take this process's
    locks off it. Raises FileExistsError where it has to be new."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if anew:
            raise
