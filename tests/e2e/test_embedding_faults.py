"""Embeddings that cannot be: bad requests in each format, answers that are none, and refusals in the caller's words."""

from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import ProviderSettings, Secret
from tests.e2e.asking import request
from tests.e2e.test_embedding_pairs import CLIENTS, TEXTS, Bridge, asked
from tests.gateway import running, upstream_config
from tests.replay.upstream import Scripted, upstream, whole

FORMATS = sorted({path for path in CLIENTS if not path.startswith(("/gemini", "/cohere", "/ollama"))})


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    with upstream() as provider:
        keyed = {
            name: ProviderSettings(base_url=provider.url, api_key=Secret("canary-1e6"))
            for name in ("mistral", "cohere", "ollama")
        }
        with running(upstream_config(provider.url, providers=keyed)) as gateway:
            yield Bridge(gateway, provider)
            assert gateway.failures == 0


def message(answer: Any) -> str:
    """What an error says, in whichever format it is told."""
    error = answer.get("error", answer)
    text = error if isinstance(error, str) else error["message"]
    assert isinstance(text, str)
    return text


def spoken(path: str, model: str, body: Any) -> tuple[str, Any]:
    """The path for `model`, which the body names where the path does not."""
    if "{model}" in path:
        return path.replace("{model}", model), body
    return path, {"model": model, **body} if isinstance(body, dict) else body


@pytest.mark.parametrize("path", FORMATS)
@pytest.mark.parametrize(
    "body",
    [
        {}, [], b"", b"{", b"\xff", "a", {"input": [], "texts": [], "requests": [], "prompt": "", "content": {}},
        {"input": {"a": 1}, "texts": "a", "requests": [3], "prompt": ["a"], "content": {"parts": "a"}},
        {"input": [1, "a"], "texts": [1], "requests": [{}], "prompt": 3, "content": {"parts": [{}]}},
        {"input": [None], "texts": [None], "requests": [{"content": None}], "prompt": None, "content": None},
        {"input": [["a"]], "texts": [["a"]], "requests": "x", "prompt": {}, "content": "a"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("model", ["sim/echo", "cohere/embed-v4.0"])
def test_a_bad_request_is_a_400_in_the_caller_s_words(bridge: Bridge, path: str, body: Any, model: str) -> None:
    bridge.provider.script(whole({"message": "the provider refuses it"}, 400))
    route, told = spoken(path, model, body)
    answer = request(bridge.gateway, "POST", route, told)
    assert answer.status == 400, answer.body
    assert message(answer.json)


@pytest.mark.parametrize("path", FORMATS)
def test_who_cannot_embed_is_named(bridge: Bridge, path: str) -> None:
    route, body = asked(path, "anthropic/claude-haiku-4-5", TEXTS)
    answer = request(bridge.gateway, "POST", route, body)
    assert answer.status == 400
    assert "does embeddings" in message(answer.json)


@pytest.mark.parametrize("path", FORMATS)
def test_a_model_that_nobody_has_is_a_404(bridge: Bridge, path: str) -> None:
    route, body = asked(path, "nobody/nothing", TEXTS)
    answer = request(bridge.gateway, "POST", route, body)
    assert answer.status == 404
    assert "there is no model" in message(answer.json)


@pytest.mark.parametrize(
    ("path", "provider"),
    [
        ("/v1/embeddings", "cohere"), ("/v2/embed", "google"), ("/api/embed", "mistral"), ("/v1/embed", "openai"),
        ("/v1beta/{model}:batchEmbedContents", "ollama"), ("/mistral/v1/embeddings", "mistral"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("scripted", "status"),
    [
        (whole({"error": {"message": "slow down", "code": 429, "status": "RESOURCE_EXHAUSTED"}}, 429), 429),
        (whole({"message": "slow down"}, 500), 502),
        (whole(b"slow down", 503), 503),
        (whole(b"[1]"), 502),
        (whole(b"{}"), 502),
        (whole(b"<html>"), 502),
    ],
)
def test_a_failure_of_the_provider_is_told_in_the_caller_s_words(
    bridge: Bridge, path: str, provider: str, scripted: Scripted, status: int
) -> None:
    bridge.provider.script(scripted)
    route, body = asked(path, f"{provider}/m", TEXTS)
    answer = request(bridge.gateway, "POST", route, body)
    assert answer.status in (status, 503 if status == 502 else status), answer.body
    assert message(answer.json)
    assert "canary" not in answer.body.decode()


def test_pieces_that_do_not_fit_together_are_a_protocol_error(bridge: Bridge) -> None:
    short, full = ({"id": "x", "embeddings": {"float": [[0.5]] * count}} for count in (95, 96))
    bridge.provider.script(whole(full), whole(short), whole(full))
    answer = request(bridge.gateway, "POST", "/v1/embeddings", {"model": "cohere/m", "input": ["a"] * 200})
    assert answer.status == 502
    assert "[96, 95, 96]" in message(answer.json)


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v2/embed"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_more_or_fewer_vectors_than_inputs_are_no_answer(bridge: Bridge, path: str, count: int) -> None:
    bridge.provider.script(whole({"data": [{"index": at, "embedding": [0.5]} for at in range(count)]}))
    route, body = asked(path, "openai/text-embedding-3-small", TEXTS[:2])
    answer = request(bridge.gateway, "POST", route, body)
    assert answer.status == 502
    assert f"{count} vectors for 2 inputs" in message(answer.json)


@pytest.mark.parametrize(
    ("kinds", "numbers", "told"),
    [
        (["int8"], [1, -3, 127], {"int8": [[1, -3, 127]]}),
        (["binary"], [1.0, -3.0], {"binary": [[1, -3]]}),
        (["base64", "int8"], [1, -3], {"int8": [[1, -3]]}),
        (["float", "uint8"], [1, 255], {"uint8": [[1, 255]]}),
        (["int8"], "Af1/", {"int8": [[1, -3, 127]]}),
        (["ubinary"], "Af1/", {"ubinary": [[1, 253, 127]]}),
        (["float"], [0.5], {"float": [[0.5]]}),
    ],
)
def test_numbers_are_called_what_was_asked_for(bridge: Bridge, kinds: list[str], numbers: Any, told: Any) -> None:
    bridge.provider.script(whole({"data": [{"index": 0, "embedding": numbers}]}))
    body = {"model": "mistral/codestral-embed", "texts": ["a"], "input_type": "clustering", "embedding_types": kinds}
    answer = request(bridge.gateway, "POST", "/v2/embed", body)
    assert answer.json["embeddings"] == told
    assert bridge.provider.last.json.get("output_dtype") == (None if kinds == ["float"] else next(iter(told)))
    assert ("unsupported:types" in answer.headers.get("x-pontage-notes", "")) is (len(kinds) > 1)


def test_base64_of_other_numbers_that_is_none_is_a_protocol_error(bridge: Bridge) -> None:
    bridge.provider.script(whole({"data": [{"index": 0, "embedding": "?"}]}))
    body = {"model": "mistral/codestral-embed", "texts": ["a"], "input_type": "clustering", "embedding_types": ["int8"]}
    assert request(bridge.gateway, "POST", "/v2/embed", body).status == 502


def test_an_input_of_a_later_piece_is_named_by_its_place_in_the_whole(bridge: Bridge) -> None:
    answer = request(bridge.gateway, "POST", "/v1/embeddings", {"model": "cohere/m", "input": ["a"] * 150 + [[1, 2]]})
    assert answer.status == 400
    assert answer.json["error"]["param"] == "inputs[150]"


@pytest.mark.parametrize("path", FORMATS)
def test_a_body_of_brackets_is_refused(bridge: Bridge, path: str) -> None:
    for deep in (b"[" * 100_000, b'{"requests":' + b"[" * 1000 + b"]" * 1000 + b"}"):
        answer = request(bridge.gateway, "POST", path.replace("{model}", "sim/echo"), deep)
        assert answer.status == 400
