"""Where a request may go: what is configured, known and observed, brought together for the router. Floor 7."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import random
from time import monotonic

import msgspec

from pontage.catalog import ModelFacts, Money
from pontage.config import Config
from pontage.crossing import CallOptions, Crossing
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, TokenUsage
from pontage.errors import InvalidRequestError, RouteNotFoundError
from pontage.knowledge import Knowledge
from pontage.providers.described import missing_key
from pontage.registry import ALIASES, Configured, ProviderRegistry
from pontage.router.bonds import Bonds, cached_of, conversation_of
from pontage.router.book import HealthBook
from pontage.router.choice import Asked, choose
from pontage.router.keeping import Keepers
from pontage.router.landscape import Landscape
from pontage.router.needs import Needs, is_plain, needs_of
from pontage.router.plan import Bond, Plan, RouteTarget, plan, plan_list

MOST_PLANS = 1024
"""Names whose plan is kept; a caller can make up names without end."""


class Planner:
    """Plans by a configuration. `book`: how targets fare; `keepers`: who keeps what requests go on from."""

    def __init__(self, config: Config, registry: ProviderRegistry, knowledge: Knowledge, book: HealthBook) -> None:
        self._config = config
        self._registry = registry
        self._knowledge = knowledge
        self._book = book
        self._bonds = Bonds()
        self.keepers = Keepers(lambda target, form: registry.require(target.provider).speaks(form, target.model))
        self._turns: dict[str, int] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._planned = registry.revision
        self._landscape = self._looked_at()

    def plan(self, model: str, *fallbacks: str) -> Plan:
        """Where requests for `model` may go, and why; `fallbacks` are a caller's own. See `router.plan.plan`.

        Plans are kept until the registry changes: choosing anew would be a tenth of a request's cost.
        """
        if self._planned != self._registry.revision or len(self._plans) > MOST_PLANS:
            self._plans.clear()
            self._planned = self._registry.revision
            self._landscape = self._looked_at()
        names = (model, *fallbacks)
        known = self._plans.get(names)
        if known is None:
            made = plan_list(names, self._landscape) if fallbacks else plan(model, self._landscape)
            known = self._plans[names] = made
        return known

    def chosen(self, call: Call, options: CallOptions) -> Plan:
        """The plan for this request: its targets in order. Raises one of the error tree where there is none."""
        found = self.plan(call.model, *options.fallbacks)
        if call.kept and call.client is not None:
            found = self.keepers.bind(found, call.kept, call.client.name, monotonic())
        if found.is_fixed:
            return found
        conversation = self._conversation(call, options)
        asked = self._asked(call, found, options, conversation)
        health = self._book.snapshot(found.targets, monotonic())
        ordered = choose(found, self._landscape, asked, health, random())  # noqa: S311 - chance, not a secret
        return msgspec.structs.replace(ordered, conversation=conversation)

    def to_provider(self, name: str | None, able: Callable[[Configured], bool]) -> Plan:
        """A plan for what is asked of no model: the provider `name`, else the first ready one that is `able`.

        Raises ModelNotFoundError when there is no such provider, RouteNotFoundError when none is able, and
        AuthenticationError when those that are have no key.
        """
        if name is None:
            found = [one for one in self._registry.all() if able(one)]
            if not found:
                raise RouteNotFoundError("no configured provider takes this", hint="name one: x-pontage-provider")
            first = next((one for one in found if one.ready), None)
            if first is None:
                raise missing_key(found[0].client.config, "")
            target = RouteTarget(provider=first.name, model="", reason="the first that takes it")
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

    def remember(self, crossing: Crossing) -> None:
        """A call was answered: its conversation comes back to the same place, to its cache and what is kept there."""
        if crossing.error is not None or crossing.watch is None:
            return
        if crossing.state or crossing.plan.kept:
            ids = [one for one in (crossing.state, *crossing.plan.kept) if one]
            self.keepers.keep(ids, crossing.target.place, crossing.key, monotonic())
        if crossing.plan.conversation:
            bond = Bond(place=crossing.target.place, key=crossing.key, cached=cached_of(crossing.usage))
            self._bonds.keep(crossing.plan.conversation, bond, monotonic())

    def _looked_at(self) -> Landscape:
        providers = {configured.name: configured for configured in self._registry.all()}
        return Landscape(providers, self._config.models, ALIASES, self._facts, self._price_now, self._registry.absent)

    def _facts(self, provider: str, model: str) -> ModelFacts | None:
        """What the catalogue tells, and the user's own word before it."""
        configured = self._registry.require(provider)
        facts = self._knowledge.facts(configured.client.provider_type, configured.base_name(model))
        own = configured.settings.models.get(model)
        if own is None or (own.context_window is None and own.max_output_tokens is None):
            return facts
        facts = facts or ModelFacts(id=model)
        context = own.context_window or facts.context
        return msgspec.structs.replace(
            facts, context=context, max_input=None, max_output=own.max_output_tokens or facts.max_output
        )

    def price(self, crossing: Crossing, usage: TokenUsage) -> Money | None:
        """What `usage` cost at the place where the crossing is now; None when no price is known."""
        target = crossing.target
        asked = (target.params or {}).get("service_tier") or crossing.options.service_tier
        return self._price(target.provider, target.model, usage, crossing.began, asked)

    def _price_now(self, provider: str, model: str, usage: TokenUsage) -> Money | None:
        return self._price(provider, model, usage, datetime.now(UTC))

    def _price(
        self, provider: str, model: str, usage: TokenUsage, at: datetime, tier: str | None = None
    ) -> Money | None:
        configured = self._registry.require(provider)
        place = self._knowledge.learn(provider, configured.client.provider_type, configured.names(model))
        return self._knowledge.cost(usage, place, at, tier)

    def _asked(self, call: Call, found: Plan, options: CallOptions, conversation: str) -> Asked:
        turn = self._turns[found.route] = self._turns.get(found.route, -1) + 1 if len(self._turns) < MOST_PLANS else 0
        wants_metadata = any(target.when is not None and target.when.metadata for target in found.targets)
        request = _read(call) if wants_metadata or not _is_plain(call) else None
        bond = found.bond or (self._bonds.find(conversation, monotonic()) if conversation else None)
        if bond is not None and options.session is not None:
            bond = msgspec.structs.replace(bond, named=True)
        return Asked(
            needs=needs_of(request) if request is not None else Needs(input=len(call.body) // 4),
            tags=frozenset(options.tags),
            metadata=(request.metadata if request is not None else None) or {},
            bond=bond,
            turn=turn,
            today=datetime.now(UTC).date(),
        )

    def _conversation(self, call: Call, options: CallOptions) -> str:
        if options.session is not None:
            return f"session:{options.session}"
        request = None if _is_plain(call) else _read(call)  # what is short is in no cache
        return conversation_of(request) if request is not None else ""


def _is_plain(call: Call) -> bool:
    return call.client is not None and is_plain(call.body)


def _read(call: Call) -> ChatRequest | None:
    """The canonical request; None where it is not valid, which its provider may tell better."""
    try:
        return call.request
    except InvalidRequestError:
        return None
