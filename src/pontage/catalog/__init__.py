"""Facts on models as data: limits, abilities, prices, and what each model refuses. Floor 1.

`restrictions` (what is done about the latter) works on requests and is imported from its own module.
"""

from pontage.catalog.facts import EFFORTS, ModelFacts, ReasoningFacts, Source
from pontage.catalog.money import Money, pico_of, usd_per_million
from pontage.catalog.prices import STANDARD, Conditions, PriceList, Rates, Tiered, rate_for, rates_under
from pontage.catalog.reader import Catalog
from pontage.catalog.rules import Restrictions, Rule

__all__ = [
    "EFFORTS",
    "STANDARD",
    "Catalog",
    "Conditions",
    "ModelFacts",
    "Money",
    "PriceList",
    "Rates",
    "ReasoningFacts",
    "Restrictions",
    "Rule",
    "Source",
    "Tiered",
    "pico_of",
    "rate_for",
    "rates_under",
    "usd_per_million",
]
