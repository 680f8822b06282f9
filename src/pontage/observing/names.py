"""Which names of models may be told apart in metrics: never one that a caller made up. Floor 6."""

from __future__ import annotations

from typing import Final

from pontage.config import Config
from pontage.inventory import Inventory
from pontage.knowledge import Knowledge
from pontage.observing.families import OTHER
from pontage.registry import ProviderRegistry
from pontage.router.plan import AUTO

MOST_NAMES: Final = 1000
"""Models that are told apart: the catalogue alone knows thousands, and a caller may ask for all of them."""
DIRECT: Final = "direct"
"""The route of a call that names a provider's model itself."""


class KnownNames:
    """Names as the configuration, a provider's own list and the catalogue have them."""

    def __init__(self, config: Config, registry: ProviderRegistry, knowledge: Knowledge, inventory: Inventory) -> None:
        self._registry = registry
        self._knowledge = knowledge
        self._inventory = inventory
        self._routes = {*config.models, *AUTO}
        self._targets = {target.model for route in config.models.values() for target in route.targets}
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._told: set[tuple[str, str]] = set()

    def place(self, provider: str, model: str) -> tuple[str, str]:
        """The names of a provider and its model, or `other` for what nobody knows."""
        known = self._known.get((provider, model))
        return known if known is not None else self._look(provider, model)

    def route(self, name: str) -> str:
        """The name of a virtual model, or `direct`."""
        return name if name in self._routes else DIRECT

    def _look(self, provider: str, model: str) -> tuple[str, str]:
        found = provider, self._name(provider, model)
        if found[1] == OTHER or (found not in self._told and len(self._told) >= MOST_NAMES):
            return provider, OTHER  # not kept: tomorrow's list may have it
        self._told.add(found)
        if len(self._known) < 2 * MOST_NAMES:
            self._known[provider, model] = found
        return found

    def _name(self, provider: str, model: str) -> str:
        configured = self._registry.get(provider)
        if configured is None:
            return OTHER
        if f"{provider}/{model}" in self._targets or model in self._targets or model in configured.model_ids():
            return model
        if model in self._inventory.listed(configured):
            return model
        facts = self._knowledge.facts(configured.client.provider_type, configured.base_name(model))
        return facts.id if facts is not None else OTHER
