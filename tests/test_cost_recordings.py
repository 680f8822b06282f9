"""Costs of the recorded answers, beside those of genai-prices: equal, or different for a reason that is written here.

Each side reads the provider's own body: we by our dialects, genai-prices by its extractors.
"""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import genai_prices
import msgspec

from pontage.catalog import Catalog, Conditions
from pontage.cost import CostBreakdown, CostCalculator
from pontage.dialects import anthropic_messages, google_generate, openai_chat
from pontage.domain import TokenUsage
from tests.conftest import Corpus, Figures
from tests.corpus import Exchange

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HALF_A_NANO = Decimal("0.5e-9")
SIDES = {
    "messages": anthropic_messages.provider_side(),
    "generateContent": google_generate.provider_side(),
    "chat.completions": openai_chat.provider_side(),
}
VENDORS = {  # as recorded: as the catalogue calls it, and genai-prices, and which of its readers
    "anthropic": ("anthropic", "anthropic", "default"),
    "gemini": ("google", "google", "default"),
    "vertex": ("google", "google", "default"),
    "openai": ("openai", "openai", "chat"),
    "azure": ("azure", "azure", "chat"),
    "mistral": ("mistral", "mistral", "default"),
    "deepseek": ("deepseek", "deepseek", "chat"),
    "groq": ("groq", "groq", "default"),
    "openrouter": ("openrouter", "openrouter", "chat"),
    "perplexity": ("perplexity", "perplexity", "default"),
}


def wanted(exchange: Exchange) -> bool:
    native = exchange.provider != "openai-compatible" or exchange.vendor not in ("gemini",)
    return native and exchange.status == 200 and not exchange.streaming and exchange.endpoint in SIDES


def theirs(body: dict[str, Any], provider: str, flavor: str) -> Decimal | str:
    """The price of genai-prices, or the name of the error it ends in."""
    try:
        extracted = genai_prices.extract_usage(body, provider_id=provider, api_flavor=flavor)
        return extracted.calc_price(genai_request_timestamp=AT).total_price
    except (LookupError, ValueError, AttributeError) as error:
        return type(error).__name__


def reason_to_differ(usage: TokenUsage, ours: CostBreakdown, price: Decimal | str, model: str) -> str | None:
    """Why the two need not be equal; None: they have to be."""
    raw = usage.raw or {}
    reasons = {
        "it cannot read the body, or does not know the model": isinstance(price, str),
        "tokens of pictures have a price of their own, and our usage does not tell them apart": "output"
        in ours.missing,
        "searches of an answer are counted by us, not by it": bool(usage.web_searches),
        "compaction is billed, and only told in the iterations": bool(raw.get("iterations")),
        "Mistral's sound, which it counts beside the prompt": "prompt_audio_seconds" in raw,
        "Mistral's cached tokens by an older name, which it does not read": "num_cached_tokens" in raw,
        "it falls back to another provider's model of that name": model.startswith("azure/deepseek"),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def test_costs_equal_those_of_genai_prices(corpus: Corpus, figures: Figures) -> None:
    calculator = CostCalculator(Catalog.load())
    outcomes: Counter[str] = Counter()
    for exchange in corpus.exchanges(wanted):
        names = VENDORS.get(exchange.vendor or "")
        body = exchange.response.body
        usage = SIDES[exchange.endpoint].usage_of(msgspec.json.encode(body))
        if names is None or usage is None or usage.total is None:
            continue
        provider, their_provider, flavor = names
        model = f"{provider}/{body.get('model') or body.get('modelVersion')}"
        ours = calculator.get_cost_breakdown(usage, model, Conditions(at=AT))
        price = theirs(body, their_provider, flavor)
        if isinstance(price, Decimal) and ours.total is not None and abs(ours.total.usd - price) <= HALF_A_NANO:
            outcomes["equal"] += 1
            continue
        reason = reason_to_differ(usage, ours, price, model)
        assert reason is not None, f"{exchange.id} {model}: {ours.total} is not {price} ({ours})"
        outcomes[reason] += 1
    for outcome, count in sorted(outcomes.items()):
        figures(f"costs beside genai-prices: {outcome}", count)
    if outcomes:
        assert outcomes["equal"] > 4 * (outcomes.total() - outcomes["equal"])


def test_the_same_counts_cost_the_same_at_every_model_both_know(figures: Figures) -> None:
    catalog = Catalog.load()
    calculator = CostCalculator(catalog)
    usage = TokenUsage(input=250_000, cache_read=60_000, output=900, reasoning=100)
    counts = genai_prices.Usage(
        input_tokens=310_000, cache_read_tokens=60_000, output_tokens=1_000, output_reasoning_tokens=100
    )
    known = {catalogue: theirs_ for catalogue, theirs_, _ in VENDORS.values()} | {"xai": "x-ai", "bedrock": "aws"}
    compared = unfound = 0
    for provider, their_provider in known.items():
        for facts in catalog.models(provider):
            ours = calculator.calculate_cost(usage, f"{provider}/{facts.id}", Conditions(at=AT))
            source = catalog.source_of(facts, "prices")
            if ours is None or source is None or source != catalog.sources["g"]:
                continue
            try:
                price = genai_prices.calc_price(
                    counts, facts.id, provider_id=their_provider, genai_request_timestamp=AT
                ).total_price
            except LookupError:  # its id of a group of models is not always a name that it finds
                unfound += 1
                continue
            assert abs(ours.usd - price) <= HALF_A_NANO, f"{provider}/{facts.id}: {ours} is not {price}"
            compared += 1
    figures("models priced as genai-prices does", compared)
    assert compared > 1_000
    assert unfound * 20 < compared
