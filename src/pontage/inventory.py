"""Which models there are: what the configuration, the providers' own lists and the catalogue tell, made one. Floor 5.

No list is asked for at import or at start. When somebody wants to see the models, those providers are asked whose
models nobody here knows, or who are on a private address; all of them when it is demanded. Their answers are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from time import monotonic

import msgspec
from msgspec import Struct

from pontage.catalog import ModelFacts
from pontage.config import Config
from pontage.errors import PontageError
from pontage.knowledge import Knowledge
from pontage.providers.base import Knower, ModelInfo
from pontage.registry import Configured, ProviderRegistry

KEPT = 300.0
"""Seconds for which a provider's own list holds."""
KEPT_FAILURE = 30.0
"""Seconds after which a provider that did not tell its list is asked again."""
PATIENCE = 2.0
"""Seconds that somebody who wants to see the models waits; what comes later is there the next time."""
SERVED = ("chat", "embedding", "rerank")
"""What a model must be for, to be listed when only the catalogue knows it."""
ABILITIES = ("tools", "parallel_tools", "json_schema", "caching", "web_search", "prefill")


class Listing(Struct, frozen=True):
    """What a provider told when it was asked, and until when (on the monotonic clock) that holds."""

    models: tuple[ModelInfo, ...] = ()
    until: float = 0.0

    @property
    def names(self) -> frozenset[str]:
        """Theirs."""
        return frozenset(info.id for info in self.models)


UNASKED = Listing()


class Inventory:
    """The models that a caller can name: virtual ones first, then `provider/model` of each provider that is ready."""

    def __init__(self, config: Config, registry: ProviderRegistry, knowledge: Knowledge) -> None:
        self._config = config
        self._registry = registry
        self._knowledge = knowledge
        self._listings: dict[Configured, Listing] = {}
        self._asking: dict[Configured, asyncio.Task[None]] = {}

    async def get_available_models(self, refresh: bool = False) -> list[ModelInfo]:
        """Every model that can be named. Asks those providers whose own list is needed, or all with `refresh`; of one
        that does not answer is told what is known without it."""
        await self.ask([one for one in self._ready() if refresh or self._is_needed(one)])
        return self.known_models()

    def known_models(self) -> list[ModelInfo]:
        """The same by what is known now. Asks no one."""
        virtual = [ModelInfo(id=name, provider="pontage", known_from=("config",)) for name in self._config.models]
        found = [info for one in self._ready() for info in self.models_of(one)]
        return [*virtual, *(msgspec.structs.replace(info, id=f"{info.provider}/{info.id}") for info in found)]

    def models_of(self, configured: Configured) -> list[ModelInfo]:
        """The models of one provider by their own names, those of the configuration first. Asks no one."""
        listed = self._listings.get(configured, UNASKED).models
        patterns = configured.client.config.catalogued
        every = self._knowledge.catalog.models(configured.client.provider_type)
        catalogued = [facts for facts in every if any(fnmatchcase(facts.id, one) for one in patterns)]
        return list(merged(configured, listed, catalogued, self._knowledge))

    def listed(self, configured: Configured) -> frozenset[str]:
        """The names in the provider's own list, if it was asked for it. Asks no one."""
        return self._listings.get(configured, UNASKED).names

    async def ask(self, wanted: Sequence[Configured]) -> None:
        """Ask these providers for their own lists, side by side, and wait for them as long as one likes to wait."""
        if wanted:
            await asyncio.wait([self._task(one) for one in wanted], timeout=PATIENCE)

    async def aclose(self) -> None:
        """Give up what is still being asked."""
        here = asyncio.get_running_loop()
        for task in self._asking.values():
            if task.get_loop() is here:
                task.cancel()
        self._asking.clear()

    def _ready(self) -> list[Configured]:
        return [configured for configured in self._registry.all() if configured.ready]

    def _is_needed(self, configured: Configured) -> bool:
        if self._listings.get(configured, UNASKED).until > monotonic():
            return False
        return configured.client.config.private or not self.models_of(configured)

    def _task(self, configured: Configured) -> asyncio.Task[None]:
        """The asking under way in this event loop, or a new one: many who want to see the models ask once."""
        task = self._asking.get(configured)
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._asking[configured] = asyncio.create_task(self._ask(configured))
        return task

    async def _ask(self, configured: Configured) -> None:
        try:
            told, kept = tuple(await configured.client.list_models(configured.keys_in_turn()[0])), KEPT
        except PontageError:
            told, kept = self._listings.get(configured, UNASKED).models, KEPT_FAILURE
        self._listings[configured] = Listing(told, monotonic() + kept)


def merged(
    configured: Configured, listed: Iterable[ModelInfo], catalogued: Iterable[ModelFacts], knowledge: Knowledge
) -> Iterator[ModelInfo]:
    """Every model once, with all that is told of it: the user's word before the provider's, the catalogue's last.

    The catalogue adds those that can be called here and have not ended.
    """
    built_in = {info.id: info for info in configured.client.get_available_models()}
    own = {info.id: info for info in listed}
    called = {configured.wire_name(model): model for model in configured.settings.models}
    today = datetime.now(UTC).date()
    added = (facts.id for facts in catalogued if facts.mode in SERVED and not has_ended(facts, today))
    theirs = [model for model in dict.fromkeys([*built_in, *own, *added]) if model not in called]
    for model in dict.fromkeys([*configured.settings.models, *theirs]):
        name, base = configured.wire_name(model), configured.base_name(model)
        facts = knowledge.facts(configured.client.provider_type, base)
        stands = model in own or model in configured.settings.models
        if facts is not None and has_ended(facts, today) and not stands:
            continue
        told: dict[Knower, object] = {
            "config": configured.settings.models.get(model),
            "listing": own.get(name),
            "built-in": built_in.get(name),
            "catalogue": facts,
        }
        info = own.get(name) or built_in.get(name) or ModelInfo(id=name)
        yield msgspec.structs.replace(
            informed(info, facts),
            id=model,
            provider=configured.name,
            prices=knowledge.prices(
                knowledge.learn(configured.name, configured.client.provider_type, configured.names(model))
            ),
            known_from=tuple(knower for knower, said in told.items() if said is not None),
        )


def informed(info: ModelInfo, facts: ModelFacts | None) -> ModelInfo:
    """`info` with what the catalogue adds; what it says already stays."""
    if facts is None:
        return info
    able = {name: said for name in ABILITIES if (said := getattr(facts, name)) is not None}
    if facts.reasoning is not None:
        able["reasoning"] = facts.reasoning.supported
    return msgspec.structs.replace(
        info,
        title=info.title or facts.title,
        mode=facts.mode,
        context=info.context or facts.context,
        max_output=info.max_output or facts.max_output,
        inputs=info.inputs or facts.inputs,
        outputs=info.outputs or facts.outputs,
        capabilities={**able, **info.capabilities},
        shutdown=facts.shutdown,
    )


def has_ended(facts: ModelFacts, today: date) -> bool:
    """Whether the day of a model's end has come."""
    return facts.shutdown is not None and facts.shutdown <= today
