"""A full disk, a read-only one, a lock that somebody holds: refusals, nothing lost, and well again soon after."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pontage.errors import LedgerUnavailableError
from pontage.ledger.connection import Connection, connect
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.writer import Writer
from tests.ledger.rows import charge, finish, reserve, settle
from tests.ledger.test_sqlite import play

ROOT = Path(__file__).parents[2]

FULL_DISK = """
import asyncio, resource, sys, time
from pathlib import Path
from pontage.errors import LedgerUnavailableError
from pontage.ledger.sqlite import SQLiteStore
from tests.ledger.rows import finish, reserve, settle

async def main():
    store = SQLiteStore(Path(sys.argv[1]), keeper=True)
    await store.apply(reserve("before"))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # whatever is written now fails
    settling = store.apply(settle("before", 7), finish("before"))
    refused = 0
    for number in range(3):
        try:
            await store.apply(reserve(f"during{number}"))
        except LedgerUnavailableError as error:
            refused += error.status == 503
    assert not settling.done()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    began = time.monotonic()
    assert await settling == 2
    await store.apply(reserve("after"))
    print(refused, time.monotonic() - began)
    assert await store.faults() == []
    await store.aclose()

asyncio.run(main())
"""


def test_a_full_disk_refuses_loses_nothing_and_passes(tmp_path: Path, figures) -> None:
    path = tmp_path / "ledger.db"
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, seconds = done.stdout.split()
    assert int(refused) == 3
    assert float(seconds) < 5
    figures("ledger well again after a full disk", float(seconds), "s")

    async def scene(store: SQLiteStore) -> None:
        (booked,) = await store.request("before")
        assert (booked.state, booked.status) == ("settled", 200)
        assert await store.request("during0") == []
        assert len(await store.request("after")) == 1

    play(path, scene)


def test_a_lock_that_somebody_holds_refuses_loses_nothing_and_passes(tmp_path: Path, figures) -> None:
    async def scene(store: SQLiteStore) -> None:
        await store.apply(reserve("before", charge()))
        other = connect(tmp_path / "ledger.db")
        other.execute("BEGIN IMMEDIATE")
        settling = store.apply(settle("before", 7), finish("before"))
        with pytest.raises(LedgerUnavailableError) as refusal:
            await store.apply(reserve("during"))
        assert (refusal.value.status, refusal.value.retry_after) == (503, 1)
        assert (await store.request("before"))[0].state == "reserved"  # who reads is not locked out
        other.execute("COMMIT")
        other.close()
        began = time.monotonic()
        assert await settling == 2
        seconds = time.monotonic() - began
        assert seconds < 5
        figures("ledger well again after a lock", seconds, "s")
        assert await store.faults() == []

    play(tmp_path / "ledger.db", scene)


def test_a_ledger_that_becomes_read_only_refuses_and_is_well_again(tmp_path: Path) -> None:
    def guarded(on: bool):
        def work(connection: Connection) -> int:
            connection.pragma("query_only", on)
            return 0

        return work

    def insert(connection: Connection) -> int:
        connection.execute("INSERT INTO note VALUES (1)")
        return 1

    async def scene() -> None:
        (tmp_path / "notes.db").touch()
        connection = connect(tmp_path / "notes.db")
        connection.execute("CREATE TABLE note (id INTEGER)")
        connection.pragma("journal_mode", "WAL")
        writer = Writer(connection, "strict")
        await writer.submit(guarded(True))
        kept = writer.submit(insert, lasting=True)
        with pytest.raises(LedgerUnavailableError):
            await writer.submit(insert)
        assert not kept.done()
        connection.pragma("query_only", False)
        assert await kept == 1
        # What can never be written is told when the ledger closes, not forgotten.
        await writer.submit(guarded(True))
        given_up = writer.submit(insert, lasting=True)
        await asyncio.to_thread(writer.close)
        with pytest.raises(LedgerUnavailableError, match="closed before it could be written"):
            await given_up

    asyncio.run(scene())


def test_work_that_fails_harms_no_other(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        good = [store.apply(reserve(f"r{number}")) for number in range(5)]
        bad = store.apply(reserve("r0"))  # there is one of that id already
        more = store.apply(reserve("r9"))
        assert await asyncio.gather(*good, more) == [1] * 6
        with pytest.raises(Exception, match="UNIQUE"):
            await bad

    play(tmp_path / "ledger.db", scene)


def test_who_stopped_waiting_is_not_told_and_the_work_is_done(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        waiting = asyncio.ensure_future(asyncio.wait_for(store.apply(reserve("a")), 60))
        await asyncio.sleep(0)
        waiting.cancel()
        await store.apply(reserve("b"))
        assert len(await store.request("a")) == 1

    play(tmp_path / "ledger.db", scene)
