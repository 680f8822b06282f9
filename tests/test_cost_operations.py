"""What vectors and rankings cost by the catalogue: pictures apart from text, units of search, and what is not known."""

import pytest

from pontage.catalog import Catalog
from pontage.cost import CostCalculator
from pontage.domain import TokenUsage


@pytest.mark.parametrize(
    ("model", "usage", "missing"),
    [
        ("google/gemini-embedding-2", TokenUsage(input=3, input_image=258, input_video=0), ()),
        ("google/gemini-embedding-2", TokenUsage(input=3, input_image=0, input_video=0), ()),
        ("google/gemini-embedding-2", TokenUsage(input=261), ("input",)),  # nobody told what of it is pictures
        ("google/gemini-embedding-001", TokenUsage(input=261), ()),
        ("cohere/embed-v4.0", TokenUsage(input=7, input_image=0), ()),
        ("cohere/embed-v4.0", TokenUsage(input=7, input_image=9), ("input_image",)),  # whose price is not known
        ("cohere/embed-english-v3.0", TokenUsage(), ("input",)),  # billed by the picture
        ("cohere/rerank-v3.5", TokenUsage(search_units=2), ()),
        ("cohere/rerank-v3.5", TokenUsage(), ("search_units",)),
        ("cohere/rerank-v3.5", TokenUsage(input=5), ("input", "search_units")),
    ],
)
def test_what_is_known_of_a_cost(model: str, usage: TokenUsage, missing: tuple[str, ...]) -> None:
    breakdown = CostCalculator(Catalog.load()).get_cost_breakdown(usage, model)
    assert breakdown.missing == missing
    assert (breakdown.total is None) is bool(missing)


def test_pictures_and_units_have_their_own_rates() -> None:
    calculator = CostCalculator(Catalog.load())
    usage = TokenUsage(input=3, input_image=258, input_video=0)
    lines = {line.bucket: line for line in calculator.get_cost_breakdown(usage, "google/gemini-embedding-2").lines}
    text, pictures = lines["input"], lines["input_image"]
    assert (text.quantity, pictures.quantity) == (3, 258)
    assert text.rate is not None
    assert pictures.rate is not None
    assert pictures.rate > text.rate
    units = calculator.calculate_cost(TokenUsage(search_units=2), "cohere/rerank-v3.5")
    once = calculator.calculate_cost(TokenUsage(search_units=1), "cohere/rerank-v3.5")
    assert units is not None
    assert once is not None
    assert units.usd == 2 * once.usd
