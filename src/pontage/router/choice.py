"""From a plan to the order for one request: who can serve it, who is well, and who comes first. Floor 6; pure.

Nothing is asked and nothing is drawn here: the request's needs, the health of the targets and one random number come
from outside, and the same of them make the same choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec
from msgspec import Struct

from pontage.catalog import Money
from pontage.config import Condition
from pontage.domain.chat import TokenUsage
from pontage.errors import InvalidRequestError, RateLimitedError
from pontage.router.draw import flip
from pontage.router.health import NO_HEALTH, HealthSnapshot, TargetHealth
from pontage.router.landscape import Landscape
from pontage.router.needs import Needs, overflows, unserved
from pontage.router.plan import Bond, Plan, RouteTarget
from pontage.router.strategies import ORDERS, Candidate

BY_COST = ("cheapest", "balanced")
"""Strategies for which a warm cache is a price and not a reason by itself."""


class Asked(Struct, frozen=True, kw_only=True):
    """What is known of one request. `needs` None: nobody looked, and any target will do. `turn`: a number that grows by
    one with each request of the route."""

    needs: Needs | None = None
    tags: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = {}
    bond: Bond | None = None
    turn: int = 0
    today: date | None = None


ANYTHING = Asked()


class _Sorted(Struct):
    """The targets by what was found of each. `tight`: its prompt may be too long for them. `weak`: they recover, and it
    is not this request's share. `ill`: shut off for a fault. `resting`: by the provider's own order."""

    fit: list[RouteTarget] = []
    tight: list[RouteTarget] = []
    weak: list[RouteTarget] = []
    ill: list[RouteTarget] = []
    resting: list[RouteTarget] = []
    unfit: list[RouteTarget] = []


def choose(
    plan: Plan,
    landscape: Landscape,
    asked: Asked = ANYTHING,
    health: HealthSnapshot = NO_HEALTH,
    chance: float = 0.0,
) -> Plan:
    """`plan` with its targets in order for this request. `chance`: a random number, 0 <= chance < 1.

    Raises InvalidRequestError when no target can serve the request, and RateLimitedError when all that can have to rest
    for a while.
    """
    found, chance = _sort(plan, landscape, asked, health, chance)
    candidates = found.fit or found.tight
    weak, left_out = found.weak, [*found.unfit, *found.resting]
    if found.fit:
        left_out += found.tight
    if candidates or weak:
        left_out += found.ill
    elif found.ill:  # never the last one: of those shut off for faults the one that is nearest to a trial
        first, *others = sorted(found.ill, key=lambda target: health.of(target).wait)
        candidates = [first.because(f"nobody else is left, though {first.reason}")]
        left_out += others
    if not candidates and not weak:
        raise _nobody(plan, found, health)
    weighed = [_weighed(target, landscape, asked, health.of(target)) for target in candidates]
    ordered = ORDERS[plan.strategy](weighed, asked.turn, chance) if weighed else []
    targets = (*_bound(ordered, plan, asked.bond), *weak)
    return msgspec.structs.replace(plan, targets=targets, excluded=(*plan.excluded, *left_out), bond=asked.bond)


def _sort(
    plan: Plan, landscape: Landscape, asked: Asked, health: HealthSnapshot, chance: float
) -> tuple[_Sorted, float]:
    found = _Sorted()
    for target in plan.targets:
        reason = _unmet(target.when, asked) or _unable(target, landscape, asked)
        if reason is not None:
            found.unfit.append(target.because(reason))
            continue
        fares = health.of(target)
        if fares.trouble:
            (found.resting if fares.resting else found.ill).append(target.because(fares.trouble))
            continue
        if fares.share < 1.0:
            taken, chance = flip(fares.share, chance)
            if not taken:
                found.weak.append(target.because(f"recovering: {100 * fares.share:.0f} % of the requests go there"))
                continue
        facts = landscape.facts(target.provider, target.model) if asked.needs is not None else None
        tight = overflows(asked.needs, facts) if asked.needs is not None else None
        (found.fit if tight is None else found.tight).append(target if tight is None else target.because(tight))
    return found, chance


def _unmet(condition: Condition | None, asked: Asked) -> str | None:
    """What of a target's condition is not true of the request."""
    return None if condition is None else next(_unmet_parts(condition, asked), None)


def _unmet_parts(condition: Condition, asked: Asked) -> Iterator[str]:
    abilities = asked.needs.abilities if asked.needs is not None else frozenset[str]()
    yield from (f"only for requests tagged {tag}" for tag in condition.tags if tag not in asked.tags)
    for name, value in condition.metadata.items():
        if asked.metadata.get(name) != value:
            yield f"only for requests whose metadata has {name}: {value}"
    yield from (f"only for requests that need {need}" for need in condition.needs if need not in abilities)


def _unable(target: RouteTarget, landscape: Landscape, asked: Asked) -> str | None:
    if asked.needs is None and asked.today is None:
        return None
    facts = landscape.facts(target.provider, target.model)
    ended = facts.shutdown if facts is not None else None
    if ended is not None and asked.today is not None and ended <= asked.today:
        return f"it ended on {ended}"
    return unserved(asked.needs, facts) if asked.needs is not None else None


def _nobody(plan: Plan, found: _Sorted, health: HealthSnapshot) -> Exception:
    told = "; ".join(f"{target.name}: {target.reason}" for target in (*found.resting, *found.unfit))
    if found.resting:
        wait = min(health.of(target).wait for target in found.resting)
        return RateLimitedError(f"every target of {plan.route[:100]!r} has to rest: {told}", retry_after=wait)
    return InvalidRequestError(f"no target of {plan.route[:100]!r} can serve this request: {told}", param="model")


def _weighed(target: RouteTarget, landscape: Landscape, asked: Asked, fares: TargetHealth) -> Candidate:
    needs = asked.needs or Needs()
    seconds = None
    if fares.first_token is not None or fares.per_token is not None:
        seconds = (fares.first_token or 0.0) + (fares.per_token or 0.0) * needs.output
    cost = _cost(target, landscape, asked, needs)
    return Candidate(target=target, health=fares, cost=cost, seconds=seconds)


def _cost(target: RouteTarget, landscape: Landscape, asked: Asked, needs: Needs) -> Money | None:
    bond = asked.bond
    cached = min(bond.cached, needs.input) if bond is not None and bond.place == target.place else 0
    usage = TokenUsage(input=needs.input - cached, cache_read=cached, output=needs.output)
    return landscape.price(target.provider, target.model, usage)


def _bound(ordered: list[RouteTarget], plan: Plan, bond: Bond | None) -> list[RouteTarget]:
    """The place that a conversation is bound to comes first, where the strategy has not priced that already."""
    if bond is None or (plan.strategy in BY_COST and not bond.named):
        return ordered
    first = [target.because("the conversation was there before") for target in ordered if target.place == bond.place]
    return [*first, *(target for target in ordered if target.place != bond.place)] if first else ordered
