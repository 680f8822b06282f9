"""The connection that reads the ledger, and the lock of the process that keeps it. Floor 6."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pontage.errors import ConfigError, LedgerUnavailableError
from pontage.ledger.connection import TROUBLE, Connection

T = TypeVar("T")


class Reader:
    """Reads through `connection`, which is nobody else's from now on, in threads and one after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    async def read(self, reading: Callable[[Connection], T]) -> T:
        """What `reading` gives. Raises LedgerUnavailableError."""

        def read() -> T:
            with self._lock:
                return reading(self._connection)

        try:
            return await asyncio.to_thread(read)
        except TROUBLE as error:
            raise LedgerUnavailableError(f"the ledger cannot be read: {error}", retry_after=1) from None

    def close(self) -> None:
        """Close the connection after whoever is reading."""
        with self._lock:
            self._connection.close()


class Keeping:
    """The lock of the one process that keeps the books at `path`, until it ends, however it ends. Raises ConfigError
    when another one holds it."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise ConfigError(
                f"another gateway keeps the ledger at {path}", hint="give this one a ledger.path of its own"
            ) from None

    def release(self) -> None:
        """Let another process keep them; safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
