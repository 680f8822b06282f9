"""What a request is charged to: the budgets it falls under, in the period it falls in. Floor 6; pure.

A `hard` budget holds an upper bound of what the request can cost, so it is never overdrawn; a request whose bound is
not known cannot run under it. A `soft` one holds an estimate, and lets in whoever comes before it is spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from pontage.config.spending import BudgetRule
from pontage.errors import BudgetExhaustedError
from pontage.ledger.matching import About, subjects, title
from pontage.ledger.records import Charge

NANO: Final = 1_000_000_000


class Price(Struct, frozen=True, kw_only=True):
    """What an attempt may cost, in nano-USD: at most, and likely. None: not known."""

    bound: int | None
    likely: int | None


def charges(rules: Sequence[BudgetRule], about: About, price: Price, now: datetime) -> tuple[Charge, ...]:
    """What to hold before an attempt begins; nothing where no budget is about it.

    Raises BudgetExhaustedError where a hard budget is, and nobody knows what the request can cost at most.
    """
    found: list[Charge] = []
    for rule in rules:
        accounts = subjects(rule, about)
        if not accounts:
            continue
        hard = rule.mode == "hard"
        amount = price.bound if hard else (price.likely or 0)
        if amount is None:
            raise BudgetExhaustedError(
                f"the budget {name_of(rule)} is hard, and nobody knows what {about.models[-1]} can cost at most",
                hint="give it a price under `prices`, ask for `max_tokens`, or make the budget soft",
                upstream_code="budget_unbounded",
            )
        begins, ends = period_of(rule, now)
        found += [
            Charge(
                budget=name_of(rule),
                subject=account,
                period=begins,
                ends=ends,
                amount=amount,
                limit=round(rule.usd * NANO),
                hard=hard,
            )
            for account in accounts
        ]
    return tuple(found)


def is_hard(rules: Sequence[BudgetRule], about: About) -> bool:
    """Whether a hard budget is about the request, so that its upper bound has to be known."""
    return any(rule.mode == "hard" and subjects(rule, about) for rule in rules)


def name_of(rule: BudgetRule) -> str:
    """What a budget is called, in refusals and in the books: its counters go by this name and its period."""
    return f"{rule.name or title(rule)} {rule.period}"


def period_of(rule: BudgetRule, now: datetime) -> tuple[int, int | None]:
    """When the period that `now` is in began, and when it ends, in seconds since 1970; None: never. Days are UTC's,
    weeks begin on Monday."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match rule.period:
        case "daily":
            begins, ends = day, day + timedelta(days=1)
        case "weekly":
            begins = day - timedelta(days=day.weekday())
            ends = begins + timedelta(weeks=1)
        case "monthly":
            begins = day.replace(day=1)
            ends = (begins + timedelta(days=32)).replace(day=1)
        case "total":
            return 0, None
    return int(begins.timestamp()), int(ends.timestamp())
