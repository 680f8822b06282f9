"""Rates and numbers at the same time, on a clock that the test turns."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.config.spending import LimitRule
from pontage.errors import RateLimitedError
from pontage.ledger.matching import About
from pontage.security import limits
from pontage.security.limits import Limiter, Ticket, headers

ABOUT = About(keys=("k1",), tags=("a",), provider="acme", models=("fast",))
NOBODY = About(provider="acme", models=("fast",))


def admitted(limiter: Limiter, rule: LimitRule, now: float, times: int) -> int:
    count = 0
    for _ in range(times):
        try:
            limiter.give_back(limiter.admit([rule], ABOUT, now), now)
        except RateLimitedError:
            return count
        count += 1
    return count


def test_a_window_full_at_once_and_then_at_the_rate() -> None:
    limiter, rule = Limiter(), LimitRule(requests=60)
    assert admitted(limiter, rule, 100.0, 100) == 60
    with pytest.raises(RateLimitedError) as refusal:
        limiter.admit([rule], ABOUT, 100.0)
    assert refusal.value.retry_after == pytest.approx(1.0)
    assert (refusal.value.status, refusal.value.retryable) == (429, True)
    assert admitted(limiter, rule, 101.0, 100) == 1
    assert admitted(limiter, rule, 111.0, 100) == 10
    assert admitted(limiter, rule, 1000.0, 100) == 60


def test_requests_that_wait_as_told_get_in() -> None:
    limiter, rule, now = Limiter(), LimitRule(requests=3, per="second"), 0.0
    for _ in range(50):
        while admitted(limiter, rule, now, 1):
            pass
        with pytest.raises(RateLimitedError) as refusal:
            limiter.admit([rule], ABOUT, now)
        now += refusal.value.retry_after or 0.0
        limiter.admit([rule], ABOUT, now)


def test_what_is_known_afterwards_is_a_debt() -> None:
    limiter, rule = Limiter(), LimitRule(input_tokens=600, output_tokens=6_000, usd=1.0)
    ticket = limiter.admit([rule], ABOUT, 0.0)
    limiter.give_back(ticket, 0.0, {"input_tokens": 1_200})
    with pytest.raises(RateLimitedError, match="600 input tokens a minute") as refusal:
        limiter.admit([rule], ABOUT, 0.0)
    assert refusal.value.retry_after == pytest.approx(60.0)
    ticket = limiter.admit([rule], ABOUT, 60.1)
    limiter.give_back(ticket, 60.1, {"usd": 1.5})
    with pytest.raises(RateLimitedError, match="1 usd a minute"):
        limiter.admit([rule], ABOUT, 61.0)


def test_so_many_at_the_same_time() -> None:
    limiter, rule = Limiter(), LimitRule(concurrent=2)
    first, _ = (limiter.admit([rule], ABOUT, 0.0) for _ in range(2))
    with pytest.raises(RateLimitedError, match="2 requests of all are under way"):
        limiter.admit([rule], ABOUT, 0.0)
    limiter.give_back(first, 0.0)
    limiter.give_back(first, 0.0)  # once for each ticket
    limiter.admit([rule], ABOUT, 0.0)
    with pytest.raises(RateLimitedError):
        limiter.admit([rule], ABOUT, 0.0)


def test_all_rules_or_none_count_a_request() -> None:
    limiter = Limiter()
    wide, narrow = LimitRule(requests=10), LimitRule(requests=1, key="*")
    limiter.admit([wide, narrow], ABOUT, 0.0)
    for _ in range(5):
        with pytest.raises(RateLimitedError):
            limiter.admit([wide, narrow], ABOUT, 0.0)
    assert admitted(limiter, wide, 0.0, 100) == 9


def test_each_by_itself_and_nobody_in_particular() -> None:
    limiter, rule = Limiter(), LimitRule(requests=1, key="*")
    limiter.admit([rule], ABOUT, 0.0)
    limiter.admit([rule], About(keys=("k2",)), 0.0)
    assert limiter.admit([rule], NOBODY, 0.0).accounts == []


def test_the_longest_answer_is_the_shortest_that_is_allowed() -> None:
    rules = [LimitRule(max_output=100), LimitRule(max_output=50, key="k1"), LimitRule(max_output=5, key="k2")]
    assert Limiter().admit(rules, ABOUT, 0.0).max_output == 50
    assert Limiter().admit([], ABOUT, 0.0).max_output is None


def test_the_fields_tell_the_account_that_has_least_left() -> None:
    limiter = Limiter()
    rules = [LimitRule(requests=10, input_tokens=1000, usd=1), LimitRule(requests=3, per="second")]
    first = limiter.admit(rules, ABOUT, 0.0)
    limiter.give_back(first, 0.0, {"input_tokens": 500})
    told = dict(headers(limiter.admit(rules, ABOUT, 0.0).standings))
    assert told["x-ratelimit-limit-requests"] == "3"
    assert told["x-ratelimit-remaining-requests"] == "1"
    assert told["x-ratelimit-reset-requests"] == "0.667s"
    assert (told["x-ratelimit-limit-input-tokens"], told["x-ratelimit-remaining-input-tokens"]) == ("1000", "500")
    assert headers([]) == []


def test_accounts_that_are_even_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ACCOUNTS", 3)
    limiter, rule = Limiter(), LimitRule(requests=1, per="second", key="*")
    for number in range(3):
        limiter.give_back(limiter.admit([rule], About(keys=(f"k{number}",)), 0.0), 0.0)
    limiter.admit([rule], About(keys=("late",)), 5.0)
    limiter.admit([rule], About(keys=("k0",)), 5.0)
    with pytest.raises(RateLimitedError):
        limiter.admit([rule], About(keys=("late",)), 5.0)


@given(seed=st.integers(0, 10**6), most=st.integers(1, 20), concurrent=st.integers(1, 5))
def test_no_window_ever_sees_more_than_two_windows_worth(seed: int, most: int, concurrent: int) -> None:
    chance, limiter, now = Random(seed), Limiter(), 0.0
    rule = LimitRule(requests=most, concurrent=concurrent, per="second")
    came: list[float] = []
    under_way: list[Ticket] = []
    for _ in range(200):
        now += chance.random() / most
        if under_way and chance.random() < 0.7:
            limiter.give_back(under_way.pop(), now)
        try:
            under_way.append(limiter.admit([rule], ABOUT, now))
        except RateLimitedError:
            continue
        came.append(now)
        assert len(under_way) <= concurrent
        # A full burst and what the rate gives meanwhile: never more in a window that ends now.
        assert sum(moment > now - 1.0 for moment in came) <= 2 * most
