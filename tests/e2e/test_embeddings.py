"""Embeddings through a whole gateway: what a client asks, what the provider gets, and what comes back."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from pontage.config import ProviderSettings, Secret
from pontage.domain.embeddings import packed, unpacked
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

TOLD = {
    "object": "list", "model": "m", "usage": {"prompt_tokens": 5, "total_tokens": 5},
    "data": [
        {"object": "embedding", "index": 1, "embedding": [0.5, 1.0]},
        {"object": "embedding", "index": 0, "embedding": [0.25, -1.0]},
    ],
}  # fmt: skip


class Bridge(NamedTuple):
    gateway: RunningGateway
    provider: Upstream


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with upstream() as provider:
        mistral = ProviderSettings(base_url=provider.url, api_key=Secret("canary-mistral-71c5"))
        with running(upstream_config(provider.url, providers={"mistral": mistral})) as gateway:
            yield Bridge(gateway, provider)


def ask(bridge: Bridge, path: str, body: Any) -> tuple[int, dict[str, str], Any]:
    answer = request(bridge.gateway, "POST", path, body)
    return answer.status, answer.headers, answer.json


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embeddings", "/openai/v1/embeddings"])
def test_the_same_format_crosses_untouched(bridge: Bridge, path: str) -> None:
    bridge.provider.script(whole(TOLD))
    asked = {"model": "openai/text-embedding-3-small", "input": ["a", "b"], "tomorrow": {"x": 1}}
    status, headers, answer = ask(bridge, path, asked)
    assert (status, answer) == (200, TOLD)
    assert headers["x-pontage-provider"] == "openai"
    assert headers["x-pontage-cost-usd"]
    [received] = bridge.provider.received
    assert received.path == "/v1/embeddings"
    assert received.json == {**asked, "model": "text-embedding-3-small"}


def test_base64_is_answered_where_it_is_asked(bridge: Bridge) -> None:
    bridge.provider.script(whole(TOLD))
    asked = {"model": "mistral/mistral-embed", "input": ["a", "b"], "encoding_format": "base64", "dimensions": 2}
    status, headers, answer = ask(bridge, "/v1/embeddings", {**asked, "user": "u"})
    assert status == 200
    assert headers["x-pontage-notes"] == "dropped:user"
    assert [unpacked(one["embedding"]) for one in answer["data"]] == [(0.25, -1.0), (0.5, 1.0)]
    assert answer["usage"] == {"prompt_tokens": 5, "total_tokens": 5}
    assert answer["id"]
    [received] = bridge.provider.received
    assert received.json == {
        "model": "mistral-embed", "input": ["a", "b"], "output_dimension": 2, "encoding_format": "base64",
    }  # fmt: skip


def test_floats_are_answered_where_only_base64_came(bridge: Bridge) -> None:
    coded = [{"object": "embedding", "index": 0, "embedding": packed((0.5, 0.75))}]
    bridge.provider.script(whole({**TOLD, "data": coded}))
    status, _, answer = ask(bridge, "/v1/embeddings", {"model": "mistral/mistral-embed", "input": "a"})
    assert status == 200
    assert answer["data"][0]["embedding"] == [0.5, 0.75]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "mistral/mistral-embed", "input": []}, "input"),
        ({"model": "mistral/mistral-embed", "input": [1, "a"]}, "input"),
        ({"model": "mistral/mistral-embed", "input": [1, 2]}, "inputs[0]"),
        ({"model": "mistral/mistral-embed"}, "input"),
        ({"model": "anthropic/claude-haiku-4-5", "input": "a"}, "model"),
        ({"input": "a"}, "model"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(bridge: Bridge, body: Any, param: str) -> None:
    bridge.provider.script(whole(TOLD))
    status, _, answer = ask(bridge, "/v1/embeddings", body)
    assert status == 400
    assert answer["error"]["param"] == param
    assert bridge.provider.received == []


def test_a_refusal_of_the_provider_is_told_in_the_callers_words(bridge: Bridge) -> None:
    bridge.provider.script(whole({"object": "error", "message": "too long", "type": "invalid_request_error"}, 400))
    status, _, answer = ask(bridge, "/v1/embeddings", {"model": "mistral/mistral-embed", "input": "a"})
    assert status == 400
    assert "too long" in answer["error"]["message"]


def test_the_simulated_provider_makes_near_vectors_of_like_texts(bridge: Bridge) -> None:
    body = {"model": "sim/echo", "input": ["the cat sat", "the cat slept", "no relation"], "dimensions": 32}
    status, headers, answer = ask(bridge, "/v1/embeddings", body)
    one, near, far = (row["embedding"] for row in answer["data"])
    assert status == 200
    assert headers["x-pontage-simulated"] == "true"
    assert len(one) == 32

    def likeness(left: list[float], right: list[float]) -> float:
        return sum(a * b for a, b in zip(left, right, strict=True))

    assert likeness(one, near) > likeness(one, far)
