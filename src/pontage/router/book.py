"""The book of how targets fare: what each key and model did lately, and the still picture of it for planning. Floor 6.

Whoever makes an attempt opens a `Watch` and tells it what happened. No clock and no chance inside: `now` is seconds on
a clock that never goes back, `chance` a random number, 0 <= chance < 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from pontage.config import Secret
from pontage.router.budget import RetryBudget
from pontage.router.health import UNSEEN, HealthSnapshot, TargetHealth, Verdict
from pontage.router.keys import KeyPool, PooledKey
from pontage.router.observed import summed
from pontage.router.plan import RouteTarget
from pontage.router.watch import Entry, Vitals, Watch

MOST_PLACES: Final = 4096
"""Keys and models that are remembered; a caller can make up names without end."""


class Place(NamedTuple):
    """One key of one pool with one model; without pool and key: the model itself, whatever the key."""

    provider: str
    model: str
    pool: str = ""
    key: str = ""


class HealthBook:
    """What is known of every place; one for each engine."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str], KeyPool] = {}
        self._budgets: dict[str, RetryBudget] = {}
        self._vitals: dict[Place, Vitals] = {}
        self._nothing = Vitals()  # of places where nobody was yet; only read

    def pool(self, provider: str, name: str, secrets: Sequence[Secret | None]) -> KeyPool:
        """The pool of that name (empty: the provider's own), made of `secrets` when first asked for."""
        pool = self._pools.get((provider, name))
        if pool is None:
            pool = self._pools[provider, name] = KeyPool(secrets)
        return pool

    def budget(self, provider: str) -> RetryBudget:
        """The retry budget of a provider."""
        budget = self._budgets.get(provider)
        if budget is None:
            budget = self._budgets[provider] = RetryBudget()
        return budget

    def begin(self, target: RouteTarget, key: PooledKey, now: float, *, forced: bool = False) -> Watch | None:
        """Watch one attempt at `target` with `key`. None: a breaker lets nobody through now, unless `forced`."""
        own = _admitted(self._at(Place(*target.place, key.label), now), now)
        whole = _admitted(self._at(Place(target.provider, target.model), now), now)
        watch = Watch(own, whole, key, target.model, now)
        if not forced and (own.ticket is None or whole.ticket is None):
            watch.left(now)  # where one breaker says no, the other gets its ticket back
            return None
        return watch

    def health(self, target: RouteTarget, now: float) -> TargetHealth:
        """How one target fares, over all its keys."""
        pool = self._pools.get((target.provider, target.pool))
        if pool is None:
            return UNSEEN
        whole = self._vitals.get(Place(target.provider, target.model), self._nothing)
        own = [self._vitals.get(Place(*target.place, key.label), self._nothing) for key in pool.keys]
        return summed(target.model, pool, own, whole, now)

    def snapshot(self, targets: Iterable[RouteTarget], now: float) -> HealthSnapshot:
        """How these targets fare now."""
        return HealthSnapshot({target.place: self.health(target, now) for target in targets})

    def places(self) -> dict[Place, Vitals]:
        """Everything that is remembered, for those who show it."""
        return dict(self._vitals)

    def pools(self) -> dict[tuple[str, str], KeyPool]:
        """Every pool by its provider and name, for those who show them."""
        return dict(self._pools)

    def reset(self) -> None:
        """Forget everything: for somebody who has mended what was broken. Attempts under way are not heard any more."""
        self._pools.clear()
        self._budgets.clear()
        self._vitals.clear()

    def verdict(self, provider: str, now: float) -> Verdict:
        """How a provider fares, by the models in use: never by an opinion of its own."""
        shut: dict[str, bool] = {}
        for place, vitals in self._vitals.items():
            if place.provider == provider and place.key:
                whole = self._vitals[Place(provider, place.model)]
                closed = vitals.breaker.share(now) == 0 or whole.breaker.share(now) == 0
                shut[place.model] = shut.get(place.model, True) and closed
        if not any(shut.values()):
            return "well"
        return "down" if all(shut.values()) else "ailing"

    def _at(self, place: Place, now: float) -> Vitals:
        vitals = self._vitals.get(place)
        if vitals is None:
            if len(self._vitals) >= MOST_PLACES:
                self._forget(now)
            vitals = self._vitals[place] = Vitals()
        return vitals

    def _forget(self, now: float) -> None:
        """Keep the models that are in use or in trouble; of the others the later half."""
        idle = [
            place
            for place, vitals in self._vitals.items()
            if not place.key and not vitals.in_flight and vitals.breaker.state(now) == "closed"
        ]
        gone = {(place.provider, place.model) for place in idle[: len(idle) // 2 + 1]}
        self._vitals = {
            place: vitals for place, vitals in self._vitals.items() if (place.provider, place.model) not in gone
        }


def _admitted(vitals: Vitals, now: float) -> Entry:
    return Entry(vitals, vitals.breaker.admit(now))
