"""What was acknowledged is there after the process was killed, once, and the sums are right."""

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from pontage.ledger.changes import Recover
from pontage.ledger.sqlite import SQLiteStore
from tests.ledger.test_sqlite import play

ROOT = Path(__file__).parents[2]
KILLS = 8


def killed(path: Path, run: str, seconds: float) -> dict[str, str]:
    """What a scribe was told about each of its records before it was killed, `seconds` after it began to write."""
    command = [sys.executable, "-m", "tests.ledger.scribe", str(path), run]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        lines = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    return dict(line.split() for line in lines)


def test_a_kill_loses_nothing_that_was_acknowledged_and_doubles_nothing(tmp_path: Path, figures) -> None:
    path, chance = tmp_path / "ledger.db", random.Random(os.environ.get("CRASH_SEED", "7"))
    acknowledged: dict[str, str] = {}
    for run in range(KILLS):
        acknowledged |= killed(path, f"run{run}", chance.uniform(0.0, 0.3))
    assert len(acknowledged) > KILLS
    lost: list[str] = []
    unreconciled = 0

    async def compare(store: SQLiteStore) -> None:
        nonlocal unreconciled
        await store.apply(Recover(1))
        assert await store.faults() == []
        for name, told in acknowledged.items():
            found = await store.request(name)
            assert len(found) <= 1
            end = found[0].end if found else None
            if end is None or (told == "settled" and (end.cost, found[0].unreconciled) != (7, False)):
                lost.append(name)
            unreconciled += bool(found and found[0].unreconciled)
        (counter,) = await store.counters()
        assert counter.held == 0

    play(path, compare)
    figures("kills of a writing process", KILLS)
    figures("acknowledged records after kills", len(acknowledged))
    figures("acknowledged records lost", len(lost))
    figures("holds found open and settled in full", unreconciled)
    assert lost == []


def test_a_store_is_recovered_by_whoever_starts_next(tmp_path: Path) -> None:
    killed(tmp_path / "ledger.db", "run", 0.05)

    async def scene(store: SQLiteStore) -> None:
        assert await store.apply(Recover(1)) <= 8
        assert await store.apply(Recover(1)) == 0

    play(tmp_path / "ledger.db", scene, keeper=True)
    assert asyncio.run(_faults(tmp_path / "ledger.db")) == []


async def _faults(path: Path) -> list[str]:
    store = SQLiteStore(path)
    try:
        return await store.faults()
    finally:
        await store.aclose()
