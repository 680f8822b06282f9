"""What a provider tells of an answer beside its counts: how it was served, what it bills, and what it charges."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pontage.catalog import Catalog, Conditions, Money
from pontage.cost import CostCalculator, conditions_of, told_cost
from pontage.domain import TokenUsage
from pontage.domain.usage import summed

PRICES = {
    "acme/plain": {"input": 1.0, "output": 5.0},
    "acme/listen": {"input": 1.0, "output": 2.0, "audio_second": 100.0},
}
CALCULATOR = CostCalculator(Catalog.load(), PRICES)


@pytest.mark.parametrize(
    ("usage", "tier", "speed", "batch"),
    [
        (TokenUsage(), "flex", None, False),
        (TokenUsage(service_tier="default", raw={"speed": "fast"}), "default", "fast", False),
        (TokenUsage(service_tier="batch"), "batch", None, True),
        (TokenUsage(raw={"speed": 3}), "flex", None, False),
    ],
)
def test_how_an_answer_was_served(usage: TokenUsage, tier: str, speed: str | None, batch: bool) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert conditions_of(usage, at, "flex") == Conditions(at=at, service_tier=tier, speed=speed, batch=batch)


@pytest.mark.parametrize(
    ("raw", "cost"),
    [
        (None, None),
        ({}, None),
        ({"cost": 0.00014}, Money(140_000)),
        ({"cost": 0}, Money(0)),
        ({"cost": {"total_cost": 0.006}}, Money(6_000_000)),
        ({"cost": {}}, None),
        ({"cost": "much"}, None),
        ({"cost": True}, None),
        ({"cost": -1}, None),
        ({"cost": float("nan")}, None),
        ({"cost": 1e300}, None),
    ],
)
def test_what_a_provider_says_it_charges(raw: Any, cost: Money | None) -> None:
    assert told_cost(TokenUsage(raw=raw)) == cost


@pytest.mark.parametrize(
    ("model", "usage", "nano"),
    [
        ("acme/listen", TokenUsage(input=1, output=1, input_audio=375, audio_seconds=3), 303_000),
        ("acme/listen", TokenUsage(input=1, output=1, input_audio=375), 378_000),  # in tokens only
        ("acme/plain", TokenUsage(input=1, output=1, input_audio=375, audio_seconds=3), 381_000),  # sold in tokens only
    ],
)
def test_sound_that_is_counted_twice_is_paid_for_once(model: str, usage: TokenUsage, nano: int) -> None:
    assert CALCULATOR.calculate_cost(usage, model) == Money(nano)


@pytest.mark.parametrize(
    ("units", "tokens", "nano"),
    [
        ({"input_tokens": 24, "output_tokens": 63.0}, {"input_tokens": 553}, 24_000 + 315_000),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 553}, 0),
        ({"input_tokens": 24, "output_tokens": 63}, None, 553_000 + 320_000),
        ({"input_tokens": 24}, {"input_tokens": 553}, 553_000 + 320_000),
        ({"input_tokens": 24, "output_tokens": float("nan")}, {"input_tokens": 553}, 553_000 + 320_000),
        ({"input_tokens": 24, "output_tokens": "63"}, {"input_tokens": 553}, 553_000 + 320_000),
        ("much", {"input_tokens": 553}, 553_000 + 320_000),
    ],
)
def test_what_a_provider_says_it_bills_is_what_costs(units: Any, tokens: Any, nano: int) -> None:
    raw = {"billed_units": units} if tokens is None else {"billed_units": units, "tokens": tokens}
    usage = TokenUsage(input=73, cache_read=480, output=60, reasoning=4, raw=raw)
    assert CALCULATOR.calculate_cost(usage, "acme/plain") == Money(nano)


def test_the_tier_of_several_answers_is_told_where_it_was_one() -> None:
    flex = TokenUsage(input=1, output=2, service_tier="flex")
    assert summed([flex, flex]) == TokenUsage(input=2, output=4, service_tier="flex")
    assert summed([flex, TokenUsage(input=1, output=2)]) == TokenUsage(input=2, output=4)
    assert summed([flex, None]) is None
