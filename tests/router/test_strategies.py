"""Each strategy by itself: the order it gives, how often, and the reason it tells."""

from collections import Counter

import pytest

from pontage.catalog import Money
from pontage.router.draw import flip, pick
from pontage.router.health import TargetHealth
from pontage.router.plan import RouteTarget, Strategy
from pontage.router.strategies import ORDERS, Candidate

STEPS = 20_000


def candidate(name: str, *, cost: int | None = None, seconds: float | None = None, weight: int = 1, **health: float):
    target = RouteTarget(provider="p", model=name, reason="as configured", weight=weight)
    fares = TargetHealth(**{"seen": 10.0, **health})  # type: ignore[arg-type]
    return Candidate(target=target, health=fares, cost=None if cost is None else Money(cost), seconds=seconds)


def order(strategy: Strategy, candidates: list[Candidate], turn: int = 0, chance: float = 0.5) -> str:
    return "".join(target.model for target in ORDERS[strategy](candidates, turn, chance))


def counted(strategy: Strategy, candidates: list[Candidate]) -> dict[str, float]:
    """How often each order comes over all chances, evenly."""
    orders = Counter(order(strategy, candidates, chance=step / STEPS) for step in range(STEPS))
    return {name: count / STEPS for name, count in orders.items()}


def first(shares: dict[str, float], name: str) -> float:
    return sum(share for found, share in shares.items() if found[0] == name)


def test_chance_is_used_up_evenly() -> None:
    counts: Counter[tuple[bool, int, int]] = Counter()
    for step in range(STEPS):
        yes, left = flip(0.25, step / STEPS)
        index, left = pick([1.0, 3.0], left)
        counts[yes, index, int(left * 2)] += 1
    for (yes, index, _), count in counts.items():
        expected = (0.25 if yes else 0.75) * (0.25 if index == 0 else 0.75) / 2
        assert count / STEPS == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("chance", [0.0, 0.1, 0.999_999_999_999_999_9])
def test_chance_stays_within_its_bounds(chance: float) -> None:
    index, left = pick([0.1] * 10, chance)
    assert 0 <= index < 10
    assert 0 <= left <= 1
    assert flip(1.0, chance)[0]
    assert not flip(0.0, chance)[0]


def test_fallback_keeps_the_order() -> None:
    assert order("fallback", [candidate("a", cost=9), candidate("b", cost=1)]) == "ab"


def test_weights_are_shares() -> None:
    shares = counted("weighted", [candidate("a", weight=6), candidate("b", weight=3), candidate("c")])
    assert (first(shares, "a"), first(shares, "b")) == (pytest.approx(0.6, abs=0.01), pytest.approx(0.3, abs=0.01))
    assert shares["abc"] == pytest.approx(0.6 * 0.75, abs=0.01)  # the rest is drawn by weight, too
    (target, *_) = ORDERS["weighted"]([candidate("a", weight=2), candidate("b")], 0, 0.0)
    assert target.reason == "drawn with weight 2 of 3"


def test_round_robin_takes_turns() -> None:
    three = [candidate("a"), candidate("b"), candidate("c")]
    assert [order("round_robin", three, turn) for turn in range(4)] == ["abc", "bca", "cab", "abc"]
    assert ORDERS["round_robin"](three, 1, 0.0)[0].reason == "its turn, 2 of 3"


def test_the_least_busy_comes_first_and_of_as_busy_ones_any() -> None:
    assert order("least_busy", [candidate("a", in_flight=3), candidate("b", in_flight=1)]) == "ba"
    even = counted(
        "least_busy", [candidate("a", in_flight=1), candidate("b", in_flight=1), candidate("c", in_flight=9)]
    )
    assert first(even, "a") == pytest.approx(2 / 3, abs=0.01)  # the busy one's draws go to the next
    assert first(even, "c") == 0


def test_fastest_draws_two_and_explores() -> None:
    three = [candidate("a", seconds=1.0), candidate("b", seconds=2.0), candidate("c", seconds=3.0)]
    shares = counted("fastest", three)
    assert first(shares, "a") == pytest.approx(0.98 * 2 / 3 + 0.02 / 3, abs=0.01)
    assert first(shares, "b") == pytest.approx(0.98 / 3 + 0.02 / 3, abs=0.01)
    assert first(shares, "c") == pytest.approx(0.02 / 3, abs=0.005)  # never better than another: exploration alone
    assert set(shares) == {"abc", "bac", "cab"}


def test_fastest_minds_load_faults_and_how_little_is_known() -> None:
    def loser(**health: float) -> str:
        pair = [candidate("a", seconds=1.0), candidate("b", seconds=0.9, **health)]
        return order("fastest", pair, chance=0.5)[1]

    assert loser() == "a"
    assert loser(in_flight=1) == "b"
    assert loser(failing=0.5) == "b"
    assert loser(seen=1.0) == "b"
    assert order("fastest", [candidate("a")]) == "a"
    reasons = [target.reason for target in ORDERS["fastest"]([candidate("a", seconds=1.25), candidate("b")], 0, 0.5)]
    assert reasons == ["the faster of two: about 1.2 s", "by time: its time is not known"]


def test_a_newcomer_gets_its_share_step_by_step() -> None:
    known = candidate("a", seconds=1.0, seen=50.0)
    shares = [
        first(counted("fastest", [known, candidate("b", seconds=0.5, seen=seen)]), "b") for seen in (0.0, 1.0, 5.0)
    ]
    assert shares == [pytest.approx(0.01, abs=0.002), pytest.approx(0.01, abs=0.002), pytest.approx(0.99, abs=0.002)]


def test_the_cheapest_comes_first_and_what_has_no_price_last() -> None:
    three = [candidate("a"), candidate("b", cost=3_000_000), candidate("c", cost=2_000_000)]
    assert order("cheapest", three) == "cba"
    reasons = [target.reason for target in ORDERS["cheapest"](three, 0, 0.5)]
    assert reasons == ["about $0.002", "about $0.003", "its price is not known"]


def test_balanced_weighs_cost_against_time() -> None:
    cheap_and_slow = candidate("a", cost=100, seconds=10.0)
    dear_and_fast = candidate("b", cost=300, seconds=1.0)
    unknown = candidate("c")
    assert order("balanced", [cheap_and_slow, dear_and_fast, unknown]) == "bac"
    free = candidate("f", cost=0, seconds=1.0)
    assert order("balanced", [dear_and_fast, free]) == "fb"
    assert order("balanced", [candidate("x"), candidate("y")]) == "xy"


def test_the_most_reliable_comes_first_and_of_as_reliable_ones_the_better_known() -> None:
    found = [candidate("a", failing=0.2), candidate("b", seen=0.0), candidate("c", seen=7.0)]
    assert order("reliable", found) == "cba"
    assert ORDERS["reliable"](found, 0, 0.5)[2].reason == "20 % faults lately"
