"""Counting tokens through a whole gateway: each format asked, each provider answering or estimated."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

import pontage
from pontage.config import ProviderSettings, Secret
from tests.conftest import Corpus, Figures
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Received, Scripted, Upstream, upstream, whole

TOOL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ASKING: dict[str, tuple[str, Any]] = {
    "anthropic": (
        "/v1/messages/count_tokens",
        {
            "messages": [{"role": "user", "content": "How warm is it?"}],
            "system": "Be terse.",
            "tools": [{"name": "weather", "input_schema": TOOL}],
        },
    ),
    "google": (
        "/v1beta/models/{model}:countTokens",
        {
            "generateContentRequest": {
                "model": "models/any",
                "contents": [{"role": "user", "parts": [{"text": "How warm is it?"}]}],
                "systemInstruction": {"parts": [{"text": "Be terse."}]},
                "tools": [{"functionDeclarations": [{"name": "weather", "parametersJsonSchema": TOOL}]}],
            }
        },
    ),
    "responses": (
        "/v1/responses/input_tokens",
        {
            "input": "How warm is it?",
            "instructions": "Be terse.",
            "tools": [{"type": "function", "name": "weather", "parameters": TOOL, "strict": False}],
        },
    ),
}
TELLING = {"anthropic": "input_tokens", "google": "totalTokens", "responses": "input_tokens"}
COUNTED: dict[str, tuple[str, dict[str, Any]]] = {
    "anthropic/claude-haiku-4-5": ("/v1/messages/count_tokens", {"input_tokens": 571}),
    "google/gemini-2.5-flash": (
        "/v1beta/models/gemini-2.5-flash:countTokens",
        {"totalTokens": 57, "cachedContentTokenCount": 1},
    ),
    "openai/gpt-4.1-mini": ("/v1/responses/input_tokens", {"object": "response.input_tokens", "input_tokens": 51}),
    "vllm/qwen3": ("/tokenize", {"count": 44, "max_model_len": 4096, "tokens": [1, 2]}),
}


class Bridge(NamedTuple):
    gateway: RunningGateway
    provider: Upstream


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with upstream() as provider:
        more = {
            "vllm": ProviderSettings(base_url=provider.url),
            "mistral": ProviderSettings(base_url=provider.url, api_key=Secret("canary-mistral-71c5")),
        }
        with running(upstream_config(provider.url, providers=more)) as gateway:
            yield Bridge(gateway, provider)


def count(bridge: Bridge, form: str, model: str, body: Any = None, path: str | None = None, **headers: str) -> Any:
    where, asked = ASKING[form]
    said = dict(asked if body is None else body)
    if form != "google":
        said["model"] = model
    return request(bridge.gateway, "POST", (path or where).replace("{model}", model), said, **headers)


def counting(received: Received) -> Scripted:
    """The answer of whichever provider is asked, if what it gets is a request that it takes."""
    telling = dict(COUNTED.values())
    return whole(telling[received.path])


@pytest.mark.parametrize("form", ASKING)
@pytest.mark.parametrize("model", COUNTED)
def test_every_format_counts_at_every_provider_that_counts(bridge: Bridge, form: str, model: str) -> None:
    bridge.provider.play(counting)
    answer = count(bridge, form, model)
    path, told = COUNTED[model]
    tokens = next(iter(value for name, value in told.items() if name in ("input_tokens", "totalTokens", "count")))
    assert answer.status == 200
    assert answer.json[TELLING[form]] == tokens
    assert "approximated:tokens" not in answer.headers.get("x-pontage-notes", "")
    [received] = bridge.provider.received
    assert received.path == path
    assert "weather" in received.body.decode()
    assert "Be terse." in received.body.decode()
    assert "max_tokens" not in received.json


@pytest.mark.parametrize("form", ASKING)
def test_the_same_format_crosses_untouched(bridge: Bridge, form: str) -> None:
    bridge.provider.play(counting)
    model = {"anthropic": "anthropic/claude-haiku-4-5", "google": "google/gemini-2.5-flash"}.get(
        form, "openai/gpt-4.1-mini"
    )
    body = {**ASKING[form][1], "tomorrow": 1}
    answer = count(bridge, form, model, body)
    assert answer.json == COUNTED[model][1]
    [received] = bridge.provider.received
    name = model.partition("/")[2]
    nested = {**body.get("generateContentRequest", {}), "model": f"models/{name}"}
    assert received.json == (
        {**body, "generateContentRequest": nested} if form == "google" else {**body, "model": name}
    )


@pytest.mark.parametrize("form", ASKING)
@pytest.mark.parametrize("model", ["mistral/mistral-small-latest", "sim/echo"])
def test_where_nobody_counts_it_is_an_estimate_that_says_so(bridge: Bridge, form: str, model: str) -> None:
    bridge.provider.play(counting)
    answer = count(bridge, form, model)
    assert answer.status == 200
    assert 20 < answer.json[TELLING[form]] < 150
    assert answer.headers["x-pontage-estimated"] == "true"
    assert bridge.provider.received == []


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_the_endpoint_is_estimated(bridge: Bridge, status: int) -> None:
    bridge.provider.script(whole({"detail": "Not Found"}, status))
    answer = count(bridge, "anthropic", "vllm/qwen3")
    assert answer.status == 200
    assert answer.headers["x-pontage-estimated"] == "true"


def test_a_model_that_is_not_there_is_no_estimate(bridge: Bridge) -> None:
    refused = {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-none"}}
    bridge.provider.script(whole(refused, 404))
    answer = count(bridge, "anthropic", "anthropic/claude-none")
    assert answer.status == 404
    assert answer.json["error"]["type"] == "not_found_error"


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("anthropic", {"messages": 3}),
        ("anthropic", {}),
        ("google", {"generateContentRequest": {"contents": "?"}}),
        ("responses", {"input": 3}),
    ],
)
def test_what_makes_no_sense_is_refused(bridge: Bridge, form: str, body: Any) -> None:
    bridge.provider.play(counting)
    answer = count(bridge, form, "mistral/mistral-small-latest", body)
    assert answer.status == 400
    assert answer.json["error"]["message"]
    assert bridge.provider.received == []


@pytest.mark.parametrize("prefixed", ["/gemini", ""])
def test_a_conversation_alone_is_counted_as_well(bridge: Bridge, prefixed: str) -> None:
    body = ASKING["google"][1]["generateContentRequest"]
    path = f"{prefixed}/v1beta/models/{{model}}:countTokens"
    answer = count(bridge, "google", "sim/echo", {"contents": body["contents"]}, path)
    assert 1 < answer.json["totalTokens"] < 20


def test_recorded_counts_are_told_as_they_were(bridge: Bridge, corpus: Corpus, figures: Figures) -> None:
    forms = {"messages.count_tokens": "anthropic", "countTokens": "google", "responses.input_tokens": "responses"}
    owners = {"anthropic": "anthropic", "google": "google", "responses": "openai"}
    read = 0
    for exchange in corpus.exchanges(
        lambda one: one.endpoint in forms and one.provider in ("anthropic", "google", "openai-responses")
    ):
        form = forms[exchange.endpoint]
        bridge.provider.script(whole(exchange.response.body, exchange.status))
        answer = count(bridge, form, f"{owners[form]}/{exchange.model}", exchange.request.body)
        assert answer.status == exchange.status
        if exchange.status == 200:
            assert answer.json == exchange.response.body
            assert bridge.provider.received[0].json == exchange.request.body
        read += 1
    figures("recorded counts of tokens", read)


def test_a_strict_caller_gets_no_estimate(bridge: Bridge) -> None:
    answer = count(bridge, "anthropic", "mistral/mistral-small-latest", x_pontage_strict="true")
    assert (answer.status, "an estimate" in answer.body.decode()) == (400, True)


def test_the_sdk_counts_and_says_who_counted(bridge: Bridge) -> None:
    bridge.provider.play(counting)
    config = upstream_config(bridge.provider.url)
    with pontage.Client(config, environ={}) as client:
        counted = client.count_tokens("anthropic/claude-haiku-4-5", "How warm is it?", system="Be terse.")
        guessed = client.count_tokens("sim/echo", "How warm is it?")
    assert (counted.tokens, counted.estimated, counted.provider) == (571, False, "anthropic")
    assert guessed.estimated
    assert 4 < int(guessed) < 20
    assert bridge.provider.received[0].json["system"]
