"""Cohere's own clients at the gateway, and Cohere behind it."""

import json
from collections.abc import Iterator
from typing import Any

import cohere
import pytest

from pontage.config import Config, ProviderSettings, Secret
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Upstream, stream, upstream, whole

SAID: dict[str, Any] = {
    "id": "c1", "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
    "usage": {"tokens": {"input_tokens": 5, "output_tokens": 2}},
}  # fmt: skip


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        server.play(lambda received: whole(SAID))
        yield server


@pytest.fixture(scope="module")
def gateway(vendor: Upstream) -> Iterator[RunningGateway]:
    cohere = ProviderSettings(base_url=vendor.url, api_key=Secret("co-key"))
    with running(Config(providers={"cohere": cohere})) as started:
        yield started


@pytest.mark.parametrize("prefix", ["", "/cohere"])
def test_a_chat_crosses_untouched(gateway: RunningGateway, vendor: Upstream, prefix: str) -> None:
    asked = {"model": "command-a-03-2025", "messages": [{"role": "user", "content": "hi"}], "odd": [1]}
    answer = request(gateway, "POST", f"{prefix}/v2/chat", asked)
    assert (answer.status, answer.json) == (200, SAID)
    assert (vendor.last.path, vendor.last.json) == ("/v2/chat", asked)
    assert vendor.last.headers["authorization"] == "Bearer co-key"


def test_clients_of_other_formats_reach_it(gateway: RunningGateway) -> None:
    asked = {"model": "cohere/command-a-03-2025", "messages": [{"role": "user", "content": "hi"}]}
    answer = request(gateway, "POST", "/v1/chat/completions", asked).json
    assert answer["choices"][0]["message"]["content"] == "Hello"
    assert answer["usage"]["total_tokens"] == 7


EVENTS: list[dict[str, Any]] = [
    {"type": "message-start", "id": "c1", "delta": {"message": {"role": "assistant", "content": []}}},
    {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hello"}}}},
    {"type": "content-end", "index": 0},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": SAID["usage"]}},
]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/chat/completions", {}), ("/v1/messages", {"max_tokens": 9}), ("/api/chat", {}),
        ("/v1/responses", {"input": "hi"}),
        ("/v1beta/models/cohere/command-a:{}", {"contents": [{"parts": [{"text": "hi"}]}]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("streamed", [False, True])
def test_its_answers_name_the_model_that_was_asked(path: str, more: dict[str, Any], streamed: bool) -> None:
    told = b"".join(b"event: %s\ndata: %s\n\n" % (one["type"].encode(), json.dumps(one).encode()) for one in EVENTS)
    body = {"model": "cohere/command-a", "messages": [{"role": "user", "content": "hi"}], "stream": streamed, **more}
    path = path.format("streamGenerateContent?alt=sse" if streamed else "generateContent")
    with upstream() as vendor:
        vendor.play(lambda received: stream(told) if received.json.get("stream") else whole(SAID))
        settings = ProviderSettings(base_url=vendor.url, api_key=Secret("co-key"))
        with running(Config(providers={"cohere": settings})) as gateway:
            answer = request(gateway, "POST", path, body)
    assert answer.status == 200
    assert b'"command-a"' in answer.body
    assert b'"model":""' not in answer.body


def test_its_clients_reach_everybody_streamed_too(gateway: RunningGateway) -> None:
    asked = {"model": "sim/echo", "messages": [{"role": "user", "content": "hi"}]}
    assert request(gateway, "POST", "/v2/chat", asked).json["message"]["content"][0]["text"] == "[simulated] hi"
    streamed = request(gateway, "POST", "/v2/chat", {**asked, "stream": True}).body
    assert streamed.startswith(b"event: message-start")
    assert b"event: message-end" in streamed


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        ({"messages": []}, 400),
        ({"model": "nobody/x", "messages": [{"role": "user", "content": "hi"}]}, 404),
    ],
)
def test_errors_have_its_own_shape(gateway: RunningGateway, body: Any, status: int) -> None:
    answer = request(gateway, "POST", "/v2/chat", body)
    assert answer.status == status
    assert isinstance(answer.json["message"], str)


def test_the_official_client_lists_models() -> None:
    with running(Config()) as gateway, cohere.ClientV2(api_key="k", base_url=f"{gateway.url}/cohere") as client:
        listed = client.models.list().models
    assert listed
    assert "simulated/echo" in [model.name for model in listed]
