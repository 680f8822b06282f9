"""What is known of the models in use, for the engine: what each refuses, and what a crossing costs. Floor 5.

The catalogue is opened when the first model is asked about, and what it says of a model is kept: both are on the way of
every request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property

from pontage.catalog import Catalog, ModelFacts, Money, Restrictions, rate_for, usd_per_million
from pontage.catalog.rules import NO_RESTRICTIONS
from pontage.cost import CostCalculator, conditions_of, told_cost
from pontage.domain.chat import TokenUsage

MOST_MODELS = 4096
"""Models whose restrictions are kept; a caller can make up names without end."""


class Knowledge:
    """Facts on models by the configured provider's name and its type (which is the catalogue's name for it).

    `prices`: the user's own, USD per million tokens by `provider/model` and unit; they win over the catalogue's.
    """

    def __init__(
        self,
        prices: Mapping[str, Mapping[str, float | None]] | None = None,
        open_catalog: Callable[[], Catalog] = Catalog.load,
    ) -> None:
        self._prices = prices or {}
        self._open_catalog = open_catalog
        self._types: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._restrictions: dict[tuple[str, str], Restrictions] = {}
        self._thinkers: dict[tuple[str, str], bool] = {}

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue itself."""
        return self._open_catalog()

    @cached_property
    def calculator(self) -> CostCalculator:
        """The one place where costs are computed."""
        return CostCalculator(self.catalog, self._prices, self._types, self._names)

    def restrictions(self, provider_type: str, model: str) -> Restrictions:
        """What `model` does not take; nothing where the catalogue knows neither it nor its family."""
        key = (provider_type, model)
        known = self._restrictions.get(key)
        if known is None:
            if len(self._restrictions) >= MOST_MODELS:
                self._restrictions.clear()
            known = self._restrictions[key] = self.catalog.restrictions(provider_type, model) or NO_RESTRICTIONS
        return known

    def thinks(self, provider_type: str, model: str) -> bool:
        """Whether `model` is known to be able to think before it speaks."""
        key = (provider_type, model)
        known = self._thinkers.get(key)
        if known is None:
            if len(self._thinkers) >= MOST_MODELS:
                self._thinkers.clear()
            facts = self.facts(provider_type, model)
            known = facts is not None and facts.reasoning is not None and facts.reasoning.supported
            self._thinkers[key] = known
        return known

    def learn(self, provider: str, provider_type: str, names: tuple[str, ...]) -> str:
        """`provider/model` as costs and prices are asked for. `names`: what the model is called, by the user first and
        by the catalogue last."""
        self._types[provider] = provider_type
        place = f"{provider}/{names[0]}"
        if len(names) > 1:  # of which there are no more than the configuration names
            self._names[place] = tuple([f"{provider}/{name}" for name in names])
        return place

    def cost(self, usage: TokenUsage, place: str, at: datetime, tier: str | None = None) -> Money | None:
        """What `usage` cost at a `place` that was learnt: the provider's own word, else its buckets by the prices at
        the time; None when unknown. `tier`: the service tier asked for, where the usage does not tell one."""
        told = told_cost(usage)
        if told is not None:
            return told
        return self.calculator.calculate_cost(usage, place, conditions_of(usage, at, tier))

    def facts(self, provider_type: str, model: str) -> ModelFacts | None:
        """What the catalogue tells of a model."""
        return self.catalog.find(provider_type, model)

    def prices(self, place: str) -> dict[str, float] | None:
        """USD per million units at a `place` that was learnt, for short prompts at the standard tier; None where no
        price is known."""
        rates = self.calculator.rates(place)
        return None if rates is None else {unit: float(usd_per_million(rate_for(rates[unit], 0))) for unit in rates}
