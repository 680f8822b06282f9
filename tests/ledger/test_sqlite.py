"""The SQLite store keeps the promise of every store, and what is its own: one keeper, copies, steps of its schema."""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pontage.errors import ConfigError, LedgerUnavailableError
from pontage.ledger.changes import SaveKey
from pontage.ledger.connection import connect
from pontage.ledger.migrations import migrate, steps
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.store import Page, Store
from tests.ledger import contract, contract_of_trust
from tests.ledger.rows import USD, charge, finish, reserve, settle

Scene = Callable[[Store], Awaitable[None]]


def play(path: Path, scene: Callable[[SQLiteStore], Awaitable[None]], *, keeper: bool = False) -> None:
    """`scene` on the store at `path`, closed in the end."""

    async def run() -> None:
        store = SQLiteStore(path, keeper=keeper)
        try:
            await scene(store)
        finally:
            await store.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("scene", [*contract.CONTRACT, *contract_of_trust.CONTRACT], ids=lambda scene: scene.__name__)
def test_the_promise_of_every_store(scene: Scene, tmp_path: Path) -> None:
    play(tmp_path / "ledger.db", scene)


def test_a_race_for_a_budget_in_figures(tmp_path: Path, figures) -> None:
    async def scene(store: SQLiteStore) -> None:
        await contract.a_thousand_at_once_take_what_is_there_and_not_a_nano_more(store)
        open_holds = [each for each in await store.attempts(Page()) if each.state == "reserved"]
        (counter,) = await store.counters()
        figures("of 1,000 reservations of $0.10 at once against $5.00, admitted", len(open_holds))
        figures("budget overshoot", counter.held + counter.settled - 5 * USD, "nano-USD")

    play(tmp_path / "ledger.db", scene)


@pytest.mark.parametrize("durability", ["normal", "strict"])
def test_what_is_written_is_there_after_closing(durability: str, tmp_path: Path) -> None:
    async def write() -> None:
        store = SQLiteStore(tmp_path / "new" / "ledger.db", durability)  # type: ignore[arg-type]
        waiting = [store.apply(reserve(f"r{number}", charge(amount=1))) for number in range(600)]
        await store.aclose()
        assert await asyncio.gather(*waiting) == [1] * 600

    asyncio.run(write())

    async def read(store: SQLiteStore) -> None:
        assert sum(each.held for each in await store.counters()) == 600

    play(tmp_path / "new" / "ledger.db", read)
    assert stat.S_IMODE(os.stat(tmp_path / "new" / "ledger.db").st_mode) == 0o600


def test_the_last_second_is_made_safe_while_nothing_comes(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        await store.apply(reserve("a"))
        await asyncio.sleep(1.2)
        await store.apply(settle("a", 1))
        assert (await store.request("a"))[0].state == "settled"

    play(tmp_path / "ledger.db", scene)


def test_there_is_one_keeper(tmp_path: Path) -> None:
    async def scene(_: SQLiteStore) -> None:
        with pytest.raises(ConfigError, match="another gateway keeps the ledger"):
            SQLiteStore(tmp_path / "ledger.db", keeper=True)
        await SQLiteStore(tmp_path / "ledger.db").aclose()  # others may look, and change keys

    play(tmp_path / "ledger.db", scene, keeper=True)
    play(tmp_path / "ledger.db", contract.a_hold_is_settled_exactly_once, keeper=True)


@pytest.mark.parametrize("kind", ["a folder", "not a database", "below a file"])
def test_a_file_that_cannot_be_the_ledger_is_told(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    if kind == "a folder":
        path.mkdir()
    else:
        path.write_text("these are no books, " * 1000)
    with pytest.raises(ConfigError, match="cannot be used"):
        SQLiteStore(path / "below.db" if kind == "below a file" else path, keeper=kind != "a folder")


def test_a_copy_is_taken_while_others_write(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        async def write(number: int) -> None:
            await store.apply(reserve(f"r{number}", charge(amount=1)))
            await store.apply(settle(f"r{number}", 1), finish(f"r{number}"))

        for number in range(300):
            await write(number)
        writing = [asyncio.ensure_future(write(number)) for number in range(300, 600)]
        await store.backup(tmp_path / "copy.db")
        await asyncio.gather(*writing)
        with pytest.raises(FileExistsError):
            await store.backup(tmp_path / "copy.db")

    async def sound(store: SQLiteStore) -> None:
        assert await store.faults() == []
        (counter,) = await store.counters()
        assert counter.settled >= 300

    play(tmp_path / "ledger.db", scene)
    play(tmp_path / "copy.db", sound)


def test_what_another_process_writes_is_noticed(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        before = await store.revision()
        assert await store.revision() == before
        other = SQLiteStore(tmp_path / "ledger.db")
        await other.apply(SaveKey("k", b"digest", "{}"))
        await other.aclose()
        assert await store.revision() != before

    play(tmp_path / "ledger.db", scene)


def test_books_that_do_not_add_up_are_found(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        await store.apply(reserve("a", charge(amount=USD)))

    play(tmp_path / "ledger.db", scene)
    meddling = connect(tmp_path / "ledger.db")
    meddling.execute("UPDATE counter SET held = held - 1")
    meddling.close()

    async def look(store: SQLiteStore) -> None:
        (fault,) = await store.faults()
        assert fault.startswith("the counter team/")

    play(tmp_path / "ledger.db", look)


def test_steps_are_applied_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    connection = connect(path)
    assert migrate(connection, steps()[:1]) == 1
    assert migrate(connection) == len(steps()) - 1
    assert migrate(connection) == 0
    more = [*steps(), "CREATE TABLE later (id INTEGER) STRICT;"]
    assert migrate(connection, more) == 1
    with pytest.raises(ConfigError, match="newer version"):
        migrate(connection)
    with pytest.raises(ConfigError, match="step 1 of the ledger's schema"):
        migrate(connection, ["-- edited afterwards\n" + more[0], *more[1:]])
    with pytest.raises(Exception, match="syntax error"):
        migrate(connection, [*more, "CREATE TABLE half (id INTEGER); CREATE NONSENSE;"])
    assert list(connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'")) == []
    connection.close()


def test_work_after_closing_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        store = SQLiteStore(tmp_path / "ledger.db")
        await store.aclose()
        with pytest.raises(LedgerUnavailableError):
            await store.apply(reserve("a"))

    asyncio.run(scene())
