"""What a crossing costs: disjoint counts of tokens times their rates, in whole numbers. Floor 2; pure.

A cost that cannot be known (a model or a rate nobody told, counts the provider kept back) is None and never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.catalog.facts import ModelFacts
from pontage.catalog.money import PICO_IN_USD, Money, pico_of
from pontage.catalog.prices import STANDARD, Conditions, Rates, Unit, rate_for, rates_under
from pontage.catalog.reader import Catalog
from pontage.domain.chat import TokenUsage

RATES: Final[Mapping[str, tuple[Unit, ...]]] = {
    "input": ("input",),
    "cache_read": ("cache_read", "input"),
    "cache_write": ("cache_write", "input"),
    "cache_write_5m": ("cache_write_5m", "cache_write", "input"),
    "cache_write_1h": ("cache_write_1h", "cache_write", "input"),
    "input_audio": ("input_audio", "input"),
    "input_image": ("input_image",),
    "input_video": ("input_video",),
    "output": ("output",),
    "reasoning": ("reasoning", "output"),
    "output_audio": ("output_audio", "output"),
    "web_searches": ("web_search",),
    "search_units": ("search_unit",),
    "audio_seconds": ("audio_second",),
}
"""The rates a bucket of `TokenUsage` may have; the first one there is counts, as what is not priced apart is priced as
what it is a part of. Pictures and films told apart are: who bills them so does not price them as text."""
HIDDEN: Final[Mapping[str, tuple[Unit, ...]]] = {
    "input": ("input_image", "input_video"),
    "output": ("output_image", "output_video", "citation"),
}
"""Rates of tokens that a usage may count among others: where they differ and it does not tell them apart, what the
bucket costs is not known."""
PIECES: Final[frozenset[Unit]] = frozenset(("image", "audio_second", "character", "page", "annotated_page", "message"))
"""What is sold by the piece, or by the token as well: the same thing at two prices, of which the counted one holds."""
TOKENS: Final[frozenset[Unit]] = frozenset(
    ("input", "input_audio", "input_image", "input_video", "output", "output_audio", "output_image", "output_video")
)

MOST_BILLED: Final = 2**53
"""Tokens. A provider that claims to bill more for one answer is not believed."""
MOST_TOLD: Final = 1e6
"""USD. A provider that claims more for one answer is not believed."""


class CostLine(Struct, frozen=True, kw_only=True):
    """One bucket's share. `rate` in pico-USD a unit; None: not known."""

    bucket: str
    quantity: int
    rate: int | None

    @property
    def pico(self) -> int | None:
        """The share in pico-USD; shares are added before anything is rounded."""
        return None if self.rate is None else self.quantity * self.rate

    @property
    def money(self) -> Money | None:
        """The share as it is shown, rounded by itself: shown shares may miss the total by a nano-USD each."""
        return None if self.pico is None else Money.of_pico(self.pico)


class CostBreakdown(Struct, frozen=True, kw_only=True):
    """What a usage costs, bucket by bucket. `missing`: why the total is not known; empty when it is."""

    model: str
    lines: tuple[CostLine, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def total(self) -> Money | None:
        """The cost, rounded once; None when a part of it is not known."""
        if self.missing:
            return None
        return Money.of_pico(sum(line.pico or 0 for line in self.lines))


class CostCalculator:
    """Prices usages by the catalogue and the user's own prices.

    Models are named `provider/model`. `overrides`: USD per million tokens by that name and by unit (`input`, `output`,
    `cache_read`...), None for what stays as it is; they win over every other price. `providers`: the catalogue's names
    of providers that the user calls otherwise; `models`: all names of a model that has several, the user's own first
    and the catalogue's last. The overrides of each of them hold, those of an earlier name before a later one's.
    """

    def __init__(
        self,
        catalog: Catalog,
        overrides: Mapping[str, Mapping[str, float | None]] | None = None,
        providers: Mapping[str, str] | None = None,
        models: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._catalog = catalog
        self._providers: Mapping[str, str] = {} if providers is None else providers  # the caller may learn of more
        self._models: Mapping[str, tuple[str, ...]] = {} if models is None else models
        self._overrides: dict[str, Rates] = {
            model: {cast(Unit, unit): pico_of(price) for unit, price in prices.items() if price is not None}
            for model, prices in (overrides or {}).items()
        }

    def calculate_cost(self, usage: TokenUsage, model: str, conditions: Conditions = STANDARD) -> Money | None:
        """What `usage` of `model` costs; None when that is not known."""
        return self.get_cost_breakdown(usage, model, conditions).total

    def estimate_cost(
        self, input_tokens: int, estimated_output_tokens: int, model: str, conditions: Conditions = STANDARD
    ) -> Money | None:
        """What a request of this size would cost with nothing cached; None when that is not known."""
        usage = TokenUsage(input=input_tokens, output=estimated_output_tokens)
        return self.calculate_cost(usage, model, conditions)

    def get_cost_breakdown(self, usage: TokenUsage, model: str, conditions: Conditions = STANDARD) -> CostBreakdown:
        """What each bucket of `usage` costs, or what is missing to say so."""
        rates = self.rates(model, conditions)
        if rates is None:
            return CostBreakdown(model=model, missing=("price",))
        usage = _billed(usage)
        lines = tuple(_lines(usage, rates, conditions))
        unknown = [line.bucket for line in lines if line.rate is None]
        return CostBreakdown(model=model, lines=lines, missing=(*unknown, *_untold(usage, rates)))

    def rates(self, model: str, conditions: Conditions = STANDARD) -> Rates | None:
        """The rates of a model under `conditions`; None when no price is known, or it hangs on an hour that is not
        told."""
        facts = self.facts(model)
        listed = rates_under(facts.prices, conditions, self._catalog.built) if facts and facts.prices else None
        own: Rates = {}
        for name in reversed(self._models.get(model, (model,))):
            own.update(self._overrides.get(name, {}))
        if not own:
            return listed
        replaced = {hidden for unit in own for hidden in HIDDEN.get(unit, ())}
        return {**{unit: rate for unit, rate in (listed or {}).items() if unit not in replaced}, **own}

    def facts(self, model: str) -> ModelFacts | None:
        """What the catalogue knows of `provider/model`."""
        provider, _, name = self._models.get(model, (model,))[-1].partition("/")
        return self._catalog.find(self._providers.get(provider, provider), name)


def conditions_of(usage: TokenUsage, at: datetime, service_tier: str | None = None) -> Conditions:
    """How an answer was served: what its usage says of tier and speed, else the `service_tier` that the request asked
    for. `at`: when the request was sent."""
    tier, speed = usage.service_tier or service_tier, (usage.raw or {}).get("speed")
    return Conditions(
        at=at,
        service_tier=tier,
        speed=speed if isinstance(speed, str) else None,
        batch=tier == "batch",
    )


def told_cost(usage: TokenUsage) -> Money | None:
    """What the provider itself says it charges, in USD beside its counts: the better word where there is one."""
    cost: Any = (usage.raw or {}).get("cost")
    if isinstance(cost, dict):
        cost = cast("dict[str, Any]", cost).get("total_cost")
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost < MOST_TOLD:
        return None
    return Money.of_pico(round(Decimal(str(cost)) * PICO_IN_USD))


def _lines(usage: TokenUsage, rates: Rates, conditions: Conditions) -> Iterator[CostLine]:
    total_input = usage.total_input or 0
    for bucket, units in RATES.items():
        quantity: int | None = getattr(usage, bucket)
        if not quantity or _is_counted_again(bucket, usage, rates):
            continue
        if bucket == "cache_write":
            units = (*_written_for(conditions.cache_ttl), *units)
        found = next((rates[unit] for unit in units if unit in rates), None)
        ambiguous = any(
            unit in rates and rates[unit] != rates.get(units[-1]) and getattr(usage, unit, None) is None
            for unit in HIDDEN.get(bucket, ())
        )
        rate = None if found is None or ambiguous else rate_for(found, total_input)
        yield CostLine(bucket=bucket, quantity=quantity, rate=rate)
    if "request" in rates:
        yield CostLine(bucket="request", quantity=1, rate=rate_for(rates["request"], total_input))


def _billed(usage: TokenUsage) -> TokenUsage:
    """The counts that are paid for, where a provider tells them beside those of what its model read and wrote."""
    raw = usage.raw or {}
    units: Any = raw.get("billed_units") if "tokens" in raw else None
    if not isinstance(units, dict):
        return usage
    told = cast("dict[str, Any]", units)
    asked, answered = (_count(told.get(name)) for name in ("input_tokens", "output_tokens"))
    if asked is None or answered is None:
        return usage
    return msgspec.structs.replace(usage, input=asked, cache_read=None, output=answered, reasoning=None)


def _count(told: Any) -> int | None:
    return int(told) if isinstance(told, int | float) and 0 <= told < MOST_BILLED else None


def _is_counted_again(bucket: str, usage: TokenUsage, rates: Rates) -> bool:
    """Whether another bucket holds the same: sound that is counted in seconds as well as in tokens is sold in one."""
    if bucket == "input_audio":
        return "audio_second" in rates and usage.audio_seconds is not None
    return bucket == "audio_seconds" and "audio_second" not in rates and usage.input_audio is not None


def _written_for(lifetime: str | None) -> tuple[Unit, ...]:
    match lifetime:
        case "5m":
            return ("cache_write_5m",)
        case "1h":
            return ("cache_write_1h",)
        case "12h":
            return ("cache_write_12h",)
        case _:
            return ()


def _untold(usage: TokenUsage, rates: Rates) -> Iterator[str]:
    """What is priced, but was not counted: silence is not nothing."""
    if rates.get("input") and usage.total_input is None:
        yield "input"
    if rates.get("output") and usage.total_output is None:
        yield "output"
    if rates.get("search_unit") and usage.search_units is None:
        yield "search_units"
    if not any(rates.get(unit) for unit in TOKENS):
        for unit in sorted(PIECES & rates.keys()):
            if rates[unit] and not (unit == "audio_second" and usage.audio_seconds is not None):
                yield unit
