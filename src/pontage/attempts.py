"""Where a call may go, and the attempts it takes until one answers. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from pontage.config import Config
from pontage.crossing import CallOptions, Crossing, label, signed
from pontage.errors import InvalidRequestError, PontageError, RouteNotFoundError
from pontage.knowledge import Knowledge
from pontage.providers.base import Attempt
from pontage.registry import ALIASES, Configured, ProviderRegistry
from pontage.router.landscape import Landscape
from pontage.router.plan import Plan, RouteTarget, plan
from pontage.router.retry import MAX_ATTEMPTS, another_key, another_target

T = TypeVar("T")

MOST_PLANS = 1024
"""Names whose plan is kept; a caller can make up names without end."""


class Attempts:
    """Plans by a configuration, and tries what is planned. `settle` is told of every call that failed."""

    def __init__(
        self, config: Config, registry: ProviderRegistry, knowledge: Knowledge, settle: Callable[[Crossing], None]
    ) -> None:
        self._config = config
        self._registry = registry
        self._knowledge = knowledge
        self._settle = settle
        self._plans: dict[str, Plan] = {}
        self._planned = registry.revision

    def landscape(self) -> Landscape:
        """What there is to choose from now."""
        providers = {configured.name: configured for configured in self._registry.all()}
        return Landscape(providers, self._config.models, ALIASES)

    def plan(self, model: str) -> Plan:
        """Where a request for `model` may go, and why. See `router.plan.plan`.

        Plans are kept until the registry changes: choosing anew would be a tenth of a request's cost.
        """
        if self._planned != self._registry.revision or len(self._plans) > MOST_PLANS:
            self._plans.clear()
            self._planned = self._registry.revision
        known = self._plans.get(model)
        if known is None:
            known = self._plans[model] = plan(model, self.landscape())
        return known

    def to_provider(self, name: str | None, able: Callable[[Configured], bool]) -> Plan:
        """A plan for what is asked of no model: the provider `name`, else the first ready one that is `able`.

        Raises ModelNotFoundError when there is no such provider.
        """
        if name is None:
            ready = [one.name for one in self._registry.all() if one.ready and able(one)]
            if not ready:
                raise RouteNotFoundError("no configured provider takes this", hint="name one: x-pontage-provider")
            target = RouteTarget(provider=ready[0], model="", reason="the first that takes it")
        else:
            target = RouteTarget(provider=self._registry.require(name).name, model="", reason="named by the caller")
        return Plan(route=target.provider, targets=(target,))

    def able(self, chosen: Plan, operation: str, able: Callable[[Configured], bool]) -> Plan:
        """`chosen` without the targets whose provider is not `able` to do `operation`. Raises InvalidRequestError when
        none is left."""
        targets = [one for one in chosen.targets if able(self._registry.require(one.provider))]
        if not targets:
            names = [one.name for one in self._registry.all() if one.ready and able(one)]
            raise InvalidRequestError(
                f"no provider of {chosen.route[:100]!r} does {operation}",
                param="model",
                hint=f"those that do: {', '.join(names)}" if names else f"no configured provider does {operation}",
            )
        return msgspec.structs.replace(chosen, targets=tuple(targets))

    async def run(
        self, chosen: Plan, options: CallOptions, attempt_once: Callable[[Configured, Attempt], Awaitable[T]]
    ) -> tuple[T, Crossing]:
        """Try target after target until one answers; every attempt translates afresh from the client's request."""
        crossing = Crossing(plan=chosen, target=chosen.targets[0], began=datetime.now(UTC))
        total = (chosen.timeouts or self._registry.require(chosen.targets[0].provider).client.config.timeouts).total
        deadline = asyncio.get_running_loop().time() + min(total, options.timeout or total)
        failure: PontageError | None = None
        for target in chosen.targets:
            configured = self._registry.require(target.provider)
            crossing.target = target
            crossing.simulated = configured.simulated
            for key in (target.key,) if target.key is not None else configured.keys_in_turn():
                if len(crossing.attempts) == MAX_ATTEMPTS:
                    break
                model = configured.wire_name(target.model)
                attempt = Attempt(
                    model=model,
                    key=key,
                    params=target.params,
                    timeouts=chosen.timeouts or configured.client.config.timeouts,
                    deadline=deadline,
                    strict=options.strict or chosen.strict,
                    restrictions=self._knowledge.restrictions(
                        configured.client.provider_type, configured.base_name(target.model)
                    ),
                    policy=chosen.restrictions,
                )
                try:
                    result = await attempt_once(configured, attempt)
                except PontageError as error:
                    failure = error
                    crossing.attempts += (f"{target.provider}:{label(error)}",)
                else:
                    crossing.attempts += (f"{target.provider}:200",)
                    return result, crossing
                if not another_key(failure):
                    break
            if failure is not None and not another_target(failure):
                break
        assert failure is not None
        crossing.error = signed(failure, crossing)
        self._settle(crossing)
        raise failure
