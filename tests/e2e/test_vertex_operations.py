"""Vectors and counts of tokens by Vertex AI, through a whole gateway: where it is asked, and in which words."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest

from pontage.config import ProviderSettings, Secret
from pontage.dialects.embeddings import vertex
from pontage.dialects.operations import EMBEDDINGS
from pontage.domain.embeddings import EmbeddingRequest
from pontage.errors import InvalidRequestError, ProtocolError
from tests.e2e.asking import Answer, request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

PLACE = "projects/our-project/locations/europe-west1"
GOOGLE = f"{PLACE}/publishers/google/models"
TURNS = [{"role": "user", "content": "How warm is it?"}]
PREDICTED = {
    "predictions": [
        {"embeddings": {"values": [0.5, 1.0], "statistics": {"token_count": count, "truncated": False}}}
        for count in (3, 4)
    ],
    "metadata": {"billableCharacterCount": 9},
}


class House(NamedTuple):
    gateway: RunningGateway
    vertex: Upstream


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with upstream() as server:
        options = {"project": "our-project", "location": "europe-west1"}
        settings = ProviderSettings(base_url=server.url, api_key=Secret("canary-vertex-4c11"), options=options)
        with running(upstream_config(server.url, providers={"vertex": settings})) as gateway:
            yield House(gateway, server)


def embed(house: House, model: str, said: Any, **more: Any) -> Answer:
    return request(house.gateway, "POST", "/v1/embeddings", {"model": f"vertex/{model}", "input": said, **more})


def test_older_models_predict(house: House) -> None:
    house.vertex.script(whole(PREDICTED))
    answer = embed(house, "text-embedding-005", ["a", "b"], dimensions=2)
    assert answer.status == 200
    assert [one["embedding"] for one in answer.json["data"]] == [[0.5, 1.0], [0.5, 1.0]]
    assert answer.json["usage"]["prompt_tokens"] == 7
    assert house.vertex.last.path == f"/v1/{GOOGLE}/text-embedding-005:predict"
    assert house.vertex.last.headers["authorization"] == "Bearer canary-vertex-4c11"
    parameters = {"outputDimensionality": 2}
    assert house.vertex.last.json == {"instances": [{"content": "a"}, {"content": "b"}], "parameters": parameters}


def test_gemini_embeds_content(house: House) -> None:
    told = {"embedding": {"values": [0.5]}, "usageMetadata": {"promptTokenCount": 2}, "truncated": False}
    house.vertex.script(whole(told))
    path = "/v1beta/models/vertex%2Fgemini-embedding-2:embedContent"
    said = {"content": {"parts": [{"text": "a"}]}, "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 1}
    answer = request(house.gateway, "POST", path, said)
    assert (answer.status, answer.json["embedding"]) == (200, {"values": [0.5]})
    assert house.vertex.last.path == f"/v1beta1/{GOOGLE}/gemini-embedding-2:embedContent"
    settings = {"taskType": "RETRIEVAL_QUERY", "outputDimensionality": 1}
    assert house.vertex.last.json == {"content": {"parts": [{"text": "a"}]}, "embedContentConfig": settings}


def test_who_makes_no_vectors_is_not_asked(house: House) -> None:
    before = len(house.vertex.received)
    assert embed(house, "claude-sonnet-5-5", "a").status == 400
    assert len(house.vertex.received) == before


@pytest.mark.parametrize(
    ("model", "path", "told", "field"),
    [
        ("gemini-3.8-flash", f"/v1beta1/{GOOGLE}/gemini-3.8-flash:countTokens", {"totalTokens": 7}, "contents"),
        (
            "claude-sonnet-5-5",
            f"/v1/{PLACE}/publishers/anthropic/models/count-tokens:rawPredict",
            {"input_tokens": 7},
            "messages",
        ),
    ],
)
def test_tokens_are_counted_there(house: House, model: str, path: str, told: Any, field: str) -> None:
    house.vertex.script(whole(told))
    said = {"model": f"vertex/{model}", "messages": TURNS, "system": "Be terse."}
    answer = request(house.gateway, "POST", "/v1/messages/count_tokens", said)
    assert (answer.status, answer.json) == (200, {"input_tokens": 7})
    assert "x-pontage-notes" not in answer.headers
    sent = house.vertex.last.json
    assert (house.vertex.last.path, field in sent, "Be terse." in str(sent)) == (path, True, True)
    assert sent.get("model") == (model if field == "messages" else None)
    assert sent.get("anthropic_version") == ("vertex-2023-10-16" if field == "messages" else None)


def test_open_models_are_estimated_and_that_is_said(house: House) -> None:
    before = len(house.vertex.received)
    said = {"model": "vertex/deepseek-ai/deepseek-v3.2-maas", "messages": TURNS}
    answer = request(house.gateway, "POST", "/v1/messages/count_tokens", said)
    assert "approximated:tokens" in answer.headers["x-pontage-notes"]
    assert len(house.vertex.received) == before


@pytest.mark.parametrize("name", [vertex.NAME, vertex.PREDICT])
def test_a_request_survives_its_own_format(name: str) -> None:
    form = EMBEDDINGS.formats[name]
    asked = EmbeddingRequest(model="m", inputs=("a",), dimensions=2, purpose="query", title="t")
    encoded = form.encode_request(asked)
    assert encoded.notes == ()
    read = form.decode_request(encoded.body)
    assert (read.inputs, read.dimensions, read.purpose, read.title) == (("a",), 2, "query", "t")
    assert form.adjust_request(encoded.body, "other") == encoded.body


def test_what_instances_cannot_say_is_noted() -> None:
    form = EMBEDDINGS.formats[vertex.PREDICT]
    encoded = form.encode_request(
        EmbeddingRequest(model="m", inputs=("a",), truncate="start", user="u", types=("int8",), purpose="image")
    )
    assert {note.where for note in encoded.notes} == {"truncate", "user", "types[0]", "purpose"}
    assert msgspec.json.decode(encoded.body)["parameters"] == {"autoTruncate": True}
    answer = form.encode_response(
        form.decode_response(msgspec.json.encode(PREDICTED)), EmbeddingRequest(model="m", inputs=("a",))
    )
    assert len(msgspec.json.decode(answer.body)["predictions"]) == 2
    assert (
        form.decode_request(b'{"instances":[{"content":"a"}],"parameters":{"autoTruncate":false}}').truncate == "none"
    )


@pytest.mark.parametrize("body", [b'{"instances":[]}', b'{"instances":[{"content":"a"},{"content":"b","title":"t"}]}'])
def test_instances_that_do_not_agree_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        EMBEDDINGS.formats[vertex.PREDICT].decode_request(body)


def test_an_answer_without_predictions_is_none() -> None:
    form = EMBEDDINGS.formats[vertex.PREDICT]
    with pytest.raises(ProtocolError):
        form.decode_response(b'{"predictions":[]}')
    assert form.decode_response(b'{"predictions":[{"embeddings":{"values":[1]}}]}').usage is None
