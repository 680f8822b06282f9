"""What the catalogue changes on the way: parameters that a model refuses, and what the crossing cost."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import pontage
from pontage.config import PriceOverride, Target, VirtualModel
from tests.e2e.asking import ask, error_of
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, stream, upstream, whole

ANSWER: dict[str, Any] = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
}  # fmt: skip
CHUNKS = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
    b'{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}\n\n'
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":'
    b'{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}\n\ndata: [DONE]\n\n'
)
ROUTES = {
    policy: VirtualModel(targets=[Target(model="openai/gpt-5-mini")], restrictions=policy)
    for policy in ("adapt", "strict", "off")
} | {"plain": VirtualModel(targets=[Target(model="openai/gpt-5-mini")])}


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        server.play(lambda received: stream(CHUNKS) if received.json.get("stream") else whole(ANSWER))
        yield server


@pytest.fixture(scope="module")
def gateway(vendor: Upstream) -> Iterator[RunningGateway]:
    prices = {"openai/priced-here": PriceOverride(input=2.0, output=10.0)}
    with running(upstream_config(vendor.url, models=ROUTES, prices=prices)) as house:
        yield house


@pytest.mark.parametrize("form", ["openai", "anthropic"])
def test_a_parameter_that_the_model_refuses_is_left_out_and_noted(
    gateway: RunningGateway, vendor: Upstream, form: str
) -> None:
    answer = ask(gateway, form, "adapt", temperature=0.2)
    assert answer.status == 200
    assert "temperature" not in vendor.last.json
    assert "dropped:temperature" in answer.headers["x-pontage-notes"]


def test_the_old_name_of_a_limit_is_spelled_anew(gateway: RunningGateway, vendor: Upstream) -> None:
    assert ask(gateway, "openai", "adapt", max_tokens=50).status == 200
    assert vendor.last.json["max_completion_tokens"] == 50
    assert "max_tokens" not in vendor.last.json


def test_a_strict_route_refuses_and_names_parameter_model_and_rule(gateway: RunningGateway, vendor: Upstream) -> None:
    before = len(vendor.received)
    answer = ask(gateway, "openai", "strict", temperature=0.2)
    assert answer.status == 400
    assert "gpt-5-mini" in error_of("openai", answer.json)[1]
    assert answer.json["error"]["param"] == "temperature"
    assert len(vendor.received) == before


@pytest.mark.parametrize("policy", ["", "strict"])
def test_a_prefill_is_refused_in_the_same_format_as_in_another(
    gateway: RunningGateway, vendor: Upstream, policy: str
) -> None:
    before = len(vendor.received)
    turns = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Well,"}]
    for form in ("anthropic", "openai"):
        headers = {"x-pontage-strict": "true"} if policy else {}
        answer = ask(gateway, form, "anthropic/claude-opus-5-5", messages=turns, headers=headers)
        assert (answer.status, "prefill" in error_of(form, answer.json)[1]) == (400, True)
    assert len(vendor.received) == before


def test_a_limit_too_high_is_lowered_or_refused_in_the_same_format(gateway: RunningGateway, vendor: Upstream) -> None:
    model = "anthropic/claude-opus-5-5"
    answer = ask(gateway, "anthropic", model, max_tokens=99_999_999)
    assert vendor.last.json["max_tokens"] == 128_000
    assert "approximated:max_tokens" in answer.headers["x-pontage-notes"]
    assert ask(gateway, "anthropic", model, max_tokens=99_999_999, headers=STRICT).status == 400


STRICT = {"x-pontage-strict": "true"}


@pytest.mark.parametrize("form", ["openai", "anthropic"])
def test_a_strict_caller_is_refused_what_would_be_left_out(gateway: RunningGateway, form: str) -> None:
    answer = ask(gateway, form, "openai/gpt-5-mini", temperature=0.2, headers=STRICT)
    assert answer.status == 400
    assert "temperature" in error_of(form, answer.json)[1]
    assert ask(gateway, form, "openai/gpt-5-mini", temperature=0.2).status == 200
    assert ask(gateway, form, "plain", temperature=0.2, headers=STRICT).status == 400


def test_a_route_that_says_to_adapt_adapts_for_a_strict_caller_too(gateway: RunningGateway) -> None:
    answer = ask(gateway, "openai", "adapt", temperature=0.2, headers=STRICT)
    assert (answer.status, answer.headers["x-pontage-notes"]) == (200, "dropped:temperature")
    assert ask(gateway, "openai", "off", temperature=0.2, headers=STRICT).status == 200


def test_a_route_may_send_what_the_client_says(gateway: RunningGateway, vendor: Upstream) -> None:
    answer = ask(gateway, "openai", "off", temperature=0.2)
    assert vendor.last.json["temperature"] == 0.2
    assert "x-pontage-notes" not in answer.headers


def test_a_request_that_says_nothing_of_the_kind_crosses_untouched(gateway: RunningGateway, vendor: Upstream) -> None:
    ask(gateway, "openai", "openai/gpt-5-mini", field_of_tomorrow={"a": 1})
    assert vendor.last.json["field_of_tomorrow"] == {"a": 1}


def test_the_answer_says_what_it_cost(gateway: RunningGateway) -> None:
    assert ask(gateway, "openai", "openai/priced-here").headers["x-pontage-cost-usd"] == "0.003"
    assert ask(gateway, "anthropic", "openai/priced-here").headers["x-pontage-cost-usd"] == "0.003"
    assert float(ask(gateway, "openai", "openai/gpt-4.1").headers["x-pontage-cost-usd"]) > 0


@pytest.mark.parametrize("model", ["openai/nobody-prices-this", "sim/echo"])
def test_an_unknown_price_is_not_zero(gateway: RunningGateway, model: str) -> None:
    assert "x-pontage-cost-usd" not in ask(gateway, "openai", model).headers


def test_the_sdk_tells_the_cost_whole_and_streamed(vendor: Upstream) -> None:
    config = upstream_config(vendor.url, prices={"openai/priced-here": PriceOverride(input=2.0, output=10.0)})
    with pontage.Client(config, environ={}) as client:
        answer = client.chat("openai/priced-here", "hi")
        assert answer.cost is not None
        assert answer.cost.usd == Decimal("0.003")
        with client.stream("openai/priced-here", "hi") as told:
            assert told.response().cost == answer.cost
