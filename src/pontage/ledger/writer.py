"""The one thread that writes to the ledger. Floor 6.

Work waits in a queue; the thread takes all there is, does it in one transaction and tells everybody at once, so that
a hundred requests share one commit, and the event loop never waits for a disk. A piece of work that fails is undone by
itself. When the disk is full, read-only or locked, work that may be refused is refused, and work that tells of what has
happened is kept and tried again until it is written.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Literal, NamedTuple

from pontage.errors import LedgerUnavailableError
from pontage.ledger.connection import TROUBLE, Connection

log = logging.getLogger("pontage.ledger")

MOST: Final = 512
"""Pieces of work in one transaction."""
SYNC_SECONDS: Final = 1.0
"""How much of the last writing a power cut may take, unless the durability is strict."""
RETRY_SECONDS: Final = 0.25

Durability = Literal["normal", "strict"]
Work = Callable[[Connection], int]


class Job(NamedTuple):
    """A piece of work, whether it must not be lost, and who waits for it."""

    work: Work
    lasting: bool
    waiting: asyncio.Future[int]


class Writer:
    """Writes through `connection`, which is nobody else's from now on."""

    def __init__(self, connection: Connection, durability: Durability) -> None:
        self._connection = connection
        self._strict = durability == "strict"
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._kept: list[Job] = []
        self._unsynced_since: float | None = None
        self._closed = self._ending = False
        connection.pragma("synchronous", "FULL" if self._strict else "NORMAL")
        self._thread = threading.Thread(target=self._run, name="pontage-ledger", daemon=True)
        self._thread.start()

    def submit(self, work: Work, *, lasting: bool = False) -> asyncio.Future[int]:
        """Have `work` done in a transaction, in the order of the calls; `lasting`: it is tried until it succeeds.

        The future raises LedgerUnavailableError when the books cannot be written, or what `work` raised.
        """
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self._closed:
            raise LedgerUnavailableError("the ledger is closed")
        self._queue.put(Job(work, lasting, waiting))
        return waiting

    def close(self) -> None:
        """Write what was submitted, make it safe, and end. Blocks; what cannot be written now is given up."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while not self._ending:
            jobs = self._gather()
            if jobs:
                self._write(jobs)
            self._sync()
        for job in self._kept:
            _tell([(job, LedgerUnavailableError("the ledger was closed before it could be written"))])
        self._connection.close()

    def _gather(self) -> list[Job]:
        """What is kept and what is waiting; waits for the first piece where there is none."""
        jobs = self._kept
        self._kept = []
        try:
            first = self._queue.get(timeout=self._patience(bool(jobs)))
            while True:
                if first is None:
                    self._ending = True
                    return jobs
                jobs.append(first)
                if len(jobs) >= MOST:
                    return jobs
                first = self._queue.get_nowait()
        except queue.Empty:
            return jobs

    def _patience(self, kept: bool) -> float | None:
        if kept:
            return RETRY_SECONDS
        return None if self._unsynced_since is None else max(0.0, self._unsynced_since + SYNC_SECONDS - monotonic())

    def _write(self, jobs: list[Job]) -> None:
        done: list[tuple[Job, int | Exception]] = []
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                done.append((job, self._attempt(job.work)))
            connection.execute("COMMIT")
        except TROUBLE as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._postpone(jobs, error)
            return
        if self._unsynced_since is None and not self._strict:
            self._unsynced_since = monotonic()
        _tell(done)

    def _attempt(self, work: Work) -> int | Exception:
        """The result of one piece of work, undone by itself where it fails. Raises only what is of `TROUBLE`."""
        self._connection.execute("SAVEPOINT work")
        try:
            result = work(self._connection)
        except TROUBLE:
            raise
        except Exception as error:  # it is told to whoever asked for it
            self._connection.execute("ROLLBACK TO work")
            return error
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE work")
        return result

    def _postpone(self, jobs: list[Job], error: Exception) -> None:
        self._kept = [job for job in jobs if job.lasting]
        log.error("the ledger cannot be written (%s); %d records are kept until it can", error, len(self._kept))
        refusal = "the ledger cannot be written, so nothing is sent that could not be booked"
        _tell([(job, LedgerUnavailableError(refusal, retry_after=1)) for job in jobs if not job.lasting])

    def _sync(self) -> None:
        """Once in `SYNC_SECONDS`, and at the end: what was written goes to the disk itself."""
        since = self._unsynced_since
        if since is None or (monotonic() - since < SYNC_SECONDS and not self._ending):
            return
        self._unsynced_since = None
        try:
            # SQLite holds no lock on this file, so that closing it again loses none.
            descriptor = os.open(self._connection.filename_wal, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.error("the ledger cannot be made safe: %s", error)


def _tell(done: list[tuple[Job, int | Exception]]) -> None:
    """Wake those who wait: once for each event loop, however many there are."""
    loops = {job.waiting.get_loop() for job, _ in done}
    for loop in loops:
        told = [(job.waiting, result) for job, result in done if job.waiting.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_resolve, told)
        except RuntimeError:  # that loop is closed: nobody waits any more
            log.debug("nobody waits for %d answers of the ledger", len(told))


def _resolve(told: list[tuple[asyncio.Future[int], int | Exception]]) -> None:
    for waiting, result in told:
        if waiting.done():  # whoever waited has been cancelled
            continue
        if isinstance(result, Exception):
            waiting.set_exception(result)
        else:
            waiting.set_result(result)
