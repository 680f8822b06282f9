"""The official clients embed and rerank through the gateway, whichever provider does it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import cohere
import mistralai.client
import ollama
import openai
import pytest
from google import genai
from google.genai import types

from pontage.config import ProviderSettings, Secret
from tests.e2e.test_embedding_pairs import PROVIDERS, TEXTS, Bridge
from tests.gateway import running, upstream_config
from tests.replay.upstream import Received, Scripted, upstream
from tests.replay.vectors import embedding, ranking, texts_of, vector

VECTORS = [vector(text) for text in TEXTS]
VENDORS = ("openai", "mistral", "google", "cohere", "ollama", "vllm")
KEY = "client-key"


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with upstream() as provider:
        keyed = {
            name: ProviderSettings(base_url=provider.url, api_key=Secret("canary-2b7"))
            for name in ("mistral", "cohere", "ollama", "vllm")
        }
        with running(upstream_config(provider.url, providers=keyed)) as gateway:
            provider.play(answer)
            yield Bridge(gateway, provider)
            assert gateway.failures == 0


def answer(received: Received) -> Scripted:
    return ranking(received) if received.path.endswith("/rerank") else embedding(received)


def model_of(vendor: str) -> str:
    return f"{vendor}/{PROVIDERS[vendor]}"


@pytest.mark.parametrize("vendor", VENDORS)
def test_openai_s_client(bridge: Bridge, vendor: str) -> None:
    with openai.OpenAI(base_url=f"{bridge.gateway.url}/v1", api_key=KEY, max_retries=0) as client:
        coded = client.embeddings.create(model=model_of(vendor), input=TEXTS)  # it asks for base64 by itself
        plain = client.embeddings.create(model=model_of(vendor), input=TEXTS[0], encoding_format="float")
    assert [one.embedding for one in coded.data] == VECTORS
    assert plain.data[0].embedding == VECTORS[0]
    assert (coded.usage.prompt_tokens, plain.usage.total_tokens) == (9, 3)


def test_openai_s_client_with_token_ids(bridge: Bridge) -> None:
    with openai.OpenAI(base_url=f"{bridge.gateway.url}/v1", api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.BadRequestError, match="token ids"):
            client.embeddings.create(model="cohere/embed-v4.0", input=[[1, 2], [3]])
        with pytest.raises(openai.NotFoundError):
            client.embeddings.create(model="nobody/nothing", input="a")


@pytest.mark.parametrize("vendor", VENDORS)
def test_google_s_client(bridge: Bridge, vendor: str) -> None:
    options = types.HttpOptions(base_url=bridge.gateway.url)
    with genai.Client(api_key=KEY, vertexai=False, http_options=options) as client:
        told = client.models.embed_content(
            model=model_of(vendor),
            contents=list(TEXTS),
            config={"task_type": "RETRIEVAL_QUERY", "output_dimensionality": 2},
        )
    assert [one.values for one in told.embeddings or ()] == VECTORS
    said = bridge.provider.last.json
    match vendor:
        case "google":
            assert {one["taskType"] for one in said["requests"]} == {"RETRIEVAL_QUERY"}
        case "cohere":
            assert (said["input_type"], said["output_dimension"]) == ("search_query", 2)
        case "mistral":
            assert said["output_dimension"] == 2
        case _:
            assert said["dimensions"] == 2


@pytest.mark.parametrize("vendor", VENDORS)
def test_cohere_s_client(bridge: Bridge, vendor: str) -> None:
    with cohere.ClientV2(base_url=bridge.gateway.url, api_key=KEY, max_retries=0) as client:
        told = client.embed(
            model=model_of(vendor), texts=TEXTS, input_type="clustering", embedding_types=["float"], truncate="END"
        )
    assert told.embeddings.float_ == VECTORS
    assert told.meta is not None
    assert told.meta.billed_units is not None
    assert told.meta.billed_units.input_tokens == 9


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what the client calls of pydantic's
@pytest.mark.parametrize("vendor", VENDORS)
def test_cohere_s_older_client(bridge: Bridge, vendor: str) -> None:
    with cohere.Client(base_url=bridge.gateway.url, api_key=KEY, max_retries=0) as client:
        told: Any = client.embed(model=model_of(vendor), texts=TEXTS, input_type="search_document")
    floats = told.embeddings if told.response_type == "embeddings_floats" else told.embeddings.float_
    assert floats == VECTORS


@pytest.mark.parametrize("vendor", ["cohere", "vllm"])
def test_cohere_s_clients_rerank(bridge: Bridge, vendor: str) -> None:
    model = {"cohere": "cohere/rerank-v3.5", "vllm": "vllm/bge"}[vendor]
    for kind in (cohere.ClientV2, cohere.Client):
        with kind(base_url=bridge.gateway.url, api_key=KEY, max_retries=0) as client:
            told = client.rerank(model=model, query="q", documents=TEXTS, top_n=2)
        assert [(one.index, one.relevance_score) for one in told.results] == [(1, 9 / 64), (0, 5 / 64)]


@pytest.mark.parametrize("vendor", VENDORS)
def test_ollama_s_client(bridge: Bridge, vendor: str) -> None:
    with ollama.Client(host=bridge.gateway.url) as client:
        told = client.embed(model=model_of(vendor), input=TEXTS, dimensions=2, truncate=True)
        older = client.embeddings(model=model_of(vendor), prompt=TEXTS[0])
        with pytest.raises(ollama.ResponseError, match="there is no model"):
            client.embed(model="nobody/nothing", input="a")
    assert told.embeddings == VECTORS
    assert told.prompt_eval_count == 9
    assert older.embedding == VECTORS[0]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("prefix", ["", "/mistral"])
def test_mistral_s_client(bridge: Bridge, vendor: str, prefix: str) -> None:
    async def ask() -> Any:
        url = f"{bridge.gateway.url}{prefix}"
        async with mistralai.client.Mistral(server_url=url, api_key=KEY, timeout_ms=30_000) as client:
            return await client.embeddings.create_async(model=model_of(vendor), inputs=TEXTS, output_dimension=2)

    told = asyncio.run(ask())
    assert [one.embedding for one in told.data] == VECTORS
    assert told.id
    assert told.usage.prompt_tokens == 9
    said = bridge.provider.last.json
    assert texts_of(bridge.provider.last) == TEXTS
    length = {"google": "outputDimensionality", "cohere": "output_dimension", "mistral": "output_dimension"}
    assert (said["requests"][0] if vendor == "google" else said)[length.get(vendor, "dimensions")] == 2
