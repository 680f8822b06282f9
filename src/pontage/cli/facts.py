"""Facts on a model as a row of a table. Floor 9."""

from __future__ import annotations

from pontage.providers.base import ModelInfo

TITLES = ("context", "max output", "can", "USD per million in", "out", "known from")
UNKNOWN = "-"


def row_of(model: ModelInfo) -> tuple[str, ...]:
    """What is known of a model beside its name, for a person: limits, abilities, prices, and who says so."""
    prices = model.prices or {}
    return (
        count(model.context),
        count(model.max_output),
        ", ".join(abilities(model)) or UNKNOWN,
        price(prices.get("input")),
        price(prices.get("output")),
        ", ".join(model.known_from),
    )


def abilities(model: ModelInfo) -> list[str]:
    """What it is for, where that is not chat, what it can do and what it reads beside text."""
    purpose = [] if model.mode == "chat" else [model.mode]
    able = [name for name, there in model.capabilities.items() if there]
    return [*purpose, *able, *(kind for kind in model.inputs if kind != "text")]


def count(tokens: int | None) -> str:
    """A limit in tokens."""
    return UNKNOWN if tokens is None else f"{tokens:,}"


def price(usd: float | None) -> str:
    """USD per million units."""
    return UNKNOWN if usd is None else f"{usd:g}"
