"""Costs of the recorded answers, beside those of genai-prices: equal, or different for a reason that is written here.

Each side reads the provider's own words (see `tests.priced`): every endpoint, whole answers and streams.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import genai_prices

from pontage.catalog import Catalog, Conditions
from pontage.cost import CostBreakdown, CostCalculator, conditions_of, told_cost
from pontage.domain import TokenUsage
from tests.conftest import Corpus, Figures
from tests.priced import AT, VENDORS, Used, used

HALF_A_NANO = Decimal("0.5e-9")
KNOWN = {vendor.ours: vendor.theirs for vendor in VENDORS.values()} | {
    "together": "together",
    "fireworks": "fireworks",
    "cerebras": "cerebras",
    "moonshot": "moonshotai",
}
REASONS: dict[str, Callable[[Used, CostBreakdown, Decimal | None], bool]] = {
    "neither knows the model": lambda one, ours, price: price is None and ours.missing == ("price",),
    "only we know the model": lambda one, ours, price: price is None,
    "the provider tells the cost itself, and is believed": lambda one, ours, price: told_cost(one.usage) is not None,
    "tokens of pictures have a price of their own, and our usage does not tell them apart": (
        lambda one, ours, price: ours.missing == ("output",)
    ),
    "pictures among embedded texts, which it counts as text": lambda one, ours, price: bool(one.usage.input_image),
    "a service tier, which it does not know": (
        lambda one, ours, price: one.usage.service_tier in ("flex", "priority", "batch")
    ),
    "searches of an answer are counted by us, not by it": lambda one, ours, price: bool(one.usage.web_searches),
    "compaction is billed, and only told in the iterations": (
        lambda one, ours, price: bool((one.usage.raw or {}).get("iterations"))
    ),
    "sound is sold by the second, which it does not count": (
        lambda one, ours, price: bool(one.usage.audio_seconds) and price is not None
    ),
    "Mistral's cached tokens by an older name, which it does not read": (
        lambda one, ours, price: "num_cached_tokens" in (one.usage.raw or {})
    ),
    "it falls back to another provider's model of that name": (
        lambda one, ours, price: one.place.startswith("azure/deepseek")
    ),
}
"""Why the two need not be equal; the first that holds is the one."""


def is_equal(ours: CostBreakdown, price: Decimal | None) -> bool:
    return price is not None and ours.total is not None and abs(ours.total.usd - price) <= HALF_A_NANO


def test_costs_equal_those_of_genai_prices(corpus: Corpus, figures: Figures) -> None:
    calculator = CostCalculator(Catalog.load())
    outcomes: Counter[str] = Counter()
    endpoints: Counter[str] = Counter()
    for one in used():
        ours = calculator.get_cost_breakdown(one.usage, one.place, conditions_of(one.usage, AT))
        found = one.theirs()
        price, outcome = found.price, "equal, of counts that only we read" if found.by_our_counts else "equal"
        if is_equal(ours, price):
            endpoints[f"{one.exchange.endpoint}{', streamed' if one.exchange.streaming else ''}"] += 1
        else:
            reason = next((name for name, holds in REASONS.items() if holds(one, ours, price)), None)
            assert reason is not None, f"{one.exchange.id} {one.place}: {ours.total} is not {price} ({ours})"
            outcome = reason
        outcomes[outcome] += 1
    for outcome, count in sorted(outcomes.items()):
        figures(f"costs beside genai-prices: {outcome}", count)
    if outcomes:
        assert outcomes["equal"] > 4 * (outcomes.total() - outcomes["equal"])
        assert set(REASONS) <= set(outcomes), "a reason that explains nothing"
        assert len(endpoints) >= 12, endpoints


def test_the_same_counts_cost_the_same_at_every_model_both_know(figures: Figures) -> None:
    catalog = Catalog.load()
    calculator = CostCalculator(catalog)
    usage = TokenUsage(input=250_000, cache_read=60_000, output=900, reasoning=100)
    counts = genai_prices.Usage(
        input_tokens=310_000, cache_read_tokens=60_000, output_tokens=1_000, output_reasoning_tokens=100
    )
    compared = unfound = 0
    for provider, their_provider in KNOWN.items():
        for facts in catalog.models(provider):
            ours = calculator.calculate_cost(usage, f"{provider}/{facts.id}", Conditions(at=AT))
            source = catalog.source_of(facts, "prices")
            if ours is None or source is None or source != catalog.sources["g"]:
                continue
            try:
                name = f"accounts/fireworks/models/{facts.id}" if provider == "fireworks" else facts.id
                price = genai_prices.calc_price(
                    counts, name, provider_id=their_provider, genai_request_timestamp=AT
                ).total_price
            except LookupError:  # its id of a group of models is not always a name that it finds
                unfound += 1
                continue
            assert abs(ours.usd - price) <= HALF_A_NANO, f"{provider}/{facts.id}: {ours} is not {price}"
            compared += 1
    figures("models priced as genai-prices does", compared)
    assert compared > 1_000
    assert unfound * 20 < compared
