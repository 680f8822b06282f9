"""Azure OpenAI, Vertex AI and Bedrock behind a whole gateway: answers, streams, costs, errors in the client's words."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from pontage.config import Config, ModelSettings, ProviderSettings, Secret
from tests.e2e.asking import PATHS, ask, error_of, streamed_text, text_of
from tests.gateway import RunningGateway, running
from tests.providers.clouds import PLAIN
from tests.replay.upstream import Upstream, stream, upstream, whole
from tests.specimens import SAMPLES

KEY = "canary-cloud-5d1f83a7c2"
MODELS = {
    "azure/gpt-5": ("openai_chat", "/openai/v1/chat/completions"),
    "vertex/claude-sonnet-5-5": (
        "anthropic_messages",
        "/v1/projects/p/locations/us/publishers/anthropic/models/claude-sonnet-5-5",
    ),
    "vertex/gemini-2.5-pro": (
        "google_generate",
        "/v1beta1/projects/p/locations/us/publishers/google/models/gemini-2.5-pro",
    ),
    "bedrock/anthropic.claude-sonnet-5-5": ("anthropic_messages", "/anthropic/v1/messages"),
    "bedrock/openai.gpt-5.5": ("openai_responses", "/openai/v1/responses"),
}
EACH = pytest.mark.parametrize("model", MODELS)
FORMS = pytest.mark.parametrize("form", PATHS)


class Bridge(NamedTuple):
    gateway: RunningGateway
    server: Upstream


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with upstream() as server:
        key = Secret(KEY)
        providers = {
            "azure": ProviderSettings(
                base_url=server.url, api_key=key, models={"gpt-5": ModelSettings(name="house-1", base_model="gpt-5")}
            ),
            "vertex": ProviderSettings(base_url=server.url, api_key=key, options={"project": "p", "location": "us"}),
            "bedrock": ProviderSettings(base_url=server.url, api_key=key),
        }
        with running(Config(providers=providers)) as gateway:
            yield Bridge(gateway, server)


@EACH
@FORMS
def test_an_answer(bridge: Bridge, form: str, model: str) -> None:
    spoken, path = MODELS[model]
    bridge.server.script(whole((SAMPLES / spoken / f"{PLAIN[spoken]}.response.json").read_bytes()))
    answer = ask(bridge.gateway, form, model)
    assert answer.status == 200
    assert text_of(form, answer.json)
    assert answer.headers["x-pontage-provider"] == model.partition("/")[0]
    assert float(answer.headers["x-pontage-cost-usd"]) > 0
    assert bridge.server.last.path.startswith(path)


@EACH
@FORMS
def test_a_stream(bridge: Bridge, form: str, model: str) -> None:
    spoken, _ = MODELS[model]
    data = (SAMPLES / spoken / f"{PLAIN[spoken]}.sse").read_bytes()
    bridge.server.script(stream(data, range(0, len(data), 61)))
    assert streamed_text(form, ask(bridge.gateway, form, model, stream=True).body)


@EACH
@FORMS
def test_an_error_is_told_in_the_clients_words_and_without_the_key(bridge: Bridge, form: str, model: str) -> None:
    bridge.server.script(
        whole({"message": f"Too many requests with {KEY}."}, 429, x_amzn_errortype="ThrottlingException")
    )
    answer = ask(bridge.gateway, form, model)
    assert answer.status == 429
    _, message = error_of(form, answer.json)
    assert "Too many requests" in message
    assert KEY.encode() not in answer.body
    assert not [line for line in bridge.gateway.log if KEY in line]
