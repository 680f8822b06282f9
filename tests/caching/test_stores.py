"""Stores against a simple model: no tenant meets another's answer, nothing outlives its time, bounds hold."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.caching.bounded import Bounded
from pontage.caching.sqlite import SQLiteStore
from pontage.caching.store import MemoryStore, Store
from tests.conftest import Figures

TENANTS = st.sampled_from(["", "a", "b"])
KEYS = st.binary(min_size=1, max_size=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), TENANTS, KEYS, st.binary(max_size=4), st.floats(0.5, 20)),
        st.tuples(st.just("get"), TENANTS, KEYS),
        st.tuples(st.just("wait"), st.floats(0, 10)),
    ),
    max_size=40,
)


async def agrees(store: Store, steps: list[tuple]) -> int:
    """Do these steps; every answer is the one a dictionary gives. How many answers were found."""
    model: dict[tuple[str, bytes], tuple[bytes, float]] = {}
    now, found = 1_000.0, 0
    for step in steps:
        match step:
            case ("put", tenant, key, value, ttl):
                await store.put(tenant, key, value, now, ttl)
                model[tenant, key] = (value, now + ttl)
            case ("get", tenant, key):
                value, until = model.get((tenant, key), (None, 0.0))
                assert await store.get(tenant, key, now) == (value if until > now else None)
                found += value is not None and until > now
            case _:
                now += step[1]
    await store.aclose()
    return found


@given(STEPS)
def test_a_store_in_memory_is_a_dictionary_with_tenants_and_times(steps: list[tuple]) -> None:
    asyncio.run(agrees(MemoryStore(1_000, 1_000_000), steps))


@given(STEPS)
@settings(max_examples=25)
def test_so_is_one_in_sqlite(steps: list[tuple]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(agrees(SQLiteStore(Path(folder, "a", "cache"), 1_000, 1_000_000), steps))


@pytest.fixture(params=["memory", "sqlite"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int, int], Store]:
    def make(most: int, most_bytes: int) -> Store:
        if request.param == "memory":
            return MemoryStore(most, most_bytes)
        return SQLiteStore(tmp_path / "cache.sqlite", most, most_bytes)

    return make


def test_two_tenants_with_every_key_in_common_never_meet(made: Callable[[int, int], Store], figures: Figures) -> None:
    async def main() -> None:
        store = made(10_000, 10_000_000)
        keys = [number.to_bytes(2) for number in range(200)]
        for tenant in ("one", "two"):
            for key in keys:
                await store.put(tenant, key, tenant.encode() + key, 0, 100)
        for tenant in ("one", "two", "three"):
            for key in keys:
                expected = None if tenant == "three" else tenant.encode() + key
                assert await store.get(tenant, key, 1) == expected
        await store.aclose()
        figures("answers looked for under another tenant's key", 3 * len(keys))

    asyncio.run(main())


def test_the_least_recently_asked_for_goes_first(made: Callable[[int, int], Store]) -> None:
    async def main() -> None:
        store = made(3, 10_000)
        for number in range(3):
            await store.put("", bytes([number]), b"v", number, 100)
        assert await store.get("", b"\0", 10) == b"v"
        await store.put("", b"new", b"v", 11, 100)
        assert await store.get("", b"\1", 12) is None
        assert [await store.get("", key, 12) for key in (b"\0", b"\2", b"new")] == [b"v"] * 3
        await store.aclose()

    asyncio.run(main())


def test_bytes_are_bounded_and_what_is_too_large_is_not_kept(made: Callable[[int, int], Store]) -> None:
    async def main() -> None:
        store = made(100, 250)
        for number in range(10):
            await store.put("", bytes([number]), b"x" * 100, number, 100)
        kept = [number for number in range(10) if await store.get("", bytes([number]), 20) is not None]
        assert kept == [8, 9]
        await store.put("", b"large", b"x" * 300, 21, 100)
        assert await store.get("", b"large", 22) is None
        await store.aclose()

    asyncio.run(main())


def test_a_file_that_is_none_is_a_cache_that_forgets(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main(path: Path) -> None:
        store = SQLiteStore(path, 10, 1000)
        await store.put("", b"k", b"v", 0, 10)
        assert await store.get("", b"k", 1) is None
        await store.aclose()

    (tmp_path / "noise").write_bytes(b"this is no database" * 100)
    (tmp_path / "folder").mkdir()
    with caplog.at_level(logging.WARNING):
        asyncio.run(main(tmp_path / "noise"))
        asyncio.run(main(tmp_path / "folder"))
    assert "cannot be used" in caplog.text


def test_the_file_is_its_owners_alone_and_is_shared_by_processes(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"

    async def main() -> None:
        one, two = SQLiteStore(path, 100, 1000), SQLiteStore(path, 100, 1000)
        await one.put("", b"k", b"v", 0, 10)
        assert await two.get("", b"k", 1) == b"v"
        for store in (one, two):
            await store.aclose()

    asyncio.run(main())
    assert path.stat().st_mode & 0o077 == 0
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)


def test_a_bounded_mapping_counts_what_it_holds() -> None:
    kept: Bounded[str, int] = Bounded(10, 10)
    kept.put("a", 1, 4, 5.0)
    kept.put("a", 2, 6, 5.0)
    assert (len(kept), kept.size, kept.get("a", 1.0)) == (1, 6, 2)
    assert kept.items(5.0) == []
    assert kept.get("a", 5.0) is None
    assert (len(kept), kept.size) == (0, 0)
    kept.drop("a")
