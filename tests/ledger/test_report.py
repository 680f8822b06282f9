"""What the books tell: other prices, what caches saved, and copies for spreadsheets and programs."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from pontage.catalog import Catalog, Money
from pontage.cost import CostCalculator
from pontage.domain.chat import TokenUsage
from pontage.ledger.export import COLUMNS, Form, export
from pontage.ledger.records import BUCKETS
from pontage.ledger.report import cache_savings, what_if
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.store import Page
from pontage.ledger.usage import UsageQuery
from tests.ledger.rows import DAY, finish, reserve, settle, usage, void
from tests.ledger.test_sqlite import play

PRICES = {
    "acme/small": {"input": 1.0, "output": 2.0, "cache_read": 0.1, "cache_write": 1.25},
    "other/large": {"input": 10.0, "output": 20.0},
}
CALCULATOR = CostCalculator(Catalog.load(), PRICES)
EVERYTHING = UsageQuery()


def booked(path: Path, look: Callable[[SQLiteStore], Awaitable[None]]) -> None:
    async def scene(store: SQLiteStore) -> None:
        await store.apply(reserve("a", key="k1", tags=("x",), began=DAY))
        used = usage(1_000, 500, cache_read=2_000)
        await store.apply(settle("a", 2_200_000, usage=used), finish("a"))
        await store.apply(reserve("b", began=DAY))
        await store.apply(settle("b", 500_000, usage=usage(100, 200)), finish("b"))
        await store.apply(reserve("silent", began=DAY))
        await store.apply(settle("silent", None), finish("silent"))
        await store.apply(reserve("failed", began=DAY), void("failed"), finish("failed", 503))
        await store.apply(reserve("strange", began=DAY, provider="nobody", model="=1+1", tags=("-x",)))
        await store.apply(
            settle("strange", 1, usage=usage(1, 1, cache_read=5)), finish("strange", notes=("dropped:seed",))
        )
        await look(store)

    play(path / "ledger.db", scene)


def test_what_it_would_have_cost_elsewhere(tmp_path: Path) -> None:
    async def look(store: SQLiteStore) -> None:
        told = await what_if(store, CALCULATOR, EVERYTHING, "other/large")
        assert (told.counted, told.uncounted) == (3, 1)
        assert told.actual == Money(2_700_001)
        assert told.instead == Money(3_100 * 10_000 + 700 * 20_000 + 6 * 10_000 + 20_000)
        of_key = await what_if(store, CALCULATOR, UsageQuery(key="k1", tag="x"), "other/large")
        assert of_key.counted == 1
        unknown = await what_if(store, CALCULATOR, EVERYTHING, "other/unheard-of")
        assert (unknown.counted, unknown.uncounted, unknown.instead) == (0, 4, Money())

    booked(tmp_path, look)


def test_what_caches_saved(tmp_path: Path) -> None:
    async def look(store: SQLiteStore) -> None:
        told = await cache_savings(store, EVERYTHING, CALCULATOR)
        assert told.read_tokens == 2_000
        assert (told.paid, told.uncached, told.saved) == (Money(200_000), Money(2_000_000), Money(1_800_000))
        assert told.uncounted == 1

    booked(tmp_path, look)


def copied(store: SQLiteStore, form: Form) -> Awaitable[str]:
    async def gather() -> str:
        return "".join([piece async for piece in export(store, form, Page(most=2))])

    return asyncio.ensure_future(gather())


def test_the_books_as_a_table_and_as_lines(tmp_path: Path) -> None:
    async def look(store: SQLiteStore) -> None:
        table = list(csv.DictReader(io.StringIO(await copied(store, "csv"))))
        lines = [json.loads(line) for line in (await copied(store, "json")).splitlines()]
        assert [row["request"] for row in table] == [line["request"] for line in lines]
        assert len(table) == 5
        by_name = {line["request"]: line for line in lines}
        assert tuple(table[0]) == COLUMNS == tuple(lines[0])
        told = by_name["a"]
        assert (told["cost_usd"], told["cache_read"], told["key"], told["tags"]) == ("0.0022", 2_000, "k1", ["x"])
        assert told["began"] == "1970-01-02T00:00:00.000000+00:00"
        assert by_name["silent"]["cost_usd"] is None
        assert (by_name["failed"]["state"], by_name["failed"]["outcome"]) == ("voided", "503")
        odd = next(row for row in table if row["request"] == "strange")
        assert (odd["model"], odd["notes"]) == ("'=1+1", '["dropped:seed"]')  # no formula to whoever opens it

    booked(tmp_path, look)


def test_every_bucket_of_a_usage_has_its_column(tmp_path: Path) -> None:
    async def scene(store: SQLiteStore) -> None:
        full = TokenUsage(**{name: number for number, name in enumerate(BUCKETS, 1)})
        await store.apply(reserve("a"))
        await store.apply(settle("a", 1, usage=full))
        (found,) = await store.request("a")
        assert found.end is not None
        assert found.end.usage == full

    play(tmp_path / "ledger.db", scene)
