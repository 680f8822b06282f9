"""What the books say of the cost and of what it could have been. Floor 6; pure but for the reading of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from pontage.catalog.money import Money
from pontage.catalog.prices import Conditions
from pontage.cost import CostCalculator
from pontage.domain.chat import TokenUsage
from pontage.ledger.records import Booked
from pontage.ledger.store import Page, Store
from pontage.ledger.usage import UsageQuery

_CACHED: Final = ("cache_read", "cache_write", "cache_write_5m", "cache_write_1h")


class WhatIf(Struct, frozen=True, kw_only=True):
    """A time's usage at another model's prices. `actual` is what those same attempts cost; `uncounted`: attempts that
    are in neither sum, because their usage, their cost or the other price is not known."""

    model: str
    actual: Money
    instead: Money
    counted: int
    uncounted: int


class Savings(Struct, frozen=True, kw_only=True):
    """What prompt caches saved. `paid`: for tokens read from caches and written to them; `uncached`: what the same
    tokens would have cost as plain input. `uncounted`: attempts whose prices are not known."""

    read_tokens: int
    paid: Money
    uncached: Money
    uncounted: int

    @property
    def saved(self) -> Money:
        """The difference; negative where writing cost more than reading brought back."""
        return Money(self.uncached.nano - self.paid.nano)


async def what_if(store: Store, calculator: CostCalculator, query: UsageQuery, model: str) -> WhatIf:
    """What the attempts of a time would have cost on `model` (`provider/model`), at the prices of their time and
    without a cache, as nobody knows what another provider would have kept."""
    actual = instead = counted = uncounted = 0
    async for booked in _ended(store, query):
        end = booked.end
        if end is None or end.usage is None or end.cost is None:
            uncounted += 1
            continue
        cost = calculator.calculate_cost(_plain(end.usage), model, _when(booked))
        if cost is None:
            uncounted += 1
            continue
        actual, instead, counted = actual + end.cost, instead + cost.nano, counted + 1
    return WhatIf(model=model, actual=Money(actual), instead=Money(instead), counted=counted, uncounted=uncounted)


async def cache_savings(store: Store, query: UsageQuery, calculator: CostCalculator) -> Savings:
    """What prompt caches saved in a time, at the prices of that time."""
    tokens = paid = uncached = uncounted = 0
    async for booked in _ended(store, query):
        usage = None if booked.end is None else booked.end.usage
        cached = 0 if usage is None else _cached(usage)
        if usage is None or not cached:
            continue
        model = f"{booked.attempt.provider}/{booked.attempt.model}"
        real = calculator.calculate_cost(usage, model, _when(booked))
        plain = calculator.calculate_cost(_plain(usage), model, _when(booked))
        if real is None or plain is None:
            uncounted += 1
            continue
        # Tokens that are not cached cost the same on both sides, so they are left out of both.
        rest = calculator.calculate_cost(_without_cached(usage), model, _when(booked)) or Money()
        tokens += usage.cache_read or 0
        paid, uncached = paid + real.nano - rest.nano, uncached + plain.nano - rest.nano
    return Savings(read_tokens=tokens, paid=Money(paid), uncached=Money(uncached), uncounted=uncounted)


async def _ended(store: Store, query: UsageQuery) -> AsyncIterator[Booked]:
    """The attempts of a query that ended and were not simulated, page by page."""
    page = Page(since=query.since, until=query.until)
    while found := await store.attempts(page):
        for booked in found:
            if booked.state in ("settled", "expired") and not booked.attempt.simulated and _is_asked_for(booked, query):
                yield booked
        last = found[-1].attempt
        page = msgspec.structs.replace(page, after=(last.began, last.request, last.number))


def _is_asked_for(booked: Booked, query: UsageQuery) -> bool:
    by_key = query.key is None or booked.request.key == query.key
    return by_key and (query.tag is None or query.tag in booked.request.tags)


def _when(booked: Booked) -> Conditions:
    return Conditions(at=datetime.fromtimestamp(booked.attempt.began / 1_000_000, UTC))


def _cached(usage: TokenUsage) -> int:
    return sum(getattr(usage, name) or 0 for name in _CACHED)


def _plain(usage: TokenUsage) -> TokenUsage:
    """The same tokens as if there were no caches."""
    return msgspec.structs.replace(_without_cached(usage), input=(usage.input or 0) + _cached(usage))


def _without_cached(usage: TokenUsage) -> TokenUsage:
    return msgspec.structs.replace(usage, **dict.fromkeys(_CACHED), raw=None)
