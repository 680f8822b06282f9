"""What second calls are allowed to be: a share of all, and so much money a day."""

from datetime import date

from pontage.catalog import Money
from pontage.config import Hedge
from pontage.hedging import Allowance

TODAY, TOMORROW = date(2026, 1, 1), date(2026, 1, 2)


def test_second_calls_are_a_share_of_the_last_ten_minutes() -> None:
    allowance, hedge = Allowance(), Hedge(max_extra=0.05)
    granted = 0
    for second in range(2000):
        allowance.called(float(second))
        granted += allowance.take(hedge, float(second), TODAY)
    assert 95 <= granted <= 100
    assert not allowance.take(hedge, 5000.0, TODAY)  # nobody came lately


def test_money_is_counted_by_the_day() -> None:
    allowance, hedge = Allowance(), Hedge(max_extra=1.0, max_usd=0.01)
    for _ in range(9):
        allowance.called(1.0)
    allowance.spend(None, TODAY)
    allowance.spend(Money(9_999_999), TODAY)
    assert allowance.take(hedge, 1.0, TODAY)
    allowance.spend(Money(1), TODAY)
    assert not allowance.take(hedge, 1.0, TODAY)
    assert allowance.take(hedge, 1.0, TOMORROW)
