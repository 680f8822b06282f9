"""What was recorded of embeddings and reranking, read and written back with the same meaning."""

import json
from typing import Any

import pytest

from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse
from pontage.domain.rerank import RerankRequest
from tests.conftest import Figures
from tests.dialects.operations import Recorded, encoded, meant, recorded

ALL = recorded()
ASKED = [one for one in ALL if one.exchange.request.body is not None]
ANSWERED = [one for one in ALL if one.exchange.status == 200]
REFUSED = [one for one in ALL if one.exchange.status != 200]
OWN = {"role", "model", "options", "keep_alive"}
"""What a writer may say or leave: the role of a content, a model that the path names, Ollama's settings of the load."""


def named(one: Recorded) -> str:
    return one.exchange.id


def bare(value: Any) -> Any:
    """Without what may be said or left."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if key not in OWN}
    return [bare(item) for item in value] if isinstance(value, list) else value


def asked_of(one: Recorded) -> Any:
    """The request of a recording, or one that its answer could be to."""
    if one.exchange.request.body is not None:
        return one.form.decode_request(encoded(one.exchange.request.body))
    return EmbeddingRequest(model="m", inputs=("a",), single=True)


@pytest.mark.parametrize("one", ASKED, ids=named)
def test_a_request_is_written_back_as_it_was_meant(one: Recorded) -> None:
    request = one.form.decode_request(encoded(one.exchange.request.body))
    written = one.form.encode_request(request)
    wrote = meant(one.exchange.request.body)
    assert bare(meant(json.loads(written.body))) == bare(wrote)
    assert [note.kind for note in written.notes if note.kind != "injected"] == []


@pytest.mark.parametrize("one", ANSWERED, ids=named)
def test_an_answer_is_written_back_as_it_was_meant(one: Recorded, figures: Figures) -> None:
    request = asked_of(one)
    answer = one.form.decode_response(encoded(one.exchange.response.body))
    if isinstance(answer, EmbeddingResponse) and isinstance(request, EmbeddingRequest):
        given = tuple(answer.encoded) or ("float",)
        request = EmbeddingRequest(model=request.model, inputs=request.inputs, types=given)
        assert len(answer.vectors or next(iter(answer.encoded.values()))) == len(request.inputs)
    else:
        assert isinstance(request, RerankRequest)
        scores = [ranked.score for ranked in answer.results]
        assert scores == sorted(scores, reverse=True)
    again = one.form.decode_response(one.form.encode_response(answer, request).body)
    for field in ("vectors", "encoded", "results"):
        if hasattr(answer, field):
            assert bool(getattr(answer, field)) == bool(getattr(again, field))
            if field != "results":
                assert getattr(again, field) == getattr(answer, field)
            else:
                assert [(one.index, one.score) for one in again.results] == [(o.index, o.score) for o in answer.results]
    if answer.usage is not None and (answer.usage.total_input or answer.usage.search_units):
        assert again.usage is not None
        assert again.usage.total_input == answer.usage.total_input
        assert again.usage.search_units == answer.usage.search_units
    figures("answers of embeddings and reranking written back", len(ANSWERED))


@pytest.mark.parametrize("one", REFUSED, ids=named)
def test_a_refusal_is_read(one: Recorded) -> None:
    error = PROVIDER_SIDES[one.form.words].decode_error(one.exchange.status, {}, encoded(one.exchange.response.body))
    assert error.upstream_status == one.exchange.status
    assert "without a message" not in error.message
