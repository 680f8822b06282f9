"""Reranking from every client's path to every provider that does it, through a whole gateway."""

from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import ProviderSettings, Secret
from tests.conftest import Figures
from tests.e2e.asking import request
from tests.e2e.test_embedding_pairs import Bridge
from tests.gateway import running, upstream_config
from tests.replay.upstream import upstream, whole
from tests.replay.vectors import ranking

DOCUMENTS = ["short", "the longest of them all", "in between"]
PROVIDERS = {
    "cohere": "rerank-v3.5",
    "vllm": "BAAI/bge-reranker-v2-m3",
    "openrouter": "voyageai/rerank-2.5-lite",
    "voyage": "voyage/rerank-2.5",
    "house": "any",
}
PATHS = {
    "cohere": {"/v2/rerank": "/v2/rerank", "/v1/rerank": "/v1/rerank"},
    "vllm": {"/v2/rerank": "/v2/rerank", "/v1/rerank": "/v1/rerank"},
    "openrouter": {"/v2/rerank": "/api/v1/rerank", "/v1/rerank": "/api/v1/rerank"},
    "voyage": {"/v2/rerank": "/v1/rerank", "/v1/rerank": "/v1/rerank"},
    "house": {"/v2/rerank": "/v1/rerank", "/v1/rerank": "/v1/rerank"},
}
CLIENTS = ("/v2/rerank", "/v1/rerank", "/rerank", "/cohere/v2/rerank", "/cohere/v1/rerank")


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    key = Secret("canary-9d2")
    with upstream() as provider:
        providers = {
            name: ProviderSettings(base_url=provider.url, api_key=key) for name in ("cohere", "vllm", "voyage")
        }
        providers["openrouter"] = ProviderSettings(base_url=f"{provider.url}/api/v1", api_key=key)
        providers["house"] = ProviderSettings(type="compatible", base_url=f"{provider.url}/v1", api_key=key)
        with running(upstream_config(provider.url, providers=providers)) as gateway:
            yield Bridge(gateway, provider)
            assert gateway.failures == 0


def ask(bridge: Bridge, path: str, **body: Any) -> Any:
    return request(bridge.gateway, "POST", path, body)


@pytest.mark.parametrize("path", CLIENTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_client_reaches_every_provider(bridge: Bridge, path: str, provider: str, figures: Figures) -> None:
    bridge.provider.play(ranking)
    model = f"{provider}/{PROVIDERS[provider]}"
    answer = ask(bridge, path, model=model, query="q", documents=DOCUMENTS, top_n=2, return_documents=True)
    assert answer.status == 200, answer.body
    assert [(one["index"], one["relevance_score"]) for one in answer.json["results"]] == [(1, 23 / 64), (2, 10 / 64)]
    received = bridge.provider.last
    version = "/v2/rerank" if "v2" in path else "/v1/rerank"
    assert received.path == PATHS[provider][version]
    assert received.json.get("top_n", received.json.get("top_k")) == 2
    if version == "/v1/rerank" and provider not in ("cohere", "voyage"):  # the others pass Cohere's v1 untouched
        assert answer.json["results"][0]["document"] == {"text": DOCUMENTS[1]}
    figures("pairs of a client's path and a provider for reranking", len(CLIENTS) * len(PROVIDERS))


def test_documents_come_from_the_request_where_the_provider_sends_none(bridge: Bridge) -> None:
    bridge.provider.play(ranking)
    answer = ask(
        bridge,
        "/v1/rerank",
        model="voyage/rerank-2.5",
        query="q",
        documents=["a", {"text": "bb"}],
        return_documents=True,
    )
    assert [one["document"] for one in answer.json["results"]] == [{"text": "bb"}, {"text": "a"}]
    assert bridge.provider.last.json == {
        "model": "rerank-2.5",
        "query": "q",
        "documents": ["a", "bb"],
        "return_documents": True,
    }


def test_fields_of_a_document_are_sent_as_text_where_only_texts_are_taken(bridge: Bridge) -> None:
    bridge.provider.play(ranking)
    answer = ask(bridge, "/v1/rerank", model="voyage/rerank-2.5", query="q", documents=[{"title": "T", "n": 1}])
    assert bridge.provider.last.json["documents"] == ['{"title":"T","n":1}']
    assert answer.headers["x-pontage-notes"] == "approximated:documents[0]"


def test_a_unit_of_search_has_its_price(bridge: Bridge) -> None:
    bridge.provider.play(ranking)
    answer = ask(bridge, "/v2/rerank", model="cohere/rerank-v3.5", query="q", documents=DOCUMENTS)
    assert float(answer.headers["x-pontage-cost-usd"]) == 0.002
    bridge.provider.script(whole({"results": []}))  # no word on what is billed: then it is not known, and not nothing
    answer = ask(bridge, "/v2/rerank", model="cohere/rerank-v3.5", query="q", documents=DOCUMENTS)
    assert "x-pontage-cost-usd" not in answer.headers


def test_a_cost_that_the_provider_tells_is_believed(bridge: Bridge) -> None:
    told = {"results": [{"index": 0, "relevance_score": 0.5}], "usage": {"total_tokens": 17, "cost": 3.4e-07}}
    bridge.provider.script(whole(told))
    answer = ask(bridge, "/v2/rerank", model="openrouter/voyageai/rerank-2.5-lite", query="q", documents=["a"])
    assert float(answer.headers["x-pontage-cost-usd"]) == 3.4e-07
    assert answer.json["usage"] == {"total_tokens": 17}


def test_the_simulated_provider_ranks_by_shared_words(bridge: Bridge) -> None:
    documents = ["nothing of it", "the cat sat", {"title": "cat"}]
    answer = ask(bridge, "/v1/rerank", model="sim/echo", query="cat", documents=documents, return_documents=True)
    assert [one["index"] for one in answer.json["results"]] == [2, 1, 0]
    assert answer.json["results"][0]["document"] == {"title": "cat"}
    assert answer.json["meta"]["billed_units"] == {"search_units": 1}


BAD: list[tuple[Any, str]] = [
    ({"model": "sim/echo", "query": "q", "documents": []}, "documents"),
    ({"model": "sim/echo", "query": "q"}, "documents"),
    ({"model": "sim/echo", "query": "q", "documents": "a"}, "documents"),
    ({"model": "sim/echo", "query": "q", "documents": [3]}, "documents"),
    ({"model": "sim/echo", "query": None, "documents": ["a"]}, "query"),
    ({"model": "sim/echo", "documents": ["a"]}, "query"),
    ({"model": "sim/echo", "query": "q", "documents": ["a"], "top_n": "two"}, "top_n"),
    ({"query": "q", "documents": ["a"]}, "model"),
    ({"model": "anthropic/claude-haiku-4-5", "query": "q", "documents": ["a"]}, "model"),
    ([], ""),
    (b"{", ""),
]


@pytest.mark.parametrize("path", ["/v2/rerank", "/v1/rerank", "/rerank"])
@pytest.mark.parametrize(("body", "param"), BAD)
def test_what_cannot_be_asked_is_refused_in_cohere_s_words(bridge: Bridge, path: str, body: Any, param: str) -> None:
    answer = request(bridge.gateway, "POST", path, body)
    assert answer.status == 400
    assert (answer.json.get("param") or "").startswith(param)
    assert answer.json["message"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_of_the_provider_is_told_in_the_caller_s_words(bridge: Bridge, provider: str) -> None:
    bridge.provider.script(whole({"error": {"code": 501, "message": "no reranking here", "type": "x"}}, 501))
    answer = ask(bridge, "/v2/rerank", model=f"{provider}/m", query="q", documents=["a"])
    assert answer.status >= 500
    assert "no reranking here" in answer.json["message"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"results":[{"index":"x"}]}', b'{"results":3}', b"<html>"])
def test_an_answer_that_is_none_is_a_protocol_error(bridge: Bridge, body: bytes) -> None:
    bridge.provider.script(whole(body))
    answer = ask(bridge, "/v1/rerank", model="cohere/rerank-v3.5", query="q", documents=["a"])
    assert answer.status == 502


@pytest.mark.parametrize("path", ["/v1/rerank", "/v2/rerank"])
@pytest.mark.parametrize("indices", [[99], [-1], [0, 0]])
def test_documents_that_were_not_sent_are_no_answer(bridge: Bridge, path: str, indices: list[int]) -> None:
    bridge.provider.script(whole({"results": [{"index": at, "relevance_score": 0.5} for at in indices]}))
    answer = ask(bridge, path, model="cohere/rerank-v3.5", query="q", documents=DOCUMENTS[:2])
    assert answer.status == 502
    assert "ranks other documents" in answer.body.decode()
