"""Costs in whole numbers: disjoint buckets times rates, rounded once, and None for what is not known."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pontage.catalog import Catalog, Conditions, ModelFacts, Money, PriceList, Source, Tiered
from pontage.catalog.prices import Change, Variant
from pontage.catalog.update import Contents, encode
from pontage.config import Config
from pontage.config.types import PriceOverride
from pontage.cost import CostCalculator, CostLine
from pontage.domain import TokenUsage
from tests.conftest import Figures

FULL = PriceList(
    rates={
        "input": Tiered(1_000_000, ((1_000, 2_000_000),)),
        "cache_read": 100_000,
        "cache_write": 1_250_000,
        "cache_write_1h": 2_000_000,
        "cache_write_12h": 3_000_000,
        "input_audio": 4_000_000,
        "output": 5_000_000,
        "reasoning": 6_000_000,
        "output_audio": 7_000_000,
        "web_search": 10_000_000_000,
        "request": 5_000_000_000,
    },
    variants=(Variant(rates={"input": 500_000}, when={"processing": "batch"}),),
)
PLAIN = PriceList(rates={"input": 1_000_000, "output": 5_000_000})
PICTURES = PriceList(rates={"input": 1_000_000, "output": 5_000_000, "output_image": 30_000_000})
HOURLY = PriceList(rates={"input": 1_000_000}, changes=(Change(rates={"input": 2_000_000}, daily=(0, 60)),))
MODELS = {
    "full": FULL,
    "plain": PLAIN,
    "pictures": PICTURES,
    "hourly": HOURLY,
    "embed": PriceList(rates={"input": 20_000}),
    "whisper": PriceList(rates={"audio_second": 100_000_000}),
    "draw": PriceList(rates={"image": 1_000_000_000}),
    "read": PriceList(rates={"page": 1_000_000_000, "annotated_page": 3_000_000_000}),
    "speak": PriceList(rates={"character": 15_000_000}),
    "either": PriceList(rates={"image": 1_000_000_000, "input": 1_000_000, "output": 2_000_000}),
    "free": PriceList(rates={"input": 0, "output": 0}),
}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    models = [ModelFacts(id=name, prices=prices) for name, prices in MODELS.items()]
    day = date(2026, 11, 1)
    contents = Contents(
        sources={"x": Source(name="x", version="1", date=day, licence="", url="")},
        fields=["prices"],
        said=["x"],
        strip={},
        models={"acme": [*models, ModelFacts(id="unpriced")]},
        restrictions=[],
    )
    path: Path = tmp_path_factory.mktemp("catalog") / "c.jsonl"
    path.write_bytes(encode(contents))
    return Catalog.load(path)


@pytest.fixture(scope="module")
def calculator(catalog: Catalog) -> CostCalculator:
    return CostCalculator(catalog)


EVERYTHING = TokenUsage(
    input=1, cache_read=2, cache_write=3, cache_write_5m=4, cache_write_1h=5, input_audio=6,
    output=7, reasoning=8, output_audio=9, web_searches=10,
)  # fmt: skip


def test_every_bucket_has_its_line(calculator: CostCalculator) -> None:
    breakdown = calculator.get_cost_breakdown(EVERYTHING, "acme/full")
    assert {line.bucket: (line.quantity, line.rate) for line in breakdown.lines} == {
        "input": (1, 1_000_000),
        "cache_read": (2, 100_000),
        "cache_write": (3, 1_250_000),
        "cache_write_5m": (4, 1_250_000),
        "cache_write_1h": (5, 2_000_000),
        "input_audio": (6, 4_000_000),
        "output": (7, 5_000_000),
        "reasoning": (8, 6_000_000),
        "output_audio": (9, 7_000_000),
        "web_searches": (10, 10_000_000_000),
        "request": (1, 5_000_000_000),
    }
    assert breakdown.missing == ()
    assert breakdown.total == Money.of_pico(sum(line.pico or 0 for line in breakdown.lines))
    assert [line.money for line in breakdown.lines if line.bucket == "cache_read"] == [Money(200)]


def test_what_is_not_priced_apart_is_priced_as_what_it_is_part_of(calculator: CostCalculator) -> None:
    usage = msgspec.structs.replace(EVERYTHING, web_searches=None)
    breakdown = calculator.get_cost_breakdown(usage, "acme/plain")
    assert breakdown.total == Money.of_pico(21 * 1_000_000 + 24 * 5_000_000)


def test_the_tier_is_chosen_by_the_whole_input(calculator: CostCalculator) -> None:
    small, large = (TokenUsage(input=10, cache_read=990 + more, output=0) for more in (0, 1))
    rates = [calculator.get_cost_breakdown(usage, "acme/full").lines[0].rate for usage in (small, large)]
    assert rates == [1_000_000, 2_000_000]


@pytest.mark.parametrize(
    ("conditions", "bucket", "rate"),
    [
        (Conditions(batch=True), "input", 500_000),
        (Conditions(batch=True), "output", 5_000_000),
        (Conditions(cache_ttl="5m"), "cache_write", 1_250_000),
        (Conditions(cache_ttl="1h"), "cache_write", 2_000_000),
        (Conditions(cache_ttl="12h"), "cache_write", 3_000_000),
        (Conditions(cache_ttl="30m"), "cache_write", 1_250_000),
        (Conditions(cache_ttl="12h"), "cache_write_1h", 2_000_000),
    ],
)
def test_how_it_was_served_decides(calculator: CostCalculator, conditions: Conditions, bucket: str, rate: int) -> None:
    lines = calculator.get_cost_breakdown(EVERYTHING, "acme/full", conditions).lines
    assert [line.rate for line in lines if line.bucket == bucket] == [rate]


@pytest.mark.parametrize(
    ("model", "usage", "missing"),
    [
        ("acme/unpriced", EVERYTHING, ("price",)),
        ("acme/nobody", EVERYTHING, ("price",)),
        ("other/full", EVERYTHING, ("price",)),
        ("full", EVERYTHING, ("price",)),
        ("acme/plain", TokenUsage(input=1, output=1, web_searches=1), ("web_searches",)),
        ("acme/plain", TokenUsage(input=1), ("output",)),
        ("acme/plain", TokenUsage(output=1), ("input",)),
        ("acme/plain", TokenUsage(), ("input", "output")),
        ("acme/embed", TokenUsage(input=1, output=1), ("output",)),
        ("acme/pictures", TokenUsage(input=1, output=1), ("output",)),
        ("acme/hourly", TokenUsage(input=1), ("price",)),
        ("acme/whisper", TokenUsage(), ("audio_second",)),
        ("acme/whisper", TokenUsage(input=0, output=0), ("audio_second",)),
        ("acme/draw", TokenUsage(), ("image",)),
        ("acme/read", TokenUsage(), ("annotated_page", "page")),
        ("acme/speak", TokenUsage(), ("character",)),
        ("acme/either", TokenUsage(), ("input", "output")),
        ("acme/plain", TokenUsage(input=1, output=1, audio_seconds=1), ("audio_seconds",)),
    ],
)
def test_what_is_not_known_is_none(
    calculator: CostCalculator, model: str, usage: TokenUsage, missing: tuple[str, ...]
) -> None:
    breakdown = calculator.get_cost_breakdown(usage, model)
    assert breakdown.missing == missing
    assert breakdown.total is None
    assert calculator.calculate_cost(usage, model) is None


@pytest.mark.parametrize(
    ("model", "usage", "nano"),
    [
        ("acme/embed", TokenUsage(input=1_000), 20_000),
        ("acme/plain", TokenUsage(input=0, output=0), 0),
        ("acme/plain", TokenUsage(input=1, output=1, web_searches=0), 6_000),
        ("acme/pictures", TokenUsage(input=1, output=0), 1_000),
        ("acme/whisper", TokenUsage(audio_seconds=60), 6_000_000),
        ("acme/whisper", TokenUsage(audio_seconds=0), 0),
        ("acme/either", TokenUsage(input=1, output=1), 3_000),  # sold by the token as well
        ("acme/free", TokenUsage(), 0),
    ],
)
def test_what_is_known_is_known_although_not_all_was_told(
    calculator: CostCalculator, model: str, usage: TokenUsage, nano: int
) -> None:
    assert calculator.calculate_cost(usage, model) == Money(nano)


def test_no_listed_price_makes_silence_free() -> None:
    catalog = Catalog.load()
    calculator = CostCalculator(catalog)
    priced = silent = 0
    for provider in catalog.providers():
        for facts in catalog.models(provider):
            rates = calculator.rates(f"{provider}/{facts.id}", Conditions(at=datetime(2026, 11, 1, tzinfo=UTC)))
            if rates and any(rates.values()):
                priced += 1
                silent += calculator.calculate_cost(TokenUsage(), f"{provider}/{facts.id}") is not None
    assert priced > 2_000
    assert silent == 0


def test_a_price_of_the_hour_needs_the_hour(calculator: CostCalculator) -> None:
    early, late = (Conditions(at=datetime(2026, 11, 1, hour, tzinfo=UTC)) for hour in (0, 1))
    usage = TokenUsage(input=1)
    assert calculator.calculate_cost(usage, "acme/hourly", early) == Money(2_000)
    assert calculator.calculate_cost(usage, "acme/hourly", late) == Money(1_000)


def test_an_estimate(calculator: CostCalculator) -> None:
    assert calculator.estimate_cost(1_000, 100, "acme/plain") == Money(1_000_000 + 500_000)
    assert calculator.estimate_cost(1, 1, "acme/nobody") is None


def test_the_users_prices_win(catalog: Catalog) -> None:
    config = Config(prices={
        "acme/full": PriceOverride(input=9.0),
        "acme/nobody": PriceOverride(input=0.5, output=1.5),
        "mine/full": PriceOverride(cache_read=0.25),
        "acme/pictures": PriceOverride(output=2.0),
    })  # fmt: skip
    overrides = {model: msgspec.structs.asdict(price) for model, price in config.prices.items()}
    calculator = CostCalculator(catalog, overrides, providers={"mine": "acme"})
    lines = calculator.get_cost_breakdown(EVERYTHING, "acme/full", Conditions(batch=True)).lines
    assert [(line.bucket, line.rate) for line in lines][:2] == [("input", 9_000_000), ("cache_read", 100_000)]
    assert calculator.calculate_cost(TokenUsage(input=2, output=2), "acme/nobody") == Money(4_000)
    own = calculator.rates("mine/full")
    assert own is not None
    assert (own["cache_read"], own["output"]) == (250_000, 5_000_000)
    assert calculator.calculate_cost(TokenUsage(input=0, output=3), "acme/pictures") == Money(6_000)


@given(
    usage=some.builds(
        TokenUsage,
        **{name: some.integers(0, 10**7) for name in ("input", "cache_read", "cache_write_5m", "output", "reasoning")},
    )
)
def test_the_total_is_the_exact_sum_rounded_once(usage: TokenUsage) -> None:
    lines = [
        CostLine(bucket=name, quantity=getattr(usage, name), rate=333) for name in ("input", "output", "reasoning")
    ]
    exact = sum(Decimal(line.quantity) * 333 for line in lines)
    total = Money.of_pico(sum(line.pico or 0 for line in lines))
    assert abs(total.usd - exact.scaleb(-12)) <= Decimal("0.5e-9")
    assert CostLine(bucket="input", quantity=1, rate=None).money is None


def test_a_calculation_is_quick(figures: Figures) -> None:
    calculator = CostCalculator(Catalog.load())
    usage = TokenUsage(input=1_000, cache_read=500, output=200, reasoning=100)
    calculator.calculate_cost(usage, "openai/gpt-6-sol")
    begun = perf_counter()
    for _ in range(500):
        calculator.calculate_cost(usage, "openai/gpt-6-sol", Conditions(service_tier="flex"))
    taken = (perf_counter() - begun) / 500
    figures("one cost", taken * 1e6, "microseconds")
    assert taken < 0.005
