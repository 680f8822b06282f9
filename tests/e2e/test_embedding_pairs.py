"""Embeddings from every client's format to every provider's, through a whole gateway."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from pontage.config import ProviderSettings, Secret
from pontage.domain.embeddings import packed, unpacked
from tests.conftest import Figures
from tests.e2e.asking import request
from tests.gateway import CANARIES, RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream
from tests.replay.vectors import embedding, texts_of, vector

TEXTS = ["alpha", "beta beta", "c"]
PROVIDERS = {
    "openai": "text-embedding-3-small",
    "mistral": "mistral-embed",
    "google": "gemini-embedding-001",
    "cohere": "embed-v4.0",
    "ollama": "nomic-embed-text",
    "vllm": "intfloat/e5-mistral-7b-instruct",
    "openrouter": "openai/text-embedding-3-small",
    "voyage": "voyage-4",
    "house": "any",
    "gemini-house": "gemini-any",
}
SINGLE = ("embedContent", "api/embeddings")


class Bridge(NamedTuple):
    gateway: RunningGateway
    provider: Upstream


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with upstream() as provider:
        providers = {
            name: ProviderSettings(base_url=provider.url, api_key=Secret(CANARIES.get(name, "canary-4c1")))
            for name in ("mistral", "cohere", "ollama", "vllm", "voyage")
        }
        key = Secret("canary-4c1")
        providers["openrouter"] = ProviderSettings(base_url=f"{provider.url}/api/v1", api_key=key)
        providers["house"] = ProviderSettings(type="compatible", base_url=f"{provider.url}/v1", api_key=key)
        providers["gemini-house"] = ProviderSettings(
            type="compatible", dialect="google_generate", base_url=f"{provider.url}/v1beta", api_key=key
        )
        with running(upstream_config(provider.url, providers=providers)) as gateway:
            yield Bridge(gateway, provider)
            assert gateway.failures == 0


def asked(path: str, model: str, texts: list[str]) -> tuple[str, dict[str, Any]]:
    """The path and the body of a request in a client's format."""
    if path.endswith("EmbedContents"):
        contents = [{"content": {"parts": [{"text": text}]}, "model": f"models/{model}"} for text in texts]
        return path.replace("{model}", model), {"requests": contents}
    if path.endswith("embedContent"):
        return path.replace("{model}", model), {"content": {"parts": [{"text": texts[0]}]}}
    if path.endswith("api/embeddings"):
        return path, {"model": model, "prompt": texts[0]}
    if path.endswith("/embed") and "api" not in path:
        return path, {"model": model, "texts": texts, "input_type": "search_query", "embedding_types": ["float"]}
    return path, {"model": model, "input": texts}


def told(answer: Any) -> tuple[list[list[float]], int | None]:
    """The vectors of an answer in any format, and its count of tokens."""
    if "data" in answer:
        return [row["embedding"] for row in answer["data"]], answer["usage"]["prompt_tokens"]
    if "embedding" in answer:
        one = answer["embedding"]
        usage = answer.get("usageMetadata", {}).get("promptTokenCount")
        return [one["values"] if isinstance(one, dict) else one], usage
    many = answer["embeddings"]
    if "meta" in answer:
        return many["float"], answer["meta"]["billed_units"]["input_tokens"]
    if "prompt_eval_count" in answer:
        return many, answer["prompt_eval_count"]
    return [one["values"] for one in many], answer["usageMetadata"]["promptTokenCount"]


CLIENTS = (
    "/v1/embeddings",
    "/mistral/v1/embeddings",
    "/v1beta/models/{model}:embedContent",
    "/v1beta/{model}:batchEmbedContents",
    "/gemini/v1/models/{model}:batchEmbedContents",
    "/v2/embed",
    "/v1/embed",
    "/cohere/v2/embed",
    "/api/embed",
    "/ollama/api/embed",
    "/api/embeddings",
)


@pytest.mark.parametrize("path", CLIENTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_client_reaches_every_provider(bridge: Bridge, path: str, provider: str, figures: Figures) -> None:
    bridge.provider.play(embedding)
    texts = TEXTS[:1] if path.endswith(SINGLE) else TEXTS
    route, body = asked(path, f"{provider}/{PROVIDERS[provider]}", texts)
    answer = request(bridge.gateway, "POST", route, body)
    assert answer.status == 200, answer.body
    vectors, tokens = told(answer.json)
    assert vectors == [vector(text) for text in texts]
    assert tokens in (3 * len(texts), None)
    assert tokens is not None or path.endswith("api/embeddings")
    assert texts_of(bridge.provider.last) == texts
    assert answer.headers["x-pontage-provider"] == provider
    figures("pairs of a client's path and a provider for embeddings", len(CLIENTS) * len(PROVIDERS))


@pytest.mark.parametrize(("provider", "most"), [("cohere", 96), ("google", 100), ("ollama", 250), ("openai", 250)])
def test_what_is_too_much_for_one_request_is_sent_in_pieces(bridge: Bridge, provider: str, most: int) -> None:
    bridge.provider.play(embedding)
    texts = [f"{chr(97 + number % 26)}{'x' * (number % 60)}" for number in range(250)]
    body = {"model": f"{provider}/{PROVIDERS[provider]}", "input": texts, "dimensions": 2}
    answer = request(bridge.gateway, "POST", "/v1/embeddings", body)
    assert [row["embedding"] for row in answer.json["data"]] == [vector(text) for text in texts]
    assert [row["index"] for row in answer.json["data"]] == list(range(250))
    assert answer.json["usage"]["prompt_tokens"] == 750
    sizes = [len(texts_of(received)) for received in bridge.provider.received]
    assert sizes == [min(most, 250 - start) for start in range(0, 250, most)]


@pytest.mark.parametrize(
    ("provider", "costs"),
    [
        ("openai", "0.000000120"), ("mistral", "0.000000600"), ("cohere", "0.000000720"), ("google", "0.000000900"),
        ("ollama", None),
    ],
)  # fmt: skip
def test_a_cost_is_right_or_not_told(bridge: Bridge, provider: str, costs: str | None) -> None:
    bridge.provider.play(embedding)
    body = {"model": f"{provider}/{PROVIDERS[provider]}", "input": ["a", "b"]}
    told = request(bridge.gateway, "POST", "/v1/embeddings", body).headers.get("x-pontage-cost-usd")
    assert (None if told is None else float(told)) == (None if costs is None else float(costs))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_base64_reaches_whoever_asks_for_it(bridge: Bridge, provider: str) -> None:
    bridge.provider.play(embedding)
    body = {"model": f"{provider}/{PROVIDERS[provider]}", "input": TEXTS, "encoding_format": "base64"}
    rows = request(bridge.gateway, "POST", "/v1/embeddings", body).json["data"]
    assert [list(unpacked(row["embedding"])) for row in rows] == [vector(text) for text in TEXTS]


def test_cohere_gets_every_type_that_there_is(bridge: Bridge) -> None:
    bridge.provider.play(embedding)
    for model, there in (("cohere/embed-v4.0", ["int8", "base64"]), ("openai/text-embedding-3-small", ["base64"])):
        kinds = ["int8", "base64"]
        body = {"model": model, "texts": ["a"], "input_type": "clustering", "embedding_types": kinds}
        answer = request(bridge.gateway, "POST", "/v2/embed", body)
        assert list(answer.json["embeddings"]) == there
        assert answer.json["embeddings"]["base64"] == [packed(tuple(vector("a")))]
        assert ("unsupported:types[0]" in answer.headers.get("x-pontage-notes", "")) is ("int8" not in there)


def test_a_bare_name_is_enough(bridge: Bridge) -> None:
    bridge.provider.play(embedding)
    for model, provider in (
        ("embed-english-v3.0", "cohere"), ("gemini-embedding-2", "google"), ("codestral-embed", "mistral"),
        ("text-embedding-3-large", "openai"), ("voyage-4-lite", "voyage"),
    ):  # fmt: skip
        answer = request(bridge.gateway, "POST", "/v1/embeddings", {"model": model, "input": "a"})
        assert answer.headers["x-pontage-provider"] == provider
