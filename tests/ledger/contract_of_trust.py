"""What every store promises of keys, secrets and the trail of who changed them; see `contract.py`."""

import asyncio

import pytest

from pontage.errors import BudgetExhaustedError
from pontage.ledger.changes import Audit, RemoveSecret, SaveKey, SaveSecret, TouchKey
from pontage.ledger.store import KeyRow, Store
from pontage.ledger.trust import START, chained
from tests.ledger.rows import USD, charge, reserve


def told(number: int) -> Audit:
    return Audit(at=number, actor="cli", action="key.create", subject=f"k{number}", detail={"b": number, "a": "ü"})


async def keys_are_kept_and_changed(store: Store) -> None:
    await store.apply(SaveKey("k1", b"one", "{}"), SaveKey("k2", b"two", "{}"))
    await store.apply(SaveKey("k1", b"uno", '{"name":"x"}'))
    assert await store.apply(TouchKey("k2", 5), TouchKey("k2", 3), TouchKey("k9", 1)) == 2
    assert await store.keys() == [KeyRow("k1", b"uno", '{"name":"x"}', None), KeyRow("k2", b"two", "{}", 5)]


async def secrets_are_kept_and_forgotten(store: Store) -> None:
    await store.apply(SaveSecret("a", "1"), SaveSecret("b", "2"), SaveSecret("a", "3"))
    assert await store.secrets() == {"a": "3", "b": "2"}
    assert [await store.apply(RemoveSecret("a")), await store.apply(RemoveSecret("a"))] == [1, 0]
    assert await store.secrets() == {"b": "2"}


async def a_change_and_its_trace_are_one(store: Store) -> None:
    await store.apply(SaveKey("k1", b"one", "{}"), told(1))
    with pytest.raises(BudgetExhaustedError):
        await store.apply(told(2), reserve("a", charge(amount=9 * USD)))
    assert [row.subject for row in await store.audit()] == ["k1"]


async def the_trail_is_a_chain(store: Store) -> None:
    await asyncio.gather(*(store.apply(told(number)) for number in range(20)))
    rows = [*await store.audit(most=7), *await store.audit(after=7)]
    assert [row.number for row in rows] == list(range(1, 21))
    before = START
    for row in rows:
        assert row.hash == chained(before, row)
        before = row.hash


CONTRACT = [
    keys_are_kept_and_changed,
    secrets_are_kept_and_forgotten,
    a_change_and_its_trace_are_one,
    the_trail_is_a_chain,
]
