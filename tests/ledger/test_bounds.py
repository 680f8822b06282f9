"""What a request can cost at most is never less than what it costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.catalog import Catalog
from pontage.catalog.facts import ModelFacts
from pontage.catalog.prices import PriceList, Rates, Tiered, Variant
from pontage.cost import CostCalculator
from pontage.domain.chat import ChatRequest, FunctionTool, Message, ServerTool, TokenUsage
from pontage.domain.parts import Image, Link, Opaque, Text, ToolResult
from pontage.ledger.bounds import LIKELY_OUTPUT, UNSEEN_TOKENS, bound_of_input, likely_cost, upper_bound

RATES: Rates = {"input": 1_000, "output": 5_000, "cache_write": 1_250, "request": 7_000}
FACTS = ModelFacts(id="m", context=100_000, max_output=4_000)
ASK = ChatRequest(model="m", messages=(Message(role="user", parts=(Text(text="hello"),)),), max_tokens=100)


def with_parts(*parts) -> ChatRequest:
    return ChatRequest(model="m", messages=(Message(role="user", parts=parts),), max_tokens=100)


def bound(
    request: ChatRequest, size: int = 50, facts: ModelFacts | None = FACTS, rates: Rates | None = RATES
) -> int | None:
    return upper_bound(request, size, facts, rates)


def test_it_is_the_dearest_input_and_the_longest_answers() -> None:
    told = (50 + UNSEEN_TOKENS) * 1_250 + 100 * 5_000 + 7_000
    assert bound(ASK) == (told + 500) // 1000 + 1
    several = ChatRequest(model="m", messages=ASK.messages, max_tokens=100, n=3)
    assert (bound(several) or 0) - (bound(ASK) or 0) == 1_000


def test_a_limit_that_is_not_told_is_the_models() -> None:
    silent = ChatRequest(model="m", messages=ASK.messages)
    assert (bound(silent) or 0) - (bound(ASK) or 0) == 3_900 * 5
    assert bound(silent, facts=None) is None
    assert bound(ASK, facts=None) == bound(ASK)
    assert bound(silent, facts=ModelFacts(id="m")) is None


@pytest.mark.parametrize(
    "part",
    [
        Image(source=Link(url="https://example.com/large.png")),
        ToolResult(call_id="c", parts=(Text(text="see"), Image(source=Link(url="https://example.com/p.png")))),
        Opaque(data={"type": "new"}),
    ],
)
def test_what_is_not_text_is_bounded_by_the_window_or_not_at_all(part) -> None:
    assert bound(with_parts(part)) == (100_000 * 1_250 + 100 * 5_000 + 7_000) // 1000 + 1
    assert bound(with_parts(part), facts=ModelFacts(id="m", max_output=10)) is None


def test_text_in_a_tools_answer_is_text_and_unknown_fields_may_be_anything() -> None:
    assert bound(with_parts(ToolResult(call_id="c", parts=(Text(text="42"),)))) == bound(ASK)
    odd = ChatRequest(model="m", messages=ASK.messages, max_tokens=100, extra={"previous_response_id": "r"})
    assert (bound(odd) or 0) > (bound(ASK) or 0)


def test_what_nobody_can_bound_has_no_bound() -> None:
    assert bound(ASK, rates=None) is None
    assert bound(ASK, rates={"input": 1}) is None
    hosted = ChatRequest(model="m", messages=ASK.messages, tools=(ServerTool(kind="web_search"),))
    assert bound(hosted) is None
    own = ChatRequest(model="m", messages=ASK.messages, tools=(FunctionTool(name="f"),), max_tokens=100)
    assert bound(own) == bound(ASK)


def test_other_tiers_and_long_prompts_are_reckoned_with() -> None:
    tiered: Rates = {"input": Tiered(1_000, ((10, 9_000),)), "output": 5_000}
    assert (bound(ASK, rates=tiered) or 0) > (bound(ASK, rates={"input": 8_000, "output": 5_000}) or 0)
    priority = Variant(rates={"output": 50_000}, when={"service_tier": "priority"})
    facts = ModelFacts(id="m", context=100_000, prices=PriceList(rates=RATES, variants=(priority,)))
    assert (bound(ASK, facts=facts) or 0) - (bound(ASK) or 0) == 100 * 45


@given(
    text=st.text(max_size=200),
    most=st.integers(1, 300),
    share=st.floats(0, 1),
    written=st.floats(0, 1),
)
def test_no_usage_of_a_text_costs_more_than_its_bound(text: str, most: int, share: float, written: float) -> None:
    calculator = CostCalculator(
        Catalog.load(), {"acme/m": {"input": 1.0, "output": 4.0, "cache_write_1h": 2.0, "cache_read": 0.1}}
    )
    request = ChatRequest(model="m", messages=(Message(role="user", parts=(Text(text=text),)),), max_tokens=most)
    size = len(request.to_json())
    tokens = len(text.encode()) + int(share * UNSEEN_TOKENS)
    cached = int(written * tokens)
    usage = TokenUsage(input=tokens - cached, cache_write_1h=cached, output=most)
    cost = calculator.calculate_cost(usage, "acme/m")
    most_it_can = upper_bound(request, size, None, calculator.rates("acme/m"))
    assert cost is not None
    assert most_it_can is not None
    assert cost.nano <= most_it_can


def test_a_guess_is_of_plain_input_and_a_short_answer() -> None:
    assert likely_cost(400, 2, RATES) == (100 * 1_000 + 2 * LIKELY_OUTPUT * 5_000) // 1000
    assert likely_cost(400, 1, None) is None


def test_where_only_input_is_billed_its_bytes_are_the_bound() -> None:
    assert bound_of_input(100, {"input": 1_000, "output": 0}) == (100 + UNSEEN_TOKENS) + 1
    assert bound_of_input(100, {"input": 1_000, "input_image": 5}) is None  # of a picture the bytes say nothing
    assert bound_of_input(100, {"search_unit": 5}) is None
    assert bound_of_input(100, None) is None
