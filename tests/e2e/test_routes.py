"""Every spelling of every path, what the headers tell, and the list of models in all three shapes."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from pontage.config import Config, ModelSettings, ProviderSettings, Secret, Target, VirtualModel
from pontage.errors import MethodNotAllowedError, RouteNotFoundError
from pontage.server.formats import FORMATS
from pontage.server.http import Headers
from pontage.server.routes import TABLE, format_of, match
from tests.conftest import Figures
from tests.e2e.asking import PATHS, ask, error_of, events_of, request, spoken, streamed_text, text_of
from tests.gateway import RunningGateway, running

FORMS = pytest.mark.parametrize("form", PATHS)
MODEL = "simulated/echo"
CHAT = ("/v1/chat/completions", "/chat/completions")
SPELLINGS: dict[str, list[str]] = {
    "openai": [prefix + path for prefix in ("", "/openai") for path in CHAT],
    "anthropic": ["/v1/messages", "/anthropic/v1/messages"],
    "google": [
        f"{prefix}{root}{name}:generateContent"
        for prefix in ("", "/gemini")
        for root in ("/v1beta/", "/v1/", "/v1alpha/")
        for name in ("models/simulated/echo", "simulated/echo", "models/simulated%2Fecho", "models%2Fsimulated%2Fecho")
    ],
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    providers = {
        "openai": ProviderSettings(api_key=Secret("k"), models={"mine": ModelSettings(name="theirs")}),
        "house": ProviderSettings(type="compatible", base_url="http://127.0.0.1:9/v1"),
        "anthropic": ProviderSettings(),  # without a key: cannot be called, and is not listed
    }
    routes = {"fast": VirtualModel(targets=[Target(model="sim/echo")], allow_simulated=True)}
    with running(Config(providers=providers, models=routes)) as started:
        yield started
        assert started.failures == 0


@FORMS
def test_every_spelling_of_a_path(gateway: RunningGateway, form: str, figures: Figures) -> None:
    _, body = spoken(form, MODEL, "What?")
    for path in SPELLINGS[form]:
        for query in ("", "?beta=true", "?key=AIza&alt=json"):
            answer = request(gateway, "POST", path + query, body)
            assert answer.status == 200, path
            assert text_of(form, answer.json) == "[simulated] What?"
    figures(f"spellings of {form} paths", len(SPELLINGS[form]))


@FORMS
def test_headers_tell_the_crossing(gateway: RunningGateway, form: str) -> None:
    for stream in (False, True):
        answer = ask(gateway, form, "fast", stream=stream)
        told = answer.headers
        assert answer.status == 200
        assert told["x-request-id"] == told["request-id"]
        assert told["x-pontage-provider"] == "simulated"
        assert told["x-pontage-model"] == "echo"
        assert told["x-pontage-route"] == "fast"
        assert told["x-pontage-attempts"] == "simulated:200"
        assert told["x-pontage-simulated"] == "true"
        assert float(told["x-pontage-overhead-ms"]) >= 0
        assert told["content-type"].startswith("text/event-stream" if stream else "application/json")


def test_every_request_has_an_id_of_its_own(gateway: RunningGateway) -> None:
    found = {
        request(gateway, "GET", path).headers["x-request-id"] for path in ["/health", "/nothing", "/v1/models"] * 5
    }
    assert len(found) == 15


@FORMS
def test_streams_speak_their_format(gateway: RunningGateway, form: str) -> None:
    answer = ask(gateway, form, MODEL, stream=True, prompt="Long enough for several pieces of text.")
    assert streamed_text(form, answer.body) == "[simulated] Long enough for several pieces of text."
    events = events_of(answer.body)
    match form:
        case "openai":
            assert [event["choices"][0]["finish_reason"] for event in events][-2:] == [None, "stop"]
            assert answer.body.endswith(b"data: [DONE]\n\n")
            assert not any("usage" in event and event["usage"] for event in events)
        case "anthropic":
            assert [event["type"] for event in events][-3:] == ["content_block_stop", "message_delta", "message_stop"]
            assert events[-2]["usage"]["input_tokens"] > 0
        case _:
            assert events[-1]["candidates"][0]["finishReason"] == "STOP"
            assert events[-1]["usageMetadata"]["totalTokenCount"] > 0


def test_openai_streams_tell_usage_when_asked(gateway: RunningGateway) -> None:
    answer = ask(gateway, "openai", MODEL, stream=True, stream_options={"include_usage": True})
    last = events_of(answer.body)[-1]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0


def test_gemini_streams_as_an_array_without_alt_sse(gateway: RunningGateway) -> None:
    path, body = spoken("google", MODEL, "In an array, piece by piece, please.", stream=True)
    answer = request(gateway, "POST", path.partition("?")[0], body)
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(answer.json, list)
    assert "".join(text_of("google", chunk) for chunk in answer.json).endswith("piece by piece, please.")


def test_the_plain_routes(gateway: RunningGateway) -> None:
    for path in ("/health", "/health/liveness", "/health/liveliness", "/health/readiness"):
        assert request(gateway, "GET", path).json == {"status": "ok"}
    assert request(gateway, "GET", "/version").json["name"] == "pontage"
    assert request(gateway, "GET", "/").headers["content-type"].startswith("text/plain")
    head = request(gateway, "HEAD", "/")
    assert (head.status, head.body) == (200, b"")


LOST = [
    ("POST", "/v1/chat/completion", "/v1/chat/completions", "openai"),
    ("POST", "/v1/message", "/v1/messages", "openai"),
    ("POST", "/anthropic/v1/message", "/anthropic/v1/messages", "anthropic"),
    ("GET", "/v1beta/model", "/v1beta/models", "google"),
    ("POST", "/v1beta/models/x:countPotatoes", "countTokens", "google"),
    ("POST", "/v1beta/models/x:generateContents", "generateContent", "google"),
    ("POST", "/v1beta/models/:generateContent", "generateContent", "google"),
    ("POST", "/v1/models/:generateContent", "generateContent", "google"),
    ("POST", "/v1/models/x:generateText", "generateContent", "google"),
    ("POST", "/v1alpha/models/x:countToken", "countTokens", "google"),
    ("GET", "/helth", "/health", "openai"),
    ("GET", "/" + "x" * 5000, "", "openai"),
    ("GET", "/%00%ff", "", "openai"),
]


@pytest.mark.parametrize(("method", "path", "near", "form"), LOST, ids=[path[:30] for _, path, _, _ in LOST])
def test_a_wrong_path_names_the_nearest(gateway: RunningGateway, method: str, path: str, near: str, form: str) -> None:
    answer = request(gateway, method, path, {})
    assert answer.status == 404
    error_of(form, answer.json)
    assert near in answer.body.decode()
    assert len(answer.body) < 2_000


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/v1/chat/completions", "openai"),
        ("DELETE", "/v1/messages", "anthropic"),
        ("POST", "/v1/models", "openai"),
        ("POST", "/v1/models/simulated/echo", "openai"),
        ("GET", "/v1beta/models/simulated/echo:generateContent", "google"),
        ("POST", "/health", "openai"),
    ],
)
def test_a_wrong_method(gateway: RunningGateway, method: str, path: str, form: str) -> None:
    answer = request(gateway, method, path, {})
    assert answer.status == 405
    error_of(form, answer.json)


def test_matching_is_pure_and_total() -> None:
    for path, methods in TABLE.items():
        for method in methods:
            assert match(method, path).route.policy in ("open", "call", "admin")
        assert format_of(path, Headers()) in FORMATS
    for path in (
        "",
        "//",
        "/v1beta/",
        "/v1beta/:generateContent",
        "/v1beta/models/:generateContent",
        "/v1beta/models/",
    ):
        with pytest.raises((RouteNotFoundError, MethodNotAllowedError)):
            match("POST", path)
    assert format_of("/nowhere", Headers([("x-goog-api-key", "k")])) == "google_generate"
    assert format_of("/nowhere", Headers([("anthropic-version", "1")])) == "anthropic_messages"


WAYS: list[tuple[str, dict[str, str], str]] = [
    ("/v1/models", {}, "openai"),
    ("/models", {}, "openai"),
    ("/openai/v1/models", {}, "openai"),
    ("/v1/models", {"anthropic_version": "2023-06-01"}, "anthropic"),
    ("/anthropic/v1/models", {}, "anthropic"),
    ("/v1/models", {"x_goog_api_key": "k"}, "google"),
    ("/v1beta/models", {}, "google"),
    ("/gemini/v1beta/models", {}, "google"),
]


@pytest.mark.parametrize(("path", "headers", "form"), WAYS)
def test_the_list_of_models(gateway: RunningGateway, path: str, headers: dict[str, str], form: str) -> None:
    listed: Any = request(gateway, "GET", path, **headers).json
    names = {
        "openai": lambda: [model["id"] for model in listed["data"] if model["object"] == "model"],
        "anthropic": lambda: [model["id"] for model in listed["data"] if model["type"] == "model"],
        "google": lambda: [model["name"].removeprefix("models/") for model in listed["models"]],
    }[form]()
    assert names[:2] == ["fast", "openai/mine"]
    assert "simulated/echo" in names
    assert not any(name.startswith("anthropic/") for name in names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("path", "headers", "form"), WAYS)
def test_one_model(gateway: RunningGateway, path: str, headers: dict[str, str], form: str) -> None:
    for name in ("simulated/echo", "simulated%2Fecho", "fast", "openai/gpt-99-of-a-family", "sim/chat"):
        answer = request(gateway, "GET", f"{path}/{name}", **headers)
        assert answer.status == 200
        assert answer.json["name" if form == "google" else "id"].endswith(name.rpartition("/")[2].rpartition("%2F")[2])
    for name, near in (("simulatd/echo", "simulated/echo"), ("sim/ech", "simulated/echo"), ("openai/mime", "mine")):
        answer = request(gateway, "GET", f"{path}/{name}", **headers)
        assert answer.status == 404
        error_of(form, answer.json)
        assert near in answer.body.decode()


def test_a_model_by_an_alias_is_the_providers_own(gateway: RunningGateway) -> None:
    told = request(gateway, "GET", "/v1/models/sim/chat").json
    assert (told["id"], told["owned_by"]) == ("sim/chat", "simulated")
    assert request(gateway, "GET", "/v1/models/sim%2Fflaky%3Frate=0.5").json["owned_by"] == "simulated"
    assert request(gateway, "GET", "/v1/models/house/anything").json["owned_by"] == "house"  # it tells of none


def test_gemini_paths_are_answered_in_its_words(gateway: RunningGateway) -> None:
    for path in ("/v1/models/no/such:generateContent", "/v1beta/models/no/such:generateContent"):
        answer = request(gateway, "POST", path, {"contents": []})
        assert answer.status in (400, 404)
        error_of("google", answer.json)


def test_the_official_clients_list_models(gateway: RunningGateway) -> None:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="k") as first:
        assert "simulated/echo" in [model.id for model in first.models.list()]
        assert first.models.retrieve("fast").id == "fast"
    with anthropic.Anthropic(base_url=gateway.url, api_key="k") as second:
        assert "simulated/echo" in [model.id for model in second.models.list()]
        assert second.models.retrieve("fast").id == "fast"
    third = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=gateway.url))
    assert "models/simulated/echo" in [model.name for model in third.models.list()]
    assert third.models.get(model="fast").name == "models/fast"
    third.close()
