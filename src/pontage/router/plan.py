"""From a model's name to the targets it stands for, with a reason for each. Floor 6; pure.

A name is a virtual model of the configuration, `provider/model`, a vendor's bare model id, or `auto`. A plan holds
until the configuration changes; `choice` puts its targets in order for one request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from pontage.catalog.restrictions import Policy
from pontage.config import Condition, Hedge, OnDisconnect, Secret, Target, Timeouts, VirtualModel
from pontage.errors import ClientError, ModelNotFoundError
from pontage.router.classify import MAX_ATTEMPTS, Rule
from pontage.router.landscape import Landscape

Strategy = Literal[
    "fallback", "weighted", "round_robin", "least_busy", "fastest", "cheapest", "balanced", "reliable"
]  # fmt: skip
AUTO: Final[Mapping[str, Strategy]] = {
    "auto": "balanced",
    "auto/cheapest": "cheapest",
    "auto/fastest": "fastest",
    "auto/balanced": "balanced",
    "auto/reliable": "reliable",
}
"""Virtual models that are always there: any model that is configured and known, by this strategy."""


class RouteTarget(Struct, frozen=True, kw_only=True):
    """One place a request may go; `provider` is empty where the name leads to none. `pool`: whose keys open it, empty
    for the provider's own."""

    provider: str
    model: str
    reason: str
    key: Secret | None = None
    pool: str = ""
    params: dict[str, Any] | None = None
    weight: int = 1
    when: Condition | None = None

    @property
    def name(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}" if self.provider else self.model

    @property
    def place(self) -> tuple[str, str, str]:
        """What its health is kept by."""
        return self.provider, self.model, self.pool

    def because(self, reason: str) -> RouteTarget:
        """The same target for another reason."""
        return msgspec.structs.replace(self, reason=reason)


class Bond(Struct, frozen=True, kw_only=True):
    """Where a conversation was served before, with which key, and how much of its prompt (tokens) is probably cached
    there. `named`: the caller asked for the same place by a session of its own; `only`: something is kept there that
    no other provider and no other key has."""

    place: tuple[str, str, str]
    key: str = ""
    cached: int = 0
    named: bool = False
    only: bool = False

    def holds(self, target: RouteTarget) -> bool:
        """Whether `target` is there: what is kept with a key is there for all models."""
        return target.place == self.place or (self.only and target.place[::2] == self.place[::2])


class Plan(Struct, frozen=True, kw_only=True):
    """The targets in order, those left out with their reason, and the route's own rules. `attempts`: how many it may
    cost; `rules`: refusals after which another target is asked; `restrictions`: what the route says to do about what a
    model refuses; `on_disconnect`, `continues`, `hedge`: what it says of callers who leave, of streams that break and
    of slow targets; `conversation`: which one the request is part of, if that matters, with its `bond`;
    `kept`: what it goes on from that a provider keeps."""

    route: str
    targets: tuple[RouteTarget, ...]
    excluded: tuple[RouteTarget, ...] = ()
    strategy: Strategy = "fallback"
    attempts: int = MAX_ATTEMPTS
    rules: tuple[Rule, ...] = ()
    timeouts: Timeouts | None = None
    strict: bool = False
    restrictions: Policy | None = None
    on_disconnect: OnDisconnect | None = None
    continues: bool = False
    hedge: Hedge | None = None
    conversation: str = ""
    bond: Bond | None = None
    kept: tuple[str, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to choose: one target, for every request."""
        return len(self.targets) == 1 and self.targets[0].when is None


def plan(model: str, landscape: Landscape) -> Plan:
    """Where a request for `model` may go. Raises ModelNotFoundError (with the nearest name) or InvalidRequestError
    (a bare id that several providers have)."""
    route = landscape.routes.get(model)
    if route is not None:
        return _plan_route(model, route, landscape)
    if model in AUTO:
        return _plan_auto(model, landscape)
    provider, name, reason = landscape.resolve(model)
    return Plan(route=model, targets=(RouteTarget(provider=provider, model=name, reason=reason),))


def plan_list(models: Sequence[str], landscape: Landscape) -> Plan:
    """Where a request may go whose caller lists `models` (at least one) in the order of its liking. The first one's
    rules hold; names that lead nowhere are left out, unless it is the first."""
    first = plan(models[0], landscape)
    targets, excluded = list(first.targets), list(first.excluded)
    for model in models[1:]:
        try:
            more = plan(model, landscape)
        except ClientError as error:
            excluded.append(RouteTarget(provider="", model=model, reason=error.message))
            continue
        excluded += more.excluded
        for target in more.targets:
            fault = _unusable(target, landscape) if more.is_fixed else None
            (targets if fault is None else excluded).append(target.because(fault or f"listed: {target.reason}"))
    unique = {target.place: target for target in reversed(targets)}
    kept = tuple(target for target in targets if unique.get(target.place) is target)
    strategy = first.strategy if len(models) == 1 else "fallback"
    return msgspec.structs.replace(first, targets=kept, excluded=tuple(excluded), strategy=strategy)


def _plan_route(name: str, route: VirtualModel, landscape: Landscape) -> Plan:
    taken: list[RouteTarget] = []
    excluded: list[RouteTarget] = []
    for position, target in enumerate(route.targets, 1):
        try:
            found = _target(name, position, target, landscape)
        except ClientError as error:
            excluded.append(RouteTarget(provider="", model=target.model, reason=error.message))
            continue
        fault = _unusable(found, landscape, simulated=route.allow_simulated)
        (taken if fault is None else excluded).append(found if fault is None else found.because(fault))
    if not taken:
        told = "; ".join(f"{target.name}: {target.reason}" for target in excluded)
        raise ModelNotFoundError(f"no target of the virtual model {name!r} can be used: {told}")
    return Plan(
        route=name,
        targets=tuple(taken),
        excluded=tuple(excluded),
        strategy=route.strategy,
        attempts=1 + route.retries,
        rules=tuple(route.fallback_on),
        timeouts=route.timeouts,
        strict=route.translation == "strict",
        restrictions=route.restrictions,
        on_disconnect=route.on_disconnect,
        continues=route.continue_after_cut,
        hedge=route.hedge,
    )


def _plan_auto(name: str, landscape: Landscape) -> Plan:
    targets = tuple(_any_target(name, landscape))
    if not targets:
        raise ModelNotFoundError(
            f"{name} chooses among the models of configured providers, and none is known",
            param="model",
            hint="configure a provider with a key; the simulated one is asked by name only: simulated/echo",
        )
    return Plan(route=name, targets=targets, strategy=AUTO[name])


def _any_target(name: str, landscape: Landscape) -> Iterator[RouteTarget]:
    for known in landscape.providers.values():
        if not known.ready or known.simulated:
            continue
        for model in known.model_ids():
            facts = landscape.facts(known.name, model)
            if facts is not None and facts.mode == "chat":
                yield RouteTarget(provider=known.name, model=model, reason=f"one of {name}")


def _target(route: str, position: int, target: Target, landscape: Landscape) -> RouteTarget:
    provider, model, _ = landscape.resolve(target.model)
    return RouteTarget(
        provider=provider,
        model=model,
        reason=f"target {position} of {route}",
        key=target.api_key,
        pool=f"{route}.{position}" if target.api_key is not None else "",
        params=target.params or None,
        weight=target.weight,
        when=target.when,
    )


def _unusable(target: RouteTarget, landscape: Landscape, *, simulated: bool = False) -> str | None:
    """Why a target that was not named by itself cannot be taken; None when it can."""
    known = landscape.provider(target.provider)
    if known is not None and known.simulated and not simulated:
        return "simulated, and the route does not say allow_simulated"
    if known is not None and not known.ready and target.key is None:
        return "the provider has no API key"
    return None
