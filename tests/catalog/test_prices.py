"""Money in whole numbers, and which rate holds when."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pontage.catalog import STANDARD, Conditions, Money, PriceList, Tiered, pico_of, rate_for, rates_under
from pontage.catalog import usd_per_million as in_usd
from pontage.catalog.prices import Change, Variant, lists_of

TODAY = date(2026, 11, 22)


def test_money_adds_and_compares_exactly() -> None:
    assert Money(1) + Money(2) == Money(3)
    assert Money(1) < Money(2)
    assert sum((Money(5), Money(7)), Money()) == Money(12)


@pytest.mark.parametrize(
    ("nano", "text"),
    [(0, "0.0"), (1, "0.000000001"), (125_000, "0.000125"), (2_000_000_000, "2.0"), (1_500_000_000, "1.5")],
)
def test_money_is_usd_as_text(nano: int, text: str) -> None:
    assert str(Money(nano)) == text
    assert Money(nano).usd == Decimal(text)


@pytest.mark.parametrize(("pico", "nano"), [(0, 0), (499, 0), (500, 1), (1_499, 1), (1_500, 2), (1_000_000, 1_000)])
def test_pico_is_rounded_to_the_nearest_nano(pico: int, nano: int) -> None:
    assert Money.of_pico(pico) == Money(nano)


@given(some.integers(0, 10**9))
def test_a_price_survives_being_told_to_people(pico: int) -> None:
    assert pico_of(in_usd(pico)) == pico


def test_a_float_counts_as_it_is_written() -> None:
    assert pico_of(0.1) == 100_000
    assert pico_of(0.003625) == 3_625
    assert pico_of("2.5") == 2_500_000
    assert str(in_usd(10_000_000)) == "10"


def test_a_tier_begins_above_its_threshold_and_holds_for_everything() -> None:
    rate = Tiered(10, ((1_000, 20), (2_000, 30)))
    assert [rate_for(rate, total) for total in (0, 1_000, 1_001, 2_000, 2_001)] == [10, 10, 20, 20, 30]
    assert rate_for(7, 10**9) == 7


PEAK = PriceList(
    rates={"input": 1},
    changes=(
        Change(rates={"input": 2}, since=date(2026, 9, 1)),
        Change(rates={"input": 4}, daily=(60, 240)),
        Change(rates={"input": 8}, daily=(1_380, 30)),
    ),
)


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        (datetime(2026, 8, 31, 12, tzinfo=UTC), 1),
        (datetime(2026, 9, 1, 12, tzinfo=UTC), 2),
        (datetime(2026, 9, 1, 12), 2),  # noqa: DTZ001 - without a zone: UTC
        (datetime(2026, 9, 1, 1, tzinfo=UTC), 4),
        (datetime(2026, 9, 1, 3, 59, tzinfo=UTC), 4),
        (datetime(2026, 9, 1, 4, tzinfo=UTC), 2),
        (datetime(2026, 9, 1, 23, 30, tzinfo=UTC), 8),
        (datetime(2026, 9, 1, 0, 29, tzinfo=UTC), 8),
        (datetime(2026, 9, 1, 0, 30, tzinfo=UTC), 2),
        (datetime(2026, 9, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))), 8),  # 23:30 UTC of the day before
    ],
)
def test_prices_change_by_the_day_and_by_the_hour(moment: datetime, rate: int) -> None:
    assert rates_under(PEAK, Conditions(at=moment), TODAY) == {"input": rate}


def test_a_price_of_the_hour_is_not_known_without_the_hour() -> None:
    assert rates_under(PEAK, STANDARD, TODAY) is None
    steady = PriceList(rates={"input": 1}, changes=(Change(rates={"input": 2}, since=date(2026, 9, 1)),))
    assert rates_under(steady, STANDARD, TODAY) == {"input": 2}
    assert rates_under(steady, STANDARD, date(2026, 1, 1)) == {"input": 1}


SERVED = PriceList(
    rates={"input": 10, "output": 20, "web_search": 3},
    variants=(
        Variant(rates={"input": 5}, when={"processing": "batch"}, since=date(2026, 10, 1)),
        Variant(rates={"input": 6, "output": 9}, when={"processing": "batch"}),
        Variant(rates={"input": 40, "output": 80}, when={"service_tier": "priority"}),
        Variant(rates={"input": 1}, when={"service_tier": "flex", "speed": "fast"}),
    ),
)


@pytest.mark.parametrize(
    ("conditions", "rates"),
    [
        (STANDARD, (10, 20)),
        (Conditions(batch=True), (5, 9)),
        (Conditions(batch=True, at=datetime(2026, 9, 1, tzinfo=UTC)), (6, 9)),
        (Conditions(service_tier="priority"), (40, 80)),
        (Conditions(service_tier="default"), (10, 20)),
        (Conditions(service_tier="flex"), (10, 20)),
        (Conditions(service_tier="flex", speed="fast"), (1, 20)),
    ],
)
def test_the_first_variant_that_fits_decides_a_rate(conditions: Conditions, rates: tuple[int, int]) -> None:
    found = rates_under(SERVED, conditions, TODAY)
    assert found == {"input": rates[0], "output": rates[1], "web_search": 3}


def test_every_list_of_rates_is_found() -> None:
    assert len(list(lists_of(SERVED))) == 5
    assert len(list(lists_of(PEAK))) == 4
