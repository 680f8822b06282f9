"""What one provider keeps is asked of that provider and that key only, and of nobody in another format."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import Config, ProviderSettings, Secret, Target, VirtualModel
from tests.e2e.asking import Answer, request
from tests.e2e.test_responses import SAID
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Received, Upstream, stream, upstream, whole

KEYS = {"one": ("key-one-0123456789", "key-two-0123456789"), "two": ("key-three-0123456789",)}
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}, "finishReason": "STOP"}]}


@pytest.fixture
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture
def gateway(vendor: Upstream) -> Iterator[RunningGateway]:
    answers = iter(range(1000))

    def answer(received: Received) -> Any:
        if received.path.endswith("input_tokens"):
            return whole({"object": "response.input_tokens", "input_tokens": 9})
        if "Content" in received.path:
            return whole(GEMINI)
        said = {**SAID, "id": f"resp_{next(answers)}", "store": received.json.get("store")}
        if not received.json.get("stream"):
            return whole(said)
        events = [
            {"type": "response.created", "response": {**said, "status": "in_progress", "output": []}},
            {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "H"},
            {"type": "response.completed", "response": said},
        ]
        return stream(b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events))

    vendor.play(answer)
    providers = {
        name: ProviderSettings(type="openai", base_url=f"{vendor.url}/v1", api_keys=[Secret(key) for key in keys])
        for name, keys in KEYS.items()
    }
    for name in ("anthropic", "google"):
        providers[name] = ProviderSettings(base_url=vendor.url, api_key=Secret("key-other-0123456789"))
    routes = {
        "both": VirtualModel(targets=[Target(model="one/gpt-5"), Target(model="two/gpt-5")], strategy="round_robin"),
        "mixed": VirtualModel(targets=[Target(model="anthropic/claude-haiku-4-5"), Target(model="one/gpt-5")]),
    }
    with running(Config(providers=providers, models=routes)) as started:
        yield started


def ask(gateway: RunningGateway, model: str, path: str = "/v1/responses", **more: Any) -> Answer:
    return request(gateway, "POST", path, {"model": model, "input": "hi", **more})


def refused(answer: Answer) -> str:
    assert answer.status == 400
    error = answer.json["error"]
    assert error["code"] == "PTG-1201"
    return str(error["param"])


@pytest.mark.parametrize("streamed", [False, True])
def test_the_answer_is_gone_on_from_where_it_was_made(
    gateway: RunningGateway, vendor: Upstream, streamed: bool
) -> None:
    for _ in range(4):
        first = ask(gateway, "both", stream=streamed)
        assert first.status == 200
        made_with = vendor.last.headers["authorization"]
        start = first.body.index(b'"id"') if streamed else 0
        made = first.json["id"] if not streamed else first.body[start:].split(b'"')[3].decode()
        for _ in range(3):
            assert ask(gateway, "both", previous_response_id=made).status == 200
            assert vendor.last.headers["authorization"] == made_with


def test_it_does_not_fall_back_to_who_does_not_keep_it(gateway: RunningGateway, vendor: Upstream) -> None:
    made = ask(gateway, "two/gpt-5").json["id"]
    vendor.play(lambda received: whole({"error": {"message": "down"}}, 503))
    before = len(vendor.received)
    assert ask(gateway, "both", previous_response_id=made).status == 503
    asked = {one.headers["authorization"] for one in vendor.received[before:]}
    assert asked == {f"Bearer {KEYS['two'][0]}"}


def test_a_strange_id_goes_where_only_one_can_have_it(gateway: RunningGateway, vendor: Upstream) -> None:
    assert refused(ask(gateway, "both", previous_response_id="resp_strange")) == "previous_response_id"
    assert refused(ask(gateway, "both", conversation={"id": "conv_1"})) == "conversation"
    assert ask(gateway, "mixed", previous_response_id="resp_strange").status == 200
    assert vendor.last.path == "/v1/responses"
    assert ask(gateway, "two/gpt-5", conversation="conv_1").status == 200
    assert ask(gateway, "both", conversation={"id": "conv_1"}).status == 200  # who answered to it has it
    assert vendor.last.headers["authorization"] == f"Bearer {KEYS['two'][0]}"


def test_what_is_kept_elsewhere_is_said_to_be(gateway: RunningGateway) -> None:
    made = ask(gateway, "two/gpt-5").json["id"]
    answer = ask(gateway, "one/gpt-5", previous_response_id=made)
    assert refused(answer) == "previous_response_id"
    assert "two/gpt-5" in answer.json["error"]["message"]


def test_what_two_places_keep_cannot_be_had_together(gateway: RunningGateway) -> None:
    assert ask(gateway, "one/gpt-5", conversation="conv_1").status == 200
    made = ask(gateway, "two/gpt-5").json["id"]
    assert refused(ask(gateway, "both", previous_response_id=made, conversation="conv_1")) == "conversation"


def test_answers_that_are_not_stored_are_not_remembered(gateway: RunningGateway) -> None:
    made = ask(gateway, "two/gpt-5", store=False).json["id"]
    assert refused(ask(gateway, "both", previous_response_id=made)) == "previous_response_id"


@pytest.mark.parametrize("model", ["anthropic/claude-haiku-4-5", "google/gemini-2.5-flash", "sim/echo"])
@pytest.mark.parametrize("path", ["/v1/responses", "/v1/responses/input_tokens"])
@pytest.mark.parametrize(
    "said", [{"previous_response_id": "resp_1"}, {"conversation": "conv_1"}, {"prompt": {"id": "pmpt_1"}}]
)
def test_no_other_format_can_carry_it(
    gateway: RunningGateway, vendor: Upstream, model: str, path: str, said: dict[str, Any]
) -> None:
    assert refused(ask(gateway, model, path, **said)) == next(iter(said))
    body = {"model": model, **said}  # and nothing else to answer
    assert refused(request(gateway, "POST", path, body)) == next(iter(said))
    assert vendor.received == []


def test_nothing_named_is_nothing_kept(gateway: RunningGateway) -> None:
    said: dict[str, Any] = {"previous_response_id": None, "conversation": None, "prompt": None}
    assert ask(gateway, "anthropic/claude-haiku-4-5", **said).status != 400
    assert ask(gateway, "both", **said).status == 200


def test_a_prompt_cached_at_google_stays_there(gateway: RunningGateway, vendor: Upstream) -> None:
    path = "/v1beta/models/{}:generateContent"
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "cachedContent": "cachedContents/1"}
    assert request(gateway, "POST", path.format("google/gemini-2.5-flash"), body).status == 200
    assert vendor.last.json["cachedContent"] == "cachedContents/1"
    answer = request(gateway, "POST", path.format("one/gpt-5"), body)
    assert answer.status == 400
    assert "cachedContent" in answer.json["error"]["message"]
