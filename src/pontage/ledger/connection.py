"""A connection to an SQLite file, as far as the books use one. Floor 6.

SQLite comes with apsw and not from the system, whose version may lose data (its WAL-reset bug was mended in 3.51).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast

import apsw

Bound = Sequence[Any] | Mapping[str, Any]

BUSY_MILLISECONDS: Final = 1_000
"""How long another process may keep us from writing before that is told."""

TROUBLE: Final = (
    apsw.FullError, apsw.IOError, apsw.BusyError, apsw.LockedError, apsw.ReadOnlyError, apsw.CantOpenError,
    apsw.ProtocolError, apsw.NoMemError,
)  # fmt: skip
"""What is wrong with the disk or with those who share it, and not with the statement."""


class Rows(Protocol):
    """What a statement gives, row by row."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None after the last."""
        ...


class Connection(Protocol):
    """What of `apsw.Connection` is used here; apsw's own types are not complete."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    @property
    def filename_wal(self) -> str:
        """The path of the write-ahead log."""
        ...

    def execute(self, statements: str, bindings: Bound | None = None, /) -> Rows:
        """Run one or more statements; text, numbers and bytes are bound, never written into them."""
        ...

    def pragma(self, name: str, value: Any = None, /) -> Any:
        """Read a pragma, or set it."""
        ...

    def changes(self) -> int:
        """How many rows the last statement changed."""
        ...

    def close(self) -> None:
        """Close it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> bool | None: ...


def connect(path: Path) -> Connection:
    """Open the file at `path`, which is there already. Raises apsw.Error."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    return cast(Connection, connection)


def copy(connection: Connection, path: Path) -> None:
    """Copy the whole database into the new file at `path`, while others use it."""
    copied = apsw.Connection(str(path))
    with copied.backup("main", cast(apsw.Connection, connection), "main") as copying:
        while not copying.done:
            copying.step(256)  # pages; others may write between two steps
    copied.close()
