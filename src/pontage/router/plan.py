"""From a model's name to an ordered list of targets, with a reason for each. Floor 6; pure.

A name is a virtual model of the configuration, `provider/model`, or a vendor's bare model id. `plan` decides on a
snapshot of what is configured and never asks anyone; strategies beyond `fallback` are one more way to order `targets`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from msgspec import Struct

from pontage.catalog.restrictions import Policy
from pontage.config import Secret, Timeouts, VirtualModel
from pontage.errors import ClientError, InvalidRequestError, ModelNotFoundError

SHOWN = 100
"""Characters of a stranger's model name that an error repeats."""


class Known(Protocol):
    """What planning must know of a provider."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it could be called now."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether its answers are made up."""
        ...

    def has(self, model: str) -> bool:
        """Whether `model` is one of its models, or of a family it makes."""
        ...

    def model_ids(self) -> Sequence[str]:
        """The models it is known to have."""
        ...


class RouteTarget(Struct, frozen=True, kw_only=True):
    """One place a request may go; `provider` is empty where the name leads to none."""

    provider: str
    model: str
    reason: str
    key: Secret | None = None
    params: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}" if self.provider else self.model


class Plan(Struct, frozen=True, kw_only=True):
    """The targets in order, those left out with their reason, and the route's own rules."""

    route: str
    targets: tuple[RouteTarget, ...]
    excluded: tuple[RouteTarget, ...] = ()
    timeouts: Timeouts | None = None
    strict: bool = False
    restrictions: Policy = "adapt"


class Landscape(Struct, frozen=True):
    """What is configured: providers by name and alias, virtual models by name."""

    providers: Mapping[str, Known]
    routes: Mapping[str, VirtualModel]
    aliases: Mapping[str, str] = {}

    def provider(self, name: str) -> Known | None:
        """The provider of that name or alias."""
        return self.providers.get(name) or self.providers.get(self.aliases.get(name, name))

    def names(self) -> list[str]:
        """Every model a caller can name."""
        models = (f"{known.name}/{model}" for known in self.providers.values() for model in known.model_ids())
        return [*self.routes, *models]


def plan(model: str, landscape: Landscape) -> Plan:
    """Where a request for `model` may go. Raises ModelNotFoundError (with the nearest name) or InvalidRequestError
    (a bare id that several providers have)."""
    route = landscape.routes.get(model)
    if route is not None:
        return _plan_route(model, route, landscape)
    return Plan(route=model, targets=(_resolve(model, landscape),))


def _plan_route(name: str, route: VirtualModel, landscape: Landscape) -> Plan:
    taken: list[RouteTarget] = []
    excluded: list[RouteTarget] = []
    for position, target in enumerate(route.targets, 1):
        try:
            resolved = _resolve(target.model, landscape)
        except ClientError as error:
            excluded.append(RouteTarget(provider="", model=target.model, reason=error.message))
            continue
        known = landscape.provider(resolved.provider)
        reason, fits = f"target {position} of {name}", True
        if known is not None and known.simulated and not route.allow_simulated:
            reason, fits = "simulated, and the route does not say allow_simulated", False
        elif known is not None and not known.ready and target.api_key is None:
            reason, fits = "the provider has no API key", False
        found = RouteTarget(
            provider=resolved.provider,
            model=resolved.model,
            reason=reason,
            key=target.api_key,
            params=target.params or None,
        )
        (taken if fits else excluded).append(found)
    if not taken:
        raise ModelNotFoundError(
            f"no target of the virtual model {name!r} can be used: "
            + "; ".join(f"{target.name}: {target.reason}" for target in excluded)
        )
    return Plan(
        route=name,
        targets=tuple(taken),
        excluded=tuple(excluded),
        timeouts=route.timeouts,
        strict=route.translation == "strict",
        restrictions=route.restrictions,
    )


def _resolve(model: str, landscape: Landscape) -> RouteTarget:
    provider, slash, rest = model.partition("/")
    if slash and rest:
        known = landscape.provider(provider)
        if known is not None:
            return RouteTarget(provider=known.name, model=rest, reason=f"named: {known.name}/{rest}")
    able = [known for known in landscape.providers.values() if known.has(model)]
    ready = [known for known in able if known.ready]
    candidates = ready or able
    if len(candidates) == 1:
        name = candidates[0].name
        return RouteTarget(provider=name, model=model, reason=f"only {name} has {model}")
    if candidates:
        listed = ", ".join(f"{known.name}/{model[:SHOWN]}" for known in candidates)
        raise InvalidRequestError(
            f"the model {shown(model)} is ambiguous: {listed}", param="model", hint="write it as provider/model"
        )
    raise _not_found(model, landscape)


def shown(model: str) -> str:
    """A name as errors quote it: a stranger chose it, and its length."""
    return repr(model) if len(model) <= SHOWN else f"{model[:SHOWN]!r}..."


def _not_found(model: str, landscape: Landscape) -> ModelNotFoundError:
    near = get_close_matches(model[: 2 * SHOWN], landscape.names(), n=1, cutoff=0.5)
    return ModelNotFoundError(
        f"there is no model {shown(model)}",
        model=model[:SHOWN],
        param="model",
        hint=f"did you mean {near[0]!r}?" if near else "GET /v1/models lists what there is",
    )
