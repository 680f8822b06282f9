"""Whether the trail of who changed what is whole. Floor 6; `ledger.trust` writes it."""

from __future__ import annotations

from msgspec import Struct

from pontage.ledger.store import Store
from pontage.ledger.trust import START, chained


class Trail(Struct, frozen=True):
    """What was found. `head` is the last hash: kept elsewhere, it also tells a trail whose end was cut off. `fault`:
    what is wrong with it, and where; None when nothing is."""

    rows: int
    head: str
    fault: str | None


async def verify(store: Store, expected: str | None = None) -> Trail:
    """Follow the chain from its first row. `expected`: a head that was told earlier and must be in it."""
    before, number, met = START, 0, expected in (None, START.hex())
    while rows := await store.audit(after=number):
        for row in rows:
            if row.number != number + 1:
                return Trail(number, before.hex(), f"row {number + 1} is missing")
            if row.hash != chained(before, row):
                return Trail(number, before.hex(), f"row {row.number} is not what was written, or not in its place")
            before, number = row.hash, row.number
            met = met or before.hex() == expected
    fault = None if met else "the head that was told earlier is not in it: rows at its end are missing, or all is new"
    return Trail(number, before.hex(), fault)
