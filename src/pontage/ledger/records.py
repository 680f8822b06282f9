"""What the books hold of a request and its attempts. Floor 6; values only.

Times are microseconds since 1970 in UTC, money is nano-USD, counts are tokens. None: not known, or not yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from pontage.domain.chat import TokenUsage
from pontage.domain.usage import COUNTS

State = Literal["reserved", "settled", "voided", "expired"]
"""Of an attempt: a hold that is open; money flowed; none did; nobody told how it ended, so it counts in full."""

BUCKETS: Final = COUNTS
"""The columns of an attempt's usage."""


class RequestRow(Struct, frozen=True, kw_only=True):
    """A request as it came. `model` as the caller wrote it, `route` what that led to, `client` the caller's format."""

    id: str
    began: int
    model: str
    route: str
    client: str | None = None
    key: str | None = None
    tags: tuple[str, ...] = ()
    stream: bool = False


class RequestEnd(Struct, frozen=True, kw_only=True):
    """How a request ended. `status` is what the client was told, `error` our code for it."""

    id: str
    ended: int
    status: int
    error: str | None = None
    notes: tuple[str, ...] = ()


class AttemptRow(Struct, frozen=True, kw_only=True):
    """One try at one provider. `number` counts from 1 within the request."""

    request: str
    number: int
    began: int
    provider: str
    model: str
    simulated: bool = False


class AttemptEnd(Struct, frozen=True, kw_only=True):
    """How an attempt ended. `outcome` is the provider's status, or what went wrong on the road; `price`: whose word the
    cost is; `breakdown`: (bucket, quantity, pico-USD a unit) each."""

    request: str
    number: int
    ended: int
    outcome: str
    first: int | None = None
    error: str | None = None
    stop: str | None = None
    usage: TokenUsage | None = None
    cost: int | None = None
    breakdown: tuple[tuple[str, int, int | None], ...] = ()
    price: str | None = None
    estimated: bool = False
    truncated: bool = False


class Charge(Struct, frozen=True, kw_only=True):
    """What an attempt is held for against one budget. `subject`: which of its counters; `period`: when it began, and
    `ends`, in seconds since 1970. `hard`: `amount` is an upper bound and must fit below `limit`."""

    budget: str
    subject: str
    period: int
    amount: int
    limit: int
    hard: bool = True
    ends: int | None = None


class Booked(Struct, frozen=True, kw_only=True):
    """An attempt with its request, as the books have it."""

    request: RequestRow
    attempt: AttemptRow
    state: State
    held: int
    end: AttemptEnd | None
    status: int | None = None  # of the request
    unreconciled: bool = False
    notes: tuple[str, ...] = ()


class Counter(Struct, frozen=True, kw_only=True):
    """What is spent and held of a budget in one of its periods."""

    budget: str
    subject: str
    period: int
    settled: int
    held: int


def micros(moment: datetime) -> int:
    """A moment (with its time zone) as the books write it."""
    return int(moment.timestamp() * 1_000_000)


def packed(value: Any) -> str:
    """`value` as the JSON text of a column."""
    return msgspec.json.encode(value).decode()


def buckets_of(usage: TokenUsage | None) -> tuple[int | None, ...]:
    """The counts of a usage in the order of `BUCKETS`."""
    return tuple(getattr(usage, name) for name in BUCKETS) if usage is not None else (None,) * len(BUCKETS)


def usage_of(counts: Mapping[str, int | None]) -> TokenUsage | None:
    """The usage with these counts; None where none is known."""
    return msgspec.convert(counts, TokenUsage) if any(count is not None for count in counts.values()) else None
