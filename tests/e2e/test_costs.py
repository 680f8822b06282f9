"""What crossings cost, through a whole gateway: as they were served, at the prices of the user's own names, and never 0
where it is not known."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

import pontage
from pontage.config import Config, ModelSettings, PriceOverride, ProviderSettings, Secret, Target, VirtualModel
from pontage.crossing import Crossing
from tests.e2e.asking import ask, request
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole

COUNTS = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
TIERS = {"default": "0.0000125", "priority": "0.0000225", "flex": "0.00000625"}  # of the counts above, at gpt-5-mini
MODELS = {
    "mini": ModelSettings(name="gpt-5-mini"),
    "twin": ModelSettings(name="gpt-5-mini"),
    "deployed": ModelSettings(name="eu-1", base_model="gpt-5-mini"),
    "plain": ModelSettings(name="gpt-5-mini"),
}


def chat(tier: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": "Hello."}
    told = {} if tier is None else {"service_tier": tier}
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "gpt-5-mini",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": COUNTS, **told,
    }  # fmt: skip


def chunks(tier: str | None) -> bytes:
    head: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5-mini"}
    told = {} if tier is None else {"service_tier": tier}  # in the first chunk only
    said = {**head, **told, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hello."}}]}
    end = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    used = {**head, "choices": [], "usage": COUNTS}
    return b"".join(b"data: %s\n\n" % json.dumps(one).encode() for one in (said, end, used)) + b"data: [DONE]\n\n"


def answering(tier: str | None) -> Any:
    def answer(received: Received) -> Scripted:
        if received.method == "GET":
            return whole({"object": "list", "data": []})
        return stream(chunks(tier)) if received.json.get("stream") else whole(chat(tier))

    return answer


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def config(url: str, **more: Any) -> Config:
    key = Secret("canary-costs-7f21")
    providers = {
        "openai": ProviderSettings(base_url=f"{url}/v1", api_key=key),
        "oa2": ProviderSettings(type="openai", base_url=f"{url}/v1", api_key=key, models=MODELS),
        "google": ProviderSettings(base_url=url, api_key=key),
    }
    tiered = Target(model="openai/gpt-5-mini", params={"service_tier": "flex"})
    return Config(providers=providers, models={"cheap": VirtualModel(targets=[tiered])}, **more)


def paid(ended: list[Crossing]) -> list[Decimal | None]:
    return [None if one.cost is None else one.cost.usd for one in ended]


@contextmanager
def watched(url: str, **more: Any) -> Iterator[tuple[RunningGateway, list[Crossing]]]:
    with running(config(url, **more)) as gateway:
        ended: list[Crossing] = []
        gateway.engine.listeners.append(ended.append)
        yield gateway, ended


@pytest.fixture(scope="module")
def running_house(vendor: Upstream) -> Iterator[tuple[RunningGateway, list[Crossing]]]:
    with watched(vendor.url) as house:
        yield house


@pytest.fixture
def house(running_house: tuple[RunningGateway, list[Crossing]]) -> tuple[RunningGateway, list[Crossing]]:
    running_house[1].clear()
    return running_house


@pytest.mark.parametrize("form", ["openai", "anthropic"])  # relayed, and translated
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("asked", "told", "billed"),
    [
        (None, None, "default"),
        ("priority", "priority", "priority"),
        ("flex", "flex", "flex"),
        ("priority", "default", "default"),  # it was not there, and is not paid for
        (None, "flex", "flex"),  # by the project's own settings
    ],
)
def test_the_tier_that_served_is_billed(
    house: tuple[RunningGateway, list[Crossing]],
    vendor: Upstream,
    form: str,
    streamed: bool,
    asked: str | None,
    told: str | None,
    billed: str,
) -> None:
    gateway, ended = house
    vendor.play(answering(told))
    more = {"service_tier": asked} if asked is not None and form == "openai" else {}
    answer = ask(gateway, form, "openai/gpt-5-mini", stream=streamed, **more)
    assert answer.status == 200, answer.body
    assert paid(ended) == [Decimal(TIERS[billed])]


@pytest.mark.parametrize("streamed", [False, True])
def test_where_the_answer_tells_no_tier_that_of_the_request_is_billed(
    house: tuple[RunningGateway, list[Crossing]], vendor: Upstream, streamed: bool
) -> None:
    gateway, ended = house
    vendor.play(answering(None))
    ask(gateway, "openai", "openai/gpt-5-mini", stream=streamed, service_tier="flex")
    ask(gateway, "openai", "cheap", stream=streamed)  # the route's own wish
    ask(gateway, "openai", "openai/gpt-5-mini", stream=streamed, service_tier=None)
    assert paid(ended) == [Decimal(TIERS[tier]) for tier in ("flex", "flex", "default")]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_sdk_tells_the_cost_of_the_tier(vendor: Upstream, streamed: bool) -> None:
    vendor.play(answering("priority"))
    with pontage.Client(config(vendor.url), environ={}) as client:
        if streamed:
            with client.stream("openai/gpt-5-mini", "Hello?") as told:
                cost = told.response().cost
        else:
            cost = client.chat("openai/gpt-5-mini", "Hello?").cost
    assert cost is not None
    assert cost.usd == Decimal(TIERS["priority"])


def test_the_tier_of_a_response_and_of_geminis_counts(
    house: tuple[RunningGateway, list[Crossing]], vendor: Upstream
) -> None:
    gateway, ended = house
    counts = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15, "serviceTier": "flex"}
    said = {"content": {"role": "model", "parts": [{"text": "Hello."}]}, "finishReason": "STOP", "index": 0}
    gemini = {"candidates": [said], "usageMetadata": counts, "modelVersion": "gemini-2.5-flash", "responseId": "r"}
    for form in ("google", "openai"):
        vendor.script(whole(gemini))
        ask(gateway, form, "google/gemini-2.5-flash")
    del counts["serviceTier"]
    vendor.script(whole(gemini))
    ask(gateway, "google", "google/gemini-2.5-flash")
    flex, translated, standard = paid(ended)
    assert standard
    assert flex == translated == standard / 2


def test_a_completion_that_passes_is_billed_by_its_tier(
    house: tuple[RunningGateway, list[Crossing]], vendor: Upstream
) -> None:
    gateway, ended = house
    vendor.script(
        whole({"id": "c", "object": "text_completion", "choices": [], "usage": COUNTS, "service_tier": "flex"})
    )
    request(gateway, "POST", "/v1/completions", {"model": "openai/gpt-5-mini", "prompt": "Hello"})
    assert paid(ended) == [Decimal(TIERS["flex"])]


def test_what_is_looked_up_is_not_counted_again(house: tuple[RunningGateway, list[Crossing]], vendor: Upstream) -> None:
    gateway, ended = house
    vendor.script(whole({"id": "batch_1", "object": "batch", "usage": {"input_tokens": 7, "output_tokens": 3}}))
    assert request(gateway, "GET", "/v1/batches/batch_1", x_pontage_provider="openai").json["usage"]
    assert [(one.usage, one.cost) for one in ended] == [(None, None)]


@pytest.mark.parametrize(
    ("model", "usage", "cost"),
    [
        ("openai/whisper-1", {"type": "duration", "seconds": 60}, "0.006"),
        ("openai/whisper-1", {"type": "duration", "seconds": 59.7}, "0.006"),
        ("openai/whisper-1", {"type": "duration"}, None),
        ("openai/whisper-1", {"type": "tokens", "input_tokens": 5, "output_tokens": 5}, None),
        (
            "openai/gpt-4o-mini-transcribe",
            {"input_tokens": 14, "input_token_details": {"text_tokens": 4, "audio_tokens": 10}, "output_tokens": 8},
            "0.000075",
        ),
        ("openai/gpt-4o-mini-transcribe", {"input_tokens": 14, "output_tokens": 8}, "0.0000575"),
    ],
)
def test_sound_is_billed_by_its_length_or_its_tokens_or_not_told(
    house: tuple[RunningGateway, list[Crossing]], vendor: Upstream, model: str, usage: Any, cost: str | None
) -> None:
    gateway, ended = house
    vendor.script(whole({"text": "hi", "usage": usage}))
    answer = request(gateway, "POST", "/v1/audio/transcriptions", {"model": model})
    assert answer.status == 200, answer.body
    assert paid(ended) == [None if cost is None else Decimal(cost)]


@pytest.mark.parametrize(
    ("prices", "costs"),
    [
        (["oa2/mini"], {"mini": "0.01", "twin": "0.0000125"}),
        (["oa2/gpt-5-mini"], {"mini": "0.01", "twin": "0.01", "deployed": "0.01", "gpt-5-mini": "0.01"}),
        (["oa2/eu-1"], {"deployed": "0.01", "mini": "0.0000125"}),
        (["oa2/deployed", "oa2/mini"], {"deployed": "0.01", "mini": "0.02", "twin": "0.0000125"}),
        (["oa2/gpt-5-mini", "oa2/mini"], {"mini": "0.02", "twin": "0.01"}),
        ([], {"mini": "0.0000125", "deployed": "0.0000125"}),
    ],
)
def test_the_users_prices_win_by_every_name(vendor: Upstream, prices: list[str], costs: dict[str, str]) -> None:
    own = {name: PriceOverride(input=1_000.0 * (place + 1), output=0.0) for place, name in enumerate(prices)}
    vendor.play(answering(None))
    with watched(vendor.url, prices=own) as (gateway, ended):
        for model in costs:
            ask(gateway, "openai", f"oa2/{model}")
        listed = {one["id"]: one for one in request(gateway, "GET", "/v1/models").json["data"]}
    assert dict(zip(costs, paid(ended), strict=True)) == {model: Decimal(cost) for model, cost in costs.items()}
    for model in costs.keys() & MODELS.keys():
        shown = Decimal(str(listed[f"oa2/{model}"]["pontage"]["prices"]["input"]))
        assert shown == (
            Decimal("0.25") if not own or costs[model] == TIERS["default"] else Decimal(costs[model]) * 100_000
        )
