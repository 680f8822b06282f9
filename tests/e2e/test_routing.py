"""Who is asked first: strategies, needs, conditions, sessions and a caller's own list, seen from outside."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import Condition, Config, ModelSettings, ProviderSettings, Secret, Target, VirtualModel
from tests.e2e.asking import Answer, ask
from tests.e2e.test_choice import failing, good
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Upstream, upstream

TWO = ("openai/gpt-4o", "anthropic/claude-haiku-4-5")
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def route(*targets: str | Target, **fields: Any) -> VirtualModel:
    return VirtualModel(targets=[one if isinstance(one, Target) else Target(model=one) for one in targets], **fields)


ROUTES = {
    "turns": route(*TWO, strategy="round_robin"),
    "weights": route(Target(model=TWO[0], weight=9), TWO[1], strategy="weighted"),
    "cheap": route(*TWO, strategy="cheapest"),
    "quick": route(*TWO, strategy="fastest"),
    "even": route(*TWO, strategy="balanced"),
    "idle": route(*TWO, strategy="least_busy"),
    "seeing": route("groq/llama-3.1-8b-instant", TWO[1]),
    "blind": route("groq/llama-3.1-8b-instant", "groq/llama-3.3-70b-versatile"),
    "tagged": route(
        Target(model=TWO[1], when=Condition(tags=["eu"])),
        Target(model="openai/gpt-4.1", when=Condition(metadata={"team": "research"})),
        TWO[0],
    ),
    "order": route(*TWO),
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def house(vendor: Upstream) -> Iterator[RunningGateway]:
    small = {"llama-3.1-8b-instant": ModelSettings(context_window=10_000)}
    providers = {
        "openai": ProviderSettings(base_url=f"{vendor.url}/v1", api_key=Secret("key-o")),
        "anthropic": ProviderSettings(base_url=vendor.url, api_key=Secret("key-a")),
        "groq": ProviderSettings(base_url=f"{vendor.url}/v1", api_key=Secret("key-g"), models=small),
    }
    with running(Config(providers=providers, models=ROUTES)) as gateway:
        yield gateway


@pytest.fixture
def gateway(house: RunningGateway, vendor: Upstream) -> RunningGateway:
    vendor.play(good)
    house.engine.book.reset()
    return house


def served(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return answer.headers["x-pontage-model"]


def test_turns_and_shares(gateway: RunningGateway) -> None:
    told = [served(ask(gateway, "openai", "turns")) for _ in range(4)]
    assert told[:2] in (["gpt-4o", "claude-haiku-4-5"], ["claude-haiku-4-5", "gpt-4o"])
    assert told[:2] == told[2:]
    shares = Counter(served(ask(gateway, "openai", "weights")) for _ in range(60))
    assert shares["gpt-4o"] > shares["claude-haiku-4-5"]


@pytest.mark.parametrize(("model", "first"), [("cheap", "claude-haiku-4-5"), ("even", "claude-haiku-4-5")])
def test_the_cheaper_one_comes_first(gateway: RunningGateway, model: str, first: str) -> None:
    assert served(ask(gateway, "openai", model)) == first


@pytest.mark.parametrize("model", ["quick", "idle", "auto", "auto/cheapest", "auto/fastest", "auto/reliable"])
@pytest.mark.parametrize("streams", [False, True])
def test_every_strategy_serves(gateway: RunningGateway, vendor: Upstream, model: str, streams: bool) -> None:
    for _ in range(3):
        answer = ask(gateway, "anthropic", model, stream=streams)
        assert answer.status == 200, answer.body
        assert answer.headers["x-pontage-route"] == model


def test_needs_choose_among_targets(gateway: RunningGateway, vendor: Upstream) -> None:
    asked = {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]}
    assert served(ask(gateway, "openai", "seeing")) == "llama-3.1-8b-instant"
    assert served(ask(gateway, "openai", "seeing", **asked)) == "claude-haiku-4-5"
    refused = ask(gateway, "openai", "blind", **asked)
    assert refused.status == 400
    assert "groq/llama-3.1-8b-instant: it cannot do images" in refused.json["error"]["message"]
    long = {"messages": [{"role": "user", "content": "word " * 20_000}]}
    assert served(ask(gateway, "openai", "seeing", **long)) == "claude-haiku-4-5"


def test_tags_and_metadata_choose_among_targets(gateway: RunningGateway) -> None:
    assert served(ask(gateway, "openai", "tagged")) == "gpt-4o"
    assert served(ask(gateway, "openai", "tagged", headers={"x-pontage-tags": "eu, night"})) == "claude-haiku-4-5"
    assert served(ask(gateway, "openai", "tagged", metadata={"team": "research"})) == "gpt-4.1"
    assert served(ask(gateway, "openai", "tagged", metadata={"team": "sales"})) == "gpt-4o"


def test_a_session_stays_where_it_was(gateway: RunningGateway, vendor: Upstream) -> None:
    headers = {"x-pontage-session": "s-1"}
    first = served(ask(gateway, "openai", "turns", headers=headers))
    assert {served(ask(gateway, "openai", "turns", headers=headers)) for _ in range(5)} == {first}
    path = "/v1/chat/completions" if first == "gpt-4o" else "/v1/messages"
    vendor.play(failing(500, path))
    assert served(ask(gateway, "openai", "turns", headers=headers)) != first
    vendor.play(good)  # it has a new home now, whose cache it fills
    assert served(ask(gateway, "openai", "turns", headers=headers)) != first


def test_a_long_conversation_goes_back_to_its_cache(gateway: RunningGateway) -> None:
    opening = {"role": "user", "content": "word " * 2_000}
    more = [{"role": "assistant", "content": "yes"}, {"role": "user", "content": "and?"}]
    first = served(ask(gateway, "openai", "turns", messages=[opening]))
    assert {served(ask(gateway, "openai", "turns", messages=[opening, *more])) for _ in range(5)} == {first}


@pytest.mark.parametrize("field", ["fallbacks", "models", "x-pontage-fallbacks"])
def test_a_callers_own_list(gateway: RunningGateway, vendor: Upstream, field: str) -> None:
    vendor.play(failing(500))
    more: dict[str, Any] = {field: ["nobody/x", *TWO[1:]]} if field == "fallbacks" else {field: list(TWO[1:])}
    if field == "fallbacks":
        more = {field: [{"model": TWO[1]}]}
    headers = {field: ",".join(TWO[1:])} if field.startswith("x-") else {}
    answer = ask(gateway, "openai", TWO[0], headers=headers, **({} if headers else more))
    assert answer.headers["x-pontage-attempts"] == "openai:500,anthropic:200"
    assert not {"fallbacks", "models"} & json.loads(vendor.received[-2].body).keys()


def test_a_list_of_names_unknown_here_is_the_providers_own_business(gateway: RunningGateway, vendor: Upstream) -> None:
    ask(gateway, "openai", TWO[0], models=["vendor/a", "vendor/b"])
    assert vendor.last.json["models"] == ["vendor/a", "vendor/b"]
    ask(gateway, "openai", TWO[0], models={"odd": 1})
    assert vendor.last.json["models"] == {"odd": 1}


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"x-pontage-session": "s" * 257}, {}),
        ({"x-pontage-tags": ",".join(map(str, range(17)))}, {}),
        ({"x-pontage-timeout": "soon"}, {}),
        ({"x-pontage-strict": "perhaps"}, {}),
        ({}, {"fallbacks": [TWO[1]] * 17}),
    ],
)
def test_wishes_that_make_no_sense(gateway: RunningGateway, headers: dict[str, str], more: dict[str, Any]) -> None:
    answer = ask(gateway, "openai", "order", headers=headers, **more)
    assert answer.status == 400
    assert answer.json["error"]["param"] == (*headers, "fallbacks")[0]
