"""Prices as the package `genai-prices` tells them, in its JSON form, read into the catalogue's terms. Floor 1; pure.

Its prices are USD per million tokens, per thousand calls or pages, per hour; the last fitting price of a list holds,
the first fitting variant decides. Both rules are the catalogue's too, so that costs come out the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, Final, cast

from msgspec import Struct

from pontage.catalog.money import PICO_IN_USD
from pontage.catalog.prices import Change, PriceList, Rate, Rates, Tiered, Unit, Variant

JSONObject = dict[str, Any]

PROVIDERS: Final[Mapping[str, str]] = {
    "anthropic": "anthropic", "aws": "bedrock", "azure": "azure", "cerebras": "cerebras", "cohere": "cohere",
    "deepseek": "deepseek", "fireworks": "fireworks", "google": "google", "groq": "groq", "mistral": "mistral",
    "moonshotai": "moonshot", "openai": "openai", "openrouter": "openrouter", "perplexity": "perplexity",
    "together": "together", "x-ai": "xai",
}  # fmt: skip
"""The catalogue's name of each provider."""
ROUTED: Final = ("huggingface_", "huggingface")
"""A router's providers are listed apart; there the model is called `model:provider`."""

_UNITS: Final[Mapping[str, tuple[Unit, int]]] = {
    "input_mtok": ("input", 1_000_000),
    "cache_read_mtok": ("cache_read", 1_000_000),
    "cache_write_mtok": ("cache_write", 1_000_000),
    "cache_write_5m_mtok": ("cache_write_5m", 1_000_000),
    "cache_write_1h_mtok": ("cache_write_1h", 1_000_000),
    "input_audio_mtok": ("input_audio", 1_000_000),
    "cache_audio_read_mtok": ("cache_read_audio", 1_000_000),
    "input_image_mtok": ("input_image", 1_000_000),
    "cache_image_read_mtok": ("cache_read_image", 1_000_000),
    "input_video_mtok": ("input_video", 1_000_000),
    "output_mtok": ("output", 1_000_000),
    "output_reasoning_mtok": ("reasoning", 1_000_000),
    "output_audio_mtok": ("output_audio", 1_000_000),
    "output_image_mtok": ("output_image", 1_000_000),
    "output_video_mtok": ("output_video", 1_000_000),
    "output_citation_mtok": ("citation", 1_000_000),
    "web_searches_kcount": ("web_search", 1_000),
    "storage_searches_kcount": ("file_search", 1_000),
    "requests_kcount": ("request", 1_000),
    "input_text_messages_kcount": ("message", 1_000),
    "audio_hours": ("audio_second", 3_600),
    "input_audio_hours": ("audio_second", 3_600),
    "input_mchars": ("character", 1_000_000),
    "input_document_kpages": ("page", 1_000),
    "input_annotated_document_kpages": ("annotated_page", 1_000),
}
FREE: Final = ":free"
"""A router's mark on what costs nothing."""
_DATE_ONLY = re.compile(r"(\[-@\]|-)(\\d\{8\}|\\d\{4\}-\\d\{2\}-\\d\{2\})\$$")
_LITERAL = re.compile(r"\\(.)")


class Told(Struct, frozen=True, kw_only=True):
    """A model as this source tells it."""

    id: str
    title: str | None
    context: int | None
    aliases: tuple[str, ...]
    patterns: tuple[str, ...]
    prices: PriceList | None


def read(data: JSONObject) -> dict[str, list[Told]]:
    """The models of every provider the catalogue has, by the catalogue's names."""
    found: dict[str, list[Told]] = {}
    for provider in data["providers"]:
        prefix, router = ROUTED
        name = PROVIDERS.get(provider["id"])
        if name is not None:
            found[name] = [_model(model) for model in provider["models"]]
        elif provider["id"].startswith(prefix):
            host = provider["id"][len(prefix) :]
            found.setdefault(router, []).extend(_model(model, f":{host}") for model in provider["models"])
    return found


def _model(model: JSONObject, suffix: str = "") -> Told:
    aliases: list[str] = []
    patterns: list[str] = []
    for kind, text in _clauses(model["match"]):
        match kind:
            case "equals":
                aliases.append(text)
            case "regex":
                patterns += _glob_of(text)
            case _:
                patterns.append(f"{'' if kind == 'starts_with' else '*'}{text}{'' if kind == 'ends_with' else '*'}")
    return Told(
        id=model["id"] + suffix,
        title=model.get("name"),
        context=model.get("context_window"),
        aliases=tuple(dict.fromkeys(f"{alias.lower()}{suffix}" for alias in aliases)),
        patterns=tuple(dict.fromkeys(f"{pattern.lower()}{suffix}" for pattern in patterns)),
        prices=price_list(model),
    )


def _clauses(match: JSONObject) -> Iterator[tuple[str, str]]:
    """The simple clauses, any of which is enough. Of several that must hold together the first says the name; the rest
    keep other models out, which here have longer patterns of their own."""
    for kind, value in match.items():
        if kind == "or":
            for inner in value:
                yield from _clauses(inner)
        elif kind == "and":
            yield from _clauses(value[0])
        else:
            yield kind, value


def _glob_of(pattern: str) -> list[str]:
    """A regular expression as a glob. One for a date at the end says nothing: names are found without their date."""
    if _DATE_ONLY.search(pattern):
        return []
    text = pattern.removeprefix("^")
    digit = text.endswith(r"\d")
    return [_LITERAL.sub(r"\1", text.removesuffix(r"\d")) + ("[0-9]*" if digit else "*")]


def price_list(model: JSONObject) -> PriceList | None:
    """All prices of one model; None when there are none."""
    prices: Any = model["prices"]
    steps = cast("list[JSONObject]", prices) if isinstance(prices, list) else [{"prices": prices}]
    if not any(step["prices"] for step in steps):
        return PriceList(rates={"input": 0, "output": 0}) if model["id"].endswith(FREE) else None
    variants = tuple(
        Variant(when=variant["when"], rates=rates, **_constraint(variant))
        for variant in model.get("price_variants") or ()
        if (rates := _rates(variant["prices"]))
    )
    changes = tuple(Change(rates=_rates(step["prices"]), **_constraint(step)) for step in steps[1:])
    return PriceList(rates=_rates(steps[0]["prices"]), changes=changes, variants=variants)


def _constraint(step: JSONObject) -> JSONObject:
    constraint = step.get("constraint")
    if not constraint:
        return {}
    if "start_date" in constraint:
        return {"since": date.fromisoformat(constraint["start_date"])}
    return {"daily": (_minute(constraint["start_time"]), _minute(constraint["end_time"]))}


def _minute(text: str) -> int:
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute


def _rates(prices: JSONObject) -> Rates:
    rates: Rates = {}
    for key, price in prices.items():
        unit, per = _UNITS[key]
        rates[unit] = _rate(price, per)
    return rates


def _rate(price: Any, per: int) -> Rate:
    if isinstance(price, dict):
        told = cast(JSONObject, price)
        tiers = tuple((tier["start"], _pico(tier["price"], per)) for tier in told["tiers"])
        return Tiered(_pico(told["base"], per), tiers)
    return _pico(price, per)


def _pico(usd: float, per: int) -> int:
    return round(Decimal(str(usd)) * PICO_IN_USD / per)
