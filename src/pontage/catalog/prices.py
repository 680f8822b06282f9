"""What a model charges: a rate for each thing that is counted, and all that it depends on. Floor 1; values and pure.

A rate is pico-USD a unit. A tier's rate holds for *all* tokens of a request whose whole input exceeds its threshold.
What is charged may change on a day (`Change.since`), by the time of day (`Change.daily`), and with how the request was
served (`Variant.when`: a service tier, a batch, fast mode).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final, Literal

from msgspec import Struct

Unit = Literal[
    "input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "cache_write_12h", "input_audio",
    "cache_read_audio", "input_image", "cache_read_image", "input_video", "output", "reasoning", "output_audio",
    "output_image", "output_video", "citation", "web_search", "file_search", "request", "image", "audio_second",
    "character", "page", "annotated_page", "message", "search_unit",
]  # fmt: skip
"""What is counted. Up to `citation` tokens (`cache_write` without a time: the provider's own lifetime), then calls,
generated images, seconds, characters, pages, messages, units of a reranker."""


class Tiered(Struct, frozen=True, array_like=True):
    """A rate that depends on the size of the prompt: `base`, and `(above this many input tokens, rate)` ascending."""

    base: int
    tiers: tuple[tuple[int, int], ...] = ()


Rate = int | Tiered
Rates = dict[Unit, Rate]


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Other rates from a day on, or within hours. `daily`: minutes of the UTC day, first and end; may wrap midnight."""

    rates: Rates
    since: date | None = None
    daily: tuple[int, int] | None = None

    def holds(self, day: date, minute: int | None) -> bool | None:
        """Whether it does on that UTC day at that minute; None when that hangs on a minute that is not told."""
        if self.since is not None and day < self.since:
            return False
        if self.daily is None:
            return True
        if minute is None:
            return None
        start, end = self.daily
        return start <= minute < end if start <= end else minute >= start or minute < end


class Variant(Change, frozen=True, kw_only=True, omit_defaults=True):
    """Rates for a request served in a particular way; those not named stay the standard ones."""

    when: dict[str, str]


class PriceList(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of a model's prices. Of `changes` the last one that holds replaces the standard rates; of
    `variants` the first one that fits decides a rate."""

    rates: Rates
    changes: tuple[Change, ...] = ()
    variants: tuple[Variant, ...] = ()


class Conditions(Struct, frozen=True, kw_only=True):
    """How and when a request was served. `at`: when it began (without a time zone: UTC); None: on the catalogue's own
    day, at no hour in particular. `service_tier`, `speed`: as the provider echoes them. `cache_ttl`: the lifetime asked
    of cache writes whose usage does not tell it ("12h")."""

    at: datetime | None = None
    service_tier: str | None = None
    speed: str | None = None
    batch: bool = False
    cache_ttl: str | None = None

    def matches(self, when: Mapping[str, str]) -> bool:
        """Whether all of `when` is true of the request."""
        told = {"service_tier": self.service_tier, "speed": self.speed, "processing": "batch" if self.batch else None}
        return all(told.get(name) == value for name, value in when.items())


STANDARD: Final = Conditions()


def rates_under(prices: PriceList, conditions: Conditions, today: date) -> Rates | None:
    """The rates that hold under `conditions`; `today` where they do not say when. None: they hang on the hour of the
    day, and it is not told."""
    day, minute = today, None
    if conditions.at is not None:
        moment = conditions.at.replace(tzinfo=UTC) if conditions.at.tzinfo is None else conditions.at.astimezone(UTC)
        day, minute = moment.date(), moment.hour * 60 + moment.minute
    standard = prices.rates
    for change in reversed(prices.changes):
        match change.holds(day, minute):
            case None:
                return None
            case True:
                standard = change.rates
                break
            case False:
                pass
    if not prices.variants:
        return standard
    chosen: Rates = {}
    for variant in prices.variants:
        if conditions.matches(variant.when) and variant.holds(day, minute):
            for unit, rate in variant.rates.items():
                chosen.setdefault(unit, rate)
    return {**standard, **chosen}


def rate_for(rate: Rate, total_input: int) -> int:
    """The pico-USD a unit of a request with this many input tokens in all."""
    if isinstance(rate, int):
        return rate
    return next((price for above, price in reversed(rate.tiers) if total_input > above), rate.base)


def lists_of(prices: PriceList) -> Iterator[Rates]:
    """Every list of rates in `prices`: the standard one, then changes and variants."""
    yield prices.rates
    yield from (change.rates for change in (*prices.changes, *prices.variants))
