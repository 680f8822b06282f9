"""Azure OpenAI: both forms of its API, both kinds of key, deployments for models, and what its filter says."""

import asyncio
from typing import Any

import pytest

from pontage.assemble import assemble
from pontage.config import Config, ModelSettings, ProviderSettings, Secret
from pontage.dialects.operations import EMBEDDINGS
from pontage.dialects.task import Task
from pontage.domain import ChatRequest, Message, Text, collect
from pontage.domain.embeddings import EmbeddingRequest
from pontage.errors import (
    AuthenticationError,
    ConfigError,
    ContentFilterError,
    ModelNotFoundError,
    PontageError,
    RateLimitedError,
)
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.providers.clouds import FORMS, KEY, ask, asked, calling, crossed, said
from tests.replay.upstream import stream, upstream, whole
from tests.specimens import SAMPLES

TOKEN = Secret("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
DATED = {"api_version": "2025-04-01-preview"}
VERSION = "api-version=2025-04-01-preview"
WHOLE_OR_STREAM = pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
ALL_FORMS = pytest.mark.parametrize("form", FORMS)


@ALL_FORMS
@WHOLE_OR_STREAM
@pytest.mark.parametrize("options", [{}, DATED], ids=["v1", "dated"])
def test_every_client_is_served(form: str, streaming: bool, options: dict[str, str]) -> None:
    spoken = form if form == "openai_responses" else "openai_chat"
    with upstream() as server:
        call = asked(form, "our-deployment", streaming)
        told = crossed(server, "azure", call, spoken, options=options)
        step = "responses" if form == "openai_responses" else "chat/completions"
        dated = "" if form == "openai_responses" else "/deployments/our-deployment"
        path = f"/openai{dated}/{step}" if options else f"/openai/v1/{step}"
        assert said(server) == (path, VERSION if options else "", "key-of-the-test")
        assert "authorization" not in told.received.headers
        body = told.received.json
        assert body["model"] == "our-deployment"
        assert bool(body.get("stream")) == streaming
        if spoken == form and not streaming:
            assert told.received.body == call.body
        if spoken == "openai_chat":
            assert [turn["role"] for turn in body["messages"]] == ["user"]
            assert ("stream_options" in body) == streaming
        assert told.text


@pytest.mark.parametrize(
    ("key", "header", "value"),
    [(KEY, "api-key", "key-of-the-test"), (TOKEN, "authorization", f"Bearer {TOKEN.reveal()}")],
)
def test_a_key_and_a_token_have_headers_of_their_own(key: Secret, header: str, value: str) -> None:
    with upstream() as server:
        told = crossed(server, "azure", asked("openai_chat", "d", False), "openai_chat", key=key)
        found = {name: told.received.headers.get(name) for name in ("api-key", "authorization")}
        assert found == {"api-key": None, "authorization": None, header: value}


@pytest.mark.parametrize("path", ["", "/", "/openai", "/openai/", "/openai/v1", "/openai/v1/"])
@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({}, ("/openai/v1/chat/completions", "")),
        ({"api_version": "preview"}, ("/openai/v1/chat/completions", "api-version=preview")),
        ({"api_version": "2024-10-21"}, ("/openai/deployments/d/chat/completions", "api-version=2024-10-21")),
        ({"api_version": "v1&x=/"}, ("/openai/v1/chat/completions", "api-version=v1%26x%3D/")),
    ],
)
def test_the_address_may_have_the_path_or_not(path: str, options: dict[str, str], target: tuple[str, str]) -> None:
    with upstream() as server:
        server.script(whole((SAMPLES / "openai_chat" / "plain.response.json").read_bytes()))
        ask(server.url + path, "azure", asked("openai_chat", "d", False), options=options)
        assert said(server)[:2] == target


def test_what_the_filter_found_is_kept_and_passes() -> None:
    answer = (SAMPLES / "openai_chat" / "filtered.response.json").read_bytes()
    question = ChatRequest(model="d", messages=(Message(role="user", parts=(Text(text="?"),)),))

    async def collected(client: LLMProviderClient) -> Any:
        async with client.chat_completion_stream(question, KEY) as events:
            return collect([event async for event in events])

    with upstream() as server:
        server.script(whole(answer))
        told = calling("azure", server.url, lambda client: client.chat_completion(question, KEY))
        assert told.stop.reason == "content_filter"
        assert told.extra["prompt_filter_results"]
        server.script(stream((SAMPLES / "openai_chat" / "filtered.sse").read_bytes()))
        assert calling("azure", server.url, collected).stop.reason == "content_filter"
        later = (SAMPLES / "openai_chat" / "filtered_later.sse").read_bytes()
        server.script(stream(later, range(0, 3000, 71)))
        told = calling("azure", server.url, collected)
        assert (told.text, told.stop.reason, told.usage.total_input) == ("Gulls follow the trawler.", "stop", 12)


FILTERED = {
    "error": {
        "code": "content_filter",
        "message": "The response was filtered.",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True}}},
    }
}
ERRORS: list[tuple[int, Any, type[PontageError], str | None]] = [
    (400, FILTERED, ContentFilterError, "content_filter"),
    (404, {"error": {"code": "DeploymentNotFound", "message": "none"}}, ModelNotFoundError, "DeploymentNotFound"),
    (401, {"error": {"code": "401", "message": "Access denied due to invalid key."}}, AuthenticationError, "401"),
    (401, {"statusCode": 401, "message": "Access denied."}, AuthenticationError, None),
    (429, {"error": {"code": "429", "message": "Requests have exceeded the rate."}}, RateLimitedError, "429"),
]


@pytest.mark.parametrize(("status", "body", "kind", "code"), ERRORS)
@pytest.mark.parametrize("form", ["openai_chat", "openai_responses"])
def test_errors_have_azures_shape(
    form: str, status: int, body: Any, kind: type[PontageError], code: str | None
) -> None:
    with upstream() as server:
        server.script(whole(body, status, apim_request_id="apim-1", retry_after_ms="1500"))
        with pytest.raises(kind) as raised:
            ask(server.url, "azure", asked(form, "d", False))
    error = raised.value
    assert (error.upstream_code, error.request_id, error.retry_after) == (code, "apim-1", 1.5)
    assert (error.provider, error.model) == ("azure", "d")


@pytest.mark.parametrize(
    ("options", "target"),
    [({}, ("/openai/v1/embeddings", "")), (DATED, ("/openai/deployments/our-vectors/embeddings", VERSION))],
)
def test_embeddings_are_asked_by_deployment(options: dict[str, str], target: tuple[str, str]) -> None:
    answer = {
        "object": "list",
        "model": "m",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
    task = Task.of(EMBEDDINGS, EmbeddingRequest(model="our-vectors", inputs=("a",)), "our-vectors")
    with upstream() as server:
        server.script(whole(answer))
        attempt = Attempt(model="our-vectors", key=KEY)
        calling("azure", server.url, lambda client: client.perform(task, attempt), options=options)
        assert said(server) == (*target, "key-of-the-test")


@pytest.mark.parametrize(("options", "target"), [({}, ("/openai/v1/models", "")), (DATED, ("/openai/models", VERSION))])
def test_health_asks_for_a_list_that_is_none_of_its_deployments(options: Any, target: tuple[str, str]) -> None:
    with upstream() as server:
        server.script(whole({"data": [{"id": "gpt-4o"}]}))
        assert calling("azure", server.url, lambda client: client.health_check(KEY), options=options).healthy
        assert said(server)[:2] == target
        assert calling("azure", server.url, lambda client: client.list_models(KEY), options=options) == []


def test_deployments_may_have_names_of_ones_own() -> None:
    settings = ProviderSettings(
        options={"resource": "our-house"}, models={"gpt-5": ModelSettings(name="house-gpt5-eastus")}
    )
    found = ProviderRegistry(Transport()).configure("azure", settings, {"AZURE_OPENAI_API_KEY": "k"})
    assert found.client.config.base_url == "https://our-house.openai.azure.com"
    assert found.wire_name("gpt-5") == "house-gpt5-eastus"
    assert found.ready


def test_what_is_missing_is_told() -> None:
    with pytest.raises(ConfigError, match=r"providers\.azure\.options has no resource") as raised:
        ProviderRegistry(Transport()).configure("azure", ProviderSettings(), {"AZURE_OPENAI_API_KEY": "k"})
    assert all(word in str(raised.value.hint) for word in ("AZURE_OPENAI_ENDPOINT", "options.resource", "base_url"))
    with pytest.raises(AuthenticationError) as told:
        ask("http://127.0.0.1:9", "azure", asked("openai_chat", "d", False), None)
    assert "AZURE_OPENAI_" in str(told.value.hint)


def test_it_is_found_by_its_variables() -> None:
    key = {"AZURE_OPENAI_API_KEY": "k"}
    assert assemble(Config(), key).registry.get("azure") is None
    environ = {
        **key,
        "AZURE_OPENAI_AD_TOKEN": TOKEN.reveal(),
        "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com/",
        "OPENAI_API_VERSION": "2024-10-21",
    }
    found = assemble(Config(), environ).registry.get("azure")
    assert found is not None
    assert [one.reveal() for one in found.keys] == [TOKEN.reveal()]
    assert found.client.config.base_url == "https://x.openai.azure.com"
    assert (
        found.client.config.endpoints[0].path == "/openai/deployments/{model}/chat/completions?api-version=2024-10-21"
    )


def test_a_deployment_has_the_facts_of_its_base_model() -> None:
    answer = (SAMPLES / "openai_chat" / "plain.response.json").read_bytes()
    models = {"gpt-5": ModelSettings(name="house-1", base_model="gpt-5"), "other": ModelSettings(name="house-2")}
    config = Config(providers={"azure": ProviderSettings(base_url="", api_key=KEY, models=models)})

    async def main(url: str) -> tuple[Any, Any, Any]:
        engine = assemble(config, {"AZURE_OPENAI_ENDPOINT": url})
        try:
            asking = [asked("openai_chat", f"azure/{name}", False, max_tokens=9) for name in ("gpt-5", "other")]
            known, unknown = [(await engine.send(call)).crossing for call in asking]
            return known.cost, unknown.cost, {info.id: info.max_output for info in engine.inventory.known_models()}
        finally:
            await engine.aclose()

    with upstream() as server:
        server.script(whole(answer))
        cost, nothing, limits = asyncio.run(main(server.url))
        adapted, plain = [received.json for received in server.received]
    assert (adapted["model"], adapted["max_completion_tokens"], "max_tokens" in adapted) == ("house-1", 9, False)
    assert (plain["model"], plain["max_tokens"]) == ("house-2", 9)
    assert cost is not None
    assert nothing is None
    assert {name: limit for name, limit in limits.items() if name.startswith("azure/")} == {
        "azure/gpt-5": 128000,
        "azure/other": None,
    }
