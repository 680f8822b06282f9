"""Who keeps the books: what a store promises. Floor 6.

`tests/ledger/contract.py` is this promise as tests; every store passes the same ones.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from pontage.ledger.changes import Change
from pontage.ledger.records import Booked, Counter
from pontage.ledger.usage import UsageQuery, UsageRow


class KeyRow(Struct, frozen=True):
    """A virtual key as it is stored. `used`: when last, in microseconds."""

    id: str
    digest: bytes
    record: str
    used: int | None


class AuditRow(Struct, frozen=True):
    """Who did what to whom. `detail` is JSON; `hash` covers the row and the one before it."""

    number: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str
    hash: bytes


class Page(Struct, frozen=True, kw_only=True):
    """Which attempts to read: those that began in [since, until), newest first, after `after`, at most `most`."""

    since: int = 0
    until: int | None = None
    after: tuple[int, str, int] | None = None  # (began, request, number) of the last one read
    most: int = 1000


class Store(Protocol):
    """The books. Changes are applied in the order of the calls; what one call applies happens together or not at all.

    Every method raises LedgerUnavailableError when the books cannot be reached.
    """

    def apply(self, *changes: Change) -> Future[int]:
        """Write; the result is how many rows of attempts, requests, keys or secrets changed. The changes are on their
        way when this returns; awaiting it is waiting for them to be safe, as the store's durability has it."""
        ...

    async def usage(self, query: UsageQuery) -> list[UsageRow]:
        """The sums of a time, by some of its sides."""
        ...

    async def attempts(self, page: Page) -> list[Booked]:
        """Attempts with their requests, newest first."""
        ...

    async def request(self, number: str) -> list[Booked]:
        """The attempts of one request, in their order; empty when there is none of that id."""
        ...

    async def counters(self) -> list[Counter]:
        """Every counter of every budget."""
        ...

    async def keys(self) -> list[KeyRow]:
        """Every virtual key."""
        ...

    async def secrets(self) -> dict[str, str]:
        """Every sealed secret, by name."""
        ...

    async def audit(self, after: int = 0, most: int = 1000) -> Sequence[AuditRow]:
        """The rows after number `after`, in their order."""
        ...

    async def revision(self) -> int:
        """A number that changes whenever another process has written."""
        ...

    async def faults(self) -> list[str]:
        """What is wrong with the books: counters that are not the sum of their rows, a damaged file; empty: sound."""
        ...

    async def backup(self, path: Path) -> None:
        """A copy of the whole, taken while it is in use."""
        ...

    async def aclose(self) -> None:
        """Write what is under way, and close."""
        ...
