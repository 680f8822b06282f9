"""The ways to put candidates in order, one function each. Floor 6; pure.

Each is given the candidates in the order of the configuration and a random number, and gives them back in the order in
which they shall be asked, each with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from pontage.catalog import Money
from pontage.router.draw import flip, pick
from pontage.router.health import TargetHealth
from pontage.router.plan import RouteTarget, Strategy

EXPLORING: Final = 0.02
"""The share of requests by which `fastest` looks at what it would not have chosen."""
WARM: Final = 5.0
"""Fresh observations after which a target counts as known; until then it gets less of the load (slow start)."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A target that could serve the request. `cost`: what that would probably cost; `seconds`: how long it would
    probably take, by what was seen of it. None: not known."""

    target: RouteTarget
    health: TargetHealth
    cost: Money | None = None
    seconds: float | None = None

    @property
    def reliability(self) -> float:
        """The share of attempts lately that were not its fault, never quite nothing."""
        return max(0.05, 1 - self.health.failing)


Candidates = Sequence[Candidate]
Order = Callable[[Candidates, int, float], list[RouteTarget]]
"""(candidates, whose turn it is, chance) -> targets in order."""


def fallback(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """As configured."""
    return [one.target for one in candidates]


def weighted(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """By chance, each as often as its weight says; the rest likewise."""
    left, ordered = list(candidates), list[RouteTarget]()
    while left:
        total = sum(one.target.weight for one in left)
        index, chance = pick([one.target.weight for one in left], chance)
        drawn = left.pop(index).target
        ordered.append(drawn.because(f"drawn with weight {drawn.weight} of {total}"))
    return ordered


def round_robin(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """In turn."""
    first = turn % len(candidates)
    ordered = [one.target for one in (*candidates[first:], *candidates[:first])]
    return [ordered[0].because(f"its turn, {first + 1} of {len(candidates)}"), *ordered[1:]]


def least_busy(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """The fewest requests in flight first; of as busy ones any."""
    first, _ = pick([1.0] * len(candidates), chance)
    around = (*candidates[first:], *candidates[:first])
    ordered = sorted(around, key=lambda one: one.health.in_flight)
    return [one.target.because(f"{one.health.in_flight} requests in flight") for one in ordered]


def fastest(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """The better of two that were drawn, so that not all requests go to the one that looks best; then by score. Now and
    then any other one first, to see how it fares."""
    scores = _paces(candidates)
    by_score = sorted(range(len(candidates)), key=scores.__getitem__)
    exploring, chance = flip(EXPLORING, chance)
    one, chance = pick([1.0] * len(candidates), chance)
    if exploring:
        first, reason = one, "to see how it fares"
    else:
        step, _ = pick([1.0] * max(1, len(candidates) - 1), chance)
        other = (one + 1 + step) % len(candidates)
        first, reason = min(one, other, key=scores.__getitem__), "the faster of two"
    order = [first, *(index for index in by_score if index != first)]
    return [
        candidates[index].target.because(f"{reason if index == first else 'by time'}: {_time(candidates[index])}")
        for index in order
    ]


def cheapest(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """By the estimated cost of this very request; those without a price last."""
    ordered = sorted(candidates, key=lambda one: (one.cost is None, one.cost or Money()))
    return [one.target.because(_price(one)) for one in ordered]


def balanced(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """By cost and time, each relative to the others, and by how reliable it is."""
    costs = _relative([None if one.cost is None else float(one.cost.nano) for one in candidates])
    paces = _relative(_paces(candidates))
    order = sorted(range(len(candidates)), key=lambda index: costs[index] * paces[index])
    return [candidates[i].target.because(f"{_price(candidates[i])}, {_time(candidates[i])}") for i in order]


def reliable(candidates: Candidates, turn: int, chance: float) -> list[RouteTarget]:
    """The fewest faults lately first; of as reliable ones the better known."""
    ordered = sorted(candidates, key=lambda one: (round(one.health.failing, 2), -one.health.seen))
    return [one.target.because(f"{100 * one.health.failing:.0f} % faults lately") for one in ordered]


ORDERS: Final[Mapping[Strategy, Order]] = {
    "fallback": fallback,
    "weighted": weighted,
    "round_robin": round_robin,
    "least_busy": least_busy,
    "fastest": fastest,
    "cheapest": cheapest,
    "balanced": balanced,
    "reliable": reliable,
}


def _paces(candidates: Candidates) -> list[float]:
    """How long each would keep a request: its time, by its load, its faults, and how little is known of it."""
    known = [one.seconds for one in candidates if one.seconds is not None]
    usual = median(known) if known else 1.0
    warmth = max((one.health.seen for one in candidates), default=0.0)

    def pace(one: Candidate) -> float:
        seconds = usual if one.seconds is None else one.seconds
        cold = max(1.0, min(WARM, warmth) / max(0.5, one.health.seen))
        return seconds * (one.health.in_flight + 1) / one.reliability * cold

    return [pace(one) for one in candidates]


def _relative(values: Sequence[float | None]) -> list[float]:
    """Each value in proportion to the usual one; what is not known counts as usual."""
    known = [value for value in values if value is not None]
    usual = (median(known) if known else 0.0) or 1.0
    return [1.0 if value is None else max(value, usual / 1000) / usual for value in values]


def _price(one: Candidate) -> str:
    return f"about ${one.cost}" if one.cost is not None else "its price is not known"


def _time(one: Candidate) -> str:
    return f"about {one.seconds:.2g} s" if one.seconds is not None else "its time is not known"
