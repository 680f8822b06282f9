"""How a target fares, summed over the keys that may serve it. Floor 6; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pontage.router.breaker import Breaker
from pontage.router.health import TargetHealth
from pontage.router.keys import KeyPool
from pontage.router.watch import Vitals


def summed(model: str, pool: KeyPool, own: Sequence[Vitals], whole: Vitals, now: float) -> TargetHealth:
    """The health of a target at `now`. `own`: what is known of each key of its pool with the model; `whole`: of the
    model, whatever the key."""
    ready = [vitals.breaker for key, vitals in zip(pool.keys, own, strict=True) if key.free_at(model, now) <= now]
    told = TargetHealth(
        in_flight=sum(vitals.in_flight for vitals in own),
        first_token=_mean((vitals.first_token.mean, vitals.first_token.weight(now)) for vitals in own),
        per_token=_mean((vitals.per_token.mean, vitals.per_token.weight(now)) for vitals in own),
        failing=_mean((vitals.failing.mean, vitals.failing.weight(now)) for vitals in own) or 0.0,
        seen=sum(vitals.failing.weight(now) for vitals in own),
    )
    if not ready:
        return _without_key(told, model, pool, now)
    # The best key may serve it, and only as far as the model itself may.
    best = max(ready, key=lambda breaker: (breaker.share(now), -breaker.wait(now)))
    narrower = min(best, whole.breaker, key=lambda breaker: (breaker.share(now), breaker.state(now) == "closed"))
    return _let_through(told, narrower, now)


def _let_through(told: TargetHealth, breaker: Breaker, now: float) -> TargetHealth:
    share, wait, trouble = breaker.share(now), breaker.wait(now), ""
    if share == 0:
        trouble = f"shut off after faults, for {wait:.0f} s more" if wait else "shut off after faults, and being probed"
    return msgspec.structs.replace(told, state=breaker.state(now), share=share, wait=wait, trouble=trouble)


def _without_key(told: TargetHealth, model: str, pool: KeyPool, now: float) -> TargetHealth:
    wait = pool.wait(model, now)
    states = ", ".join(f"{key.label} {key.trouble or 'rests'}" for key in pool.keys)
    trouble = f"no key for {wait:.0f} s more: {states}"
    return msgspec.structs.replace(told, share=0.0, wait=wait, trouble=trouble, resting=pool.must_rest(model, now))


def _mean(parts: Iterable[tuple[float | None, float]]) -> float | None:
    """The mean of means by their weights, of those there are."""
    known = [(mean, max(weight, 1e-9)) for mean, weight in parts if mean is not None]
    total = sum(weight for _, weight in known)
    return sum(mean * weight for mean, weight in known) / total if known else None
