"""The SDK embeds and reranks: what one writes, what the provider gets, what comes back."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import pontage
from pontage import Client, Content, Image, Inline, InvalidRequestError, Text, TokenIds
from pontage.config import Config, ProviderSettings, Secret
from tests.gateway import upstream_config
from tests.replay.upstream import Received, Scripted, Upstream, upstream, whole
from tests.replay.vectors import embedding, ranking, vector


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with upstream() as started:
        yield started


@pytest.fixture(scope="module")
def config(provider: Upstream) -> Config:
    keyed = {name: ProviderSettings(base_url=provider.url, api_key=Secret("canary-8f0")) for name in ("cohere", "vllm")}
    return upstream_config(provider.url, providers=keyed)


@pytest.fixture(scope="module")
def client(config: Config) -> Iterator[Client]:
    with Client(config, environ={}) as opened:
        yield opened


def answer(received: Received) -> Scripted:
    return ranking(received) if received.path.endswith("/rerank") else embedding(received)


def test_vectors_with_their_journey(provider: Upstream, client: Client) -> None:
    provider.play(answer)
    told = client.embed("cohere/embed-v4.0", ["one", "two"], dimensions=2, purpose="query", title="T")
    assert told.vectors == (tuple(vector("one")), tuple(vector("two")))
    assert told.usage is not None
    assert told.usage.total_input == 6
    assert told.cost is not None
    assert told.cost.nano == 720
    assert (told.model, told.provider, told.attempts) == ("embed-v4.0", "cohere", ("cohere:200",))
    assert [(note.kind, note.where) for note in told.notes] == [("dropped", "title")]
    said = provider.last.json
    assert (said["input_type"], said["output_dimension"], said["texts"]) == ("search_query", 2, ["one", "two"])


def test_one_text_and_other_numbers(provider: Upstream, client: Client) -> None:
    provider.play(answer)
    one = client.embed("openai/text-embedding-3-small", "one", types=("base64",))
    assert one.vectors == (tuple(vector("one")),)
    assert provider.last.json["input"] == "one"
    whole_numbers = client.embed("cohere/embed-v4.0", "one", types=["int8"])
    assert (whole_numbers.vectors, list(whole_numbers.encoded)) == ((), ["int8"])


def test_token_ids_and_pictures(provider: Upstream, client: Client) -> None:
    provider.script(whole({"data": [{"embedding": [0.5]}, {"embedding": [0.25]}]}))
    client.embed("openai/text-embedding-3-small", [[1, 2], TokenIds((3,))])
    assert provider.last.json["input"] == [[1, 2], [3]]
    provider.script(whole({"data": [{"embedding": [0.5]}]}))
    client.embed("openai/text-embedding-3-small", [1, 2])
    assert provider.last.json["input"] == [1, 2]
    provider.script(whole({"embeddings": {"float": [[0.5], [0.25]]}, "id": "x"}))
    picture = Image(source=Inline("image/png", "AAAA"))
    client.embed("cohere/embed-v4.0", [picture, Content((Text(text="a"), picture))])
    assert [len(one["content"]) for one in provider.last.json["inputs"]] == [1, 2]


def test_documents_in_order(provider: Upstream, client: Client) -> None:
    provider.play(answer)
    told = client.rerank("cohere/rerank-v3.5", "q", ["a", {"text": "ccc"}, "bb"], top_n=2)
    assert [(one.index, one.document) for one in told.results] == [(1, {"text": "ccc"}), (2, "bb")]
    assert told.cost is not None
    assert told.cost.usd * 1000 == 2
    assert (told.model, told.provider) == ("rerank-v3.5", "cohere")
    assert provider.last.json == {"model": "rerank-v3.5", "query": "q", "documents": ["a", "ccc", "bb"], "top_n": 2}
    echoed = client.rerank("vllm/bge", "q", ["a"], max_tokens_per_doc=9)
    assert echoed.results[0].document == "a"
    assert provider.last.json["max_tokens_per_doc"] == 9


def test_the_async_client_does_the_same(provider: Upstream, config: Config) -> None:
    async def ask() -> Any:
        async with pontage.AsyncClient(config, environ={}) as client:
            return await asyncio.gather(
                client.embed("openai/text-embedding-3-small", ["a"]), client.rerank("cohere/rerank-v3.5", "q", ["a"])
            )

    provider.play(answer)
    vectors, ranked = asyncio.run(ask())
    assert vectors.vectors == (tuple(vector("a")),)
    assert [one.index for one in ranked.results] == [0]


BAD: list[tuple[Any, dict[str, Any], str]] = [
    ([], {}, "inputs"),
    ([[]], {}, "inputs"),
    ([None], {}, "inputs[0]"),
    (["a", b"b"], {}, "inputs[1]"),
    (["a", ["b"]], {}, "inputs[1]"),
    (["a", "\ud800"], {}, "inputs[1]"),
    ("a", {"dimensions": 0}, "dimensions"),
    ("a", {"purpose": "moon"}, "purpose"),
    ("a", {"truncate": "middle"}, "truncate"),
    ("a", {"types": 3}, "types"),
    ("a", {"nothing": 3}, "nothing"),
    ("a", {"inputs_too": 3}, "inputs_too"),
]


@pytest.mark.parametrize(("inputs", "options", "param"), BAD)
def test_inputs_that_make_no_sense(client: Client, inputs: Any, options: Any, param: str) -> None:
    with pytest.raises(InvalidRequestError) as failure:
        client.embed("openai/text-embedding-3-small", inputs, **options)
    assert failure.value.param == param


@pytest.mark.parametrize(
    ("model", "query", "documents", "options", "param"),
    [
        ("", "q", ["a"], {}, "model"),
        ("cohere/m", None, ["a"], {}, "query"),
        ("cohere/m", "q", [], {}, "documents"),
        ("cohere/m", "q", "a", {}, "documents"),
        ("cohere/m", "q", [1], {}, "documents"),
        ("cohere/m", "q", ["a"], {"top_n": 0}, "top_n"),
        ("cohere/m", "q", ["a"], {"return_documents": True}, "return_documents"),
        ("anthropic/m", "q", ["a"], {}, "model"),
    ],
)
def test_questions_that_make_no_sense(
    client: Client, model: str, query: Any, documents: Any, options: Any, param: str
) -> None:
    with pytest.raises(InvalidRequestError) as failure:
        client.rerank(model, query, documents, **options)
    assert failure.value.param == param


def test_vectors_that_cannot_be_read(provider: Upstream, client: Client) -> None:
    provider.script(whole({"data": [{"embedding": "???"}]}))
    with pytest.raises(pontage.ProtocolError):
        client.embed("openai/text-embedding-3-small", "a")


def test_strict_refuses_what_is_lost(client: Client) -> None:
    with pytest.raises(pontage.TranslationError):
        client.embed("openai/text-embedding-3-small", "a", title="T", call=pontage.CallOptions(strict=True))
