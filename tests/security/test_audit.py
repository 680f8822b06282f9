"""Whatever is done to the trail of changes behind its back is found."""

import asyncio
from pathlib import Path

import pytest

from pontage.ledger.changes import Audit
from pontage.ledger.connection import connect
from pontage.ledger.sqlite import SQLiteStore
from pontage.security.audit import Trail, verify
from tests.ledger.test_sqlite import play

ROWS = 30
TAMPERINGS = {
    "another actor": "UPDATE audit SET actor = 'nobody' WHERE number = 7",
    "another time": "UPDATE audit SET at = at + 1 WHERE number = 30",
    "another detail": "UPDATE audit SET detail = '{}' WHERE number = 1",
    "another hash": "UPDATE audit SET hash = zeroblob(32) WHERE number = 12",
    "a row less": "DELETE FROM audit WHERE number = 15",
    "the first row less": "DELETE FROM audit WHERE number = 1",
    "renumbered": "DELETE FROM audit WHERE number = 15; UPDATE audit SET number = number - 1 WHERE number > 15",
    "exchanged": "UPDATE audit SET number = 99 WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 4;"
    "UPDATE audit SET number = 4 WHERE number = 99",
    "a row more": "INSERT INTO audit SELECT 31, at, actor, action, subject, detail, hash FROM audit WHERE number = 30",
}


def written(path: Path) -> Trail:
    found: list[Trail] = []

    async def scene(store: SQLiteStore) -> None:
        for number in range(1, ROWS + 1):
            told = {"n": number}
            await store.apply(Audit(at=number, actor="cli", action="key.create", subject=f"k{number}", detail=told))
        found.append(await verify(store))

    play(path / "ledger.db", scene)
    return found[0]


def verified(path: Path, expected: str | None = None) -> Trail:
    async def look() -> Trail:
        store = SQLiteStore(path / "ledger.db")
        try:
            return await verify(store, expected)
        finally:
            await store.aclose()

    return asyncio.run(look())


def test_a_trail_that_nobody_touched_is_whole(tmp_path: Path) -> None:
    trail = written(tmp_path)
    assert (trail.rows, trail.fault) == (ROWS, None)
    assert verified(tmp_path, trail.head) == trail


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found(tampering: str, tmp_path: Path) -> None:
    written(tmp_path)
    meddling = connect(tmp_path / "ledger.db")
    meddling.execute(TAMPERINGS[tampering])
    meddling.close()
    assert verified(tmp_path).fault is not None


def test_a_trail_whose_end_was_cut_off_is_found_by_its_head(tmp_path: Path, figures) -> None:
    trail = written(tmp_path)
    meddling = connect(tmp_path / "ledger.db")
    meddling.execute("DELETE FROM audit WHERE number > 20")
    meddling.close()
    assert verified(tmp_path).fault is None  # by itself it cannot tell
    assert "at its end are missing" in str(verified(tmp_path, trail.head).fault)
    figures("ways of tampering with the audit trail, all found", len(TAMPERINGS) + 1)


def test_an_empty_trail_is_whole(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        assert await verify(store) == Trail(0, "00" * 32, None)

    play(tmp_path / "ledger.db", scene)
