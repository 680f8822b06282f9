"""Ollama's own clients at the gateway, and Ollama behind it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import Config, ProviderSettings
from pontage.providers.ollama.client import complete
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Received, Scripted, Upstream, upstream, whole

SAID: dict[str, Any] = {
    "model": "qwen3", "created_at": "2026-11-22T10:00:00Z", "done": True, "done_reason": "stop",
    "prompt_eval_count": 5, "eval_count": 2,
}  # fmt: skip
CHAT = {"model": "house/qwen3", "messages": [{"role": "user", "content": "hi"}]}


def lines(*pieces: str) -> bytes:
    said = [{**SAID, "done": False, "message": {"role": "assistant", "content": piece}} for piece in pieces]
    for piece in said:
        del piece["done_reason"]
    last = {**SAID, "message": {"role": "assistant", "content": ""}}
    return b"".join(json.dumps(line).encode() + b"\n" for line in [*said, last])


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        whole_answer = whole({**SAID, "message": {"role": "assistant", "content": "Hello"}})
        headers = (("content-type", "application/x-ndjson"),)
        streamed = Scripted(headers=headers, pieces=(lines("Hel", "lo"),))
        tags = whole({"models": [{"name": "qwen3", "model": "qwen3", "details": {"family": "qwen3"}}]})

        def answer(received: Received) -> Scripted:
            if received.method == "GET":
                return tags
            return whole_answer if received.json.get("stream") is False else streamed

        server.play(answer)
        yield server


@pytest.fixture(scope="module")
def gateway(vendor: Upstream) -> Iterator[RunningGateway]:
    house = ProviderSettings(type="ollama", base_url=vendor.url)
    with running(Config(providers={"house": house})) as started:
        yield started


def test_a_chat_crosses_untouched_and_streams_unless_told_not_to(gateway: RunningGateway, vendor: Upstream) -> None:
    streamed = request(gateway, "POST", "/api/chat", CHAT)
    assert streamed.headers["content-type"].startswith("application/x-ndjson")
    assert streamed.body == lines("Hel", "lo")
    assert vendor.last.path == "/api/chat"
    told = request(gateway, "POST", "/ollama/api/chat", {**CHAT, "stream": False}).json
    assert told["message"]["content"] == "Hello"


def test_a_prompt_is_answered_by_any_provider(gateway: RunningGateway) -> None:
    asked = {"model": "sim/echo", "prompt": "hi", "stream": False}
    assert request(gateway, "POST", "/api/generate", asked).json["response"] == "[simulated] hi"


def test_a_prompt_reaches_ollama_as_a_prompt(gateway: RunningGateway, vendor: Upstream) -> None:
    request(gateway, "POST", "/api/generate", {"model": "house/qwen3", "prompt": "hi", "stream": False})
    assert (vendor.last.path, vendor.last.json["prompt"]) == ("/api/generate", "hi")


def test_clients_of_other_formats_reach_it(gateway: RunningGateway, vendor: Upstream) -> None:
    asked = {"model": "house/qwen3", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9}
    answer = request(gateway, "POST", "/v1/chat/completions", asked).json
    assert answer["choices"][0]["message"]["content"] == "Hello"
    assert vendor.last.json["options"]["num_predict"] == 9
    assert answer["usage"]["total_tokens"] == 7


def test_what_there_is(gateway: RunningGateway) -> None:
    names = [model["model"] for model in request(gateway, "GET", "/api/tags").json["models"]]
    assert {"simulated/echo", "house/qwen3"} <= set(names)
    assert request(gateway, "POST", "/api/show", {"model": "sim/echo"}).json["capabilities"]
    assert request(gateway, "GET", "/api/ps").json == {"models": []}
    assert request(gateway, "GET", "/api/version").json["version"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/show", {}, 400),
        ("/api/show", b"no json", 400),
        ("/api/show", {"model": "nobody/x"}, 404),
        ("/api/chat", {"messages": []}, 400),
        ("/api/chat", {"model": "nobody/x", "messages": [{"role": "user", "content": "hi"}]}, 404),
        ("/api/chats", {}, 404),
    ],
)
def test_errors_are_texts(gateway: RunningGateway, path: str, body: Any, status: int) -> None:
    answer = request(gateway, "POST", path, body)
    assert answer.status == status
    assert isinstance(answer.json["error"], str)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:1234", "http://127.0.0.1:1234"),
        ("gpu", "http://gpu:11434"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://gpu:80/", "http://gpu:80"),
        ("https://ollama.com", "https://ollama.com"),
        ("http://[::1]:5", "http://[::1]:5"),
    ],
)
def test_a_host_is_read_as_ollama_writes_it(host: str, url: str) -> None:
    assert complete(host) == url


@pytest.mark.parametrize("path", ["/", "/ollama", "/ollama/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_asks_whether_it_runs_is_told(gateway: RunningGateway, method: str, path: str) -> None:
    assert request(gateway, method, path).status == 200
