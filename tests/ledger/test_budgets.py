"""Which budgets a request falls under, in which period, and what that holds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.config.spending import BudgetRule
from pontage.errors import BudgetExhaustedError
from pontage.ledger.budgets import Price, charges, is_hard, name_of, period_of
from pontage.ledger.matching import About, subjects

ABOUT = About(keys=("k1", "parent"), tags=("a", "b"), provider="acme", models=("fast", "acme/small"))
NOW = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)  # a Sunday
PRICE = Price(bound=100, likely=7)


@pytest.mark.parametrize(
    ("rule", "accounts"),
    [
        ({}, [""]),
        ({"key": "k1"}, [""]),
        ({"key": "parent"}, [""]),
        ({"key": "k2"}, []),
        ({"key": "*"}, ["key=k1", "key=parent"]),
        ({"tag": "b"}, [""]),
        ({"tag": "c"}, []),
        ({"tag": "*", "provider": "acme"}, ["tag=a", "tag=b"]),
        ({"provider": "other", "tag": "*"}, []),
        ({"model": "fast"}, [""]),
        ({"model": "acme/small", "key": "*"}, ["key=k1", "key=parent"]),
        ({"provider": "*", "tag": "*"}, ["tag=a provider=acme", "tag=b provider=acme"]),
    ],
)
def test_a_rule_holds_for_what_matches_all_it_names(rule: dict[str, str], accounts: list[str]) -> None:
    assert subjects(BudgetRule(usd=1, **rule), ABOUT) == accounts


def test_nobody_in_particular_is_not_each() -> None:
    assert subjects(BudgetRule(usd=1, key="*"), About(provider="acme", models=("m",))) == []


@pytest.mark.parametrize(
    ("period", "begins", "ends"),
    [
        ("daily", datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        ("weekly", datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        ("monthly", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_periods_are_of_utc(period: str, begins: datetime, ends: datetime) -> None:
    rule = BudgetRule(usd=1, period=period)  # type: ignore[arg-type]
    expected = (int(begins.timestamp()), int(ends.timestamp()))
    assert period_of(rule, NOW) == expected
    assert period_of(rule, NOW.astimezone(timezone(timedelta(hours=9)))) == expected


@given(
    moment=st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    period=st.sampled_from(["daily", "weekly", "monthly"]),
)
def test_every_moment_is_in_its_period_and_the_next_begins_where_it_ends(moment: datetime, period: str) -> None:
    rule = BudgetRule(usd=1, period=period)  # type: ignore[arg-type]
    begins, ends = period_of(rule, moment)
    assert ends is not None
    assert begins <= moment.timestamp() < ends
    assert period_of(rule, datetime.fromtimestamp(ends, UTC))[0] == ends
    assert period_of(rule, datetime.fromtimestamp(ends - 1, UTC)) == (begins, ends)


def test_a_budget_for_ever_has_one_period() -> None:
    assert period_of(BudgetRule(usd=1, period="total"), NOW) == (0, None)


def test_hard_budgets_hold_the_bound_and_soft_ones_the_guess() -> None:
    rules = [BudgetRule(usd=5, key="*"), BudgetRule(usd=0.1, mode="soft", name="all"), BudgetRule(usd=1, tag="c")]
    first, second, third = charges(rules, ABOUT, PRICE, NOW)
    assert (first.budget, first.subject, first.amount, first.limit) == ("key=* monthly", "key=k1", 100, 5_000_000_000)
    assert (second.subject, second.hard) == ("key=parent", True)
    assert (third.budget, third.amount, third.limit, third.hard) == ("all monthly", 7, 100_000_000, False)
    assert name_of(BudgetRule(usd=1)) == "all monthly"


def test_what_has_no_bound_cannot_run_under_a_hard_budget() -> None:
    unknown = Price(bound=None, likely=None)
    with pytest.raises(BudgetExhaustedError, match="acme/small can cost at most"):
        charges([BudgetRule(usd=1)], ABOUT, unknown, NOW)
    (soft,) = charges([BudgetRule(usd=1, mode="soft"), BudgetRule(usd=1, tag="c")], ABOUT, unknown, NOW)
    assert soft.amount == 0


def test_whether_a_bound_is_needed_is_known_before() -> None:
    assert is_hard([BudgetRule(usd=1, tag="a")], ABOUT)
    assert not is_hard([BudgetRule(usd=1, tag="c"), BudgetRule(usd=1, mode="soft")], ABOUT)
