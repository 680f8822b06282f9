"""The parts of a provider's README that are found out: its models and prices, and what stands behind each feature."""

import functools
from collections.abc import Callable

from pontage.catalog import STANDARD, Catalog, ModelFacts, rate_for, rates_under, usd_per_million
from pontage.cli.facts import UNKNOWN, abilities, count
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import CLIENT_SIDES
from pontage.inventory import has_ended, informed
from pontage.providers.base import ModelInfo
from tests.facts.capabilities import NOT_SAID, can_say, evidence
from tests.facts.features import FEATURES, Feature
from tests.facts.markdown import codes, table
from tests.facts.providers import client_of, spoken
from tests.facts.recorded import recorded

UNITS = ("input", "cache_read", "output")
TITLES = ("model", "context", "max output", "can", "input", "cached", "output", "ends")


@functools.cache
def catalog() -> Catalog:
    """The catalogue that comes with the package."""
    return Catalog.load()


def models(kind: str) -> Callable[[], str]:
    """The models that a provider's folder lists, and how many more the catalogue knows."""

    def told() -> str:
        listed = client_of(kind).config.models
        known = [facts for facts in catalog().models(kind) if not has_ended(facts, catalog().built)]
        if not known:
            return "The catalogue knows no models of this provider: what they can, and cost, is for their owner to say."
        priced = sum(1 for facts in known if facts.prices is not None)
        sources = ", ".join(f"{one.name} {one.version}" for one in catalog().sources.values())
        intro = (
            f"The catalogue has {len(known)} models of this provider that had not ended on {catalog().built}, {priced} "
            f"with prices (from {sources}); `pontage providers {kind}` lists them. Prices are USD per million tokens, "
            "for short prompts at the standard tier."
        )
        rows = [_row(info, catalog().find(kind, info.id)) for info in listed]
        return f"{intro}\n\n{table(TITLES, rows)}" if rows else intro

    return told


def _row(listed: ModelInfo, facts: ModelFacts | None) -> tuple[str, ...]:
    info = informed(listed, facts)
    known = facts.prices if facts is not None else None
    rates = (rates_under(known, STANDARD, catalog().built) if known is not None else None) or {}
    prices = {unit: str(usd_per_million(rate_for(rates[unit], 0))) for unit in UNITS if unit in rates}
    return (
        f"`{info.id}`",
        count(info.context),
        count(info.max_output),
        ", ".join(abilities(info)) or UNKNOWN,
        *(prices.get(unit, UNKNOWN) for unit in UNITS),
        str(info.shutdown or UNKNOWN),
    )


def standing(kind: str) -> Callable[[], str]:
    """What stands behind each feature of a provider, by the formats it is spoken to in."""

    def told() -> str:
        ways = spoken(kind)
        if not ways:
            return "It is spoken to in no format: it makes its answers up, and the tests of the gateway are its own."
        known = recorded().get(kind)
        sides = {
            side.name: side for one in ways for side in one.sides if side is one.sides[0] or side.name in CLIENT_SIDES
        }
        rows = ((feature.name, *(_word(kind, side, feature) for side in sides.values())) for feature in FEATURES)
        endpoints = known.endpoints if known is not None else {}
        intro = f"Recordings of it: {codes(f'{name} {number}' for name, number in sorted(endpoints.items()))}."
        return f"{intro}\n\n{table(('feature', *(f'`{name}`' for name in sides)), rows)}"

    return told


def _word(kind: str, side: ProviderSide, feature: Feature) -> str:
    known = recorded().get(kind)
    shown = known.features.get(side.name, {}).get(feature.name) if known is not None else None
    if shown:
        return f"recorded ({shown})"
    return evidence(kind, side, feature) if can_say(side, feature) else NOT_SAID
