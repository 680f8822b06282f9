"""What vendors were recorded to say, under the laws of the format, read and written by the variant of their row."""

import json
from collections import Counter

import pytest

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.spelling import residue
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import collect
from pontage.providers.compatible.vendor import side_of
from pontage.providers.rows import rows
from tests.conftest import Corpus
from tests.corpus import Exchange
from tests.speaking import read_stream

EACH = pytest.mark.parametrize("name", rows())


def recorded(corpus: Corpus, name: str) -> list[tuple[Exchange, bytes]]:
    def wanted(one: Exchange) -> bool:
        spoken = one.provider in ("openai-compatible", "vllm") and one.endpoint == "chat.completions"
        return spoken and one.vendor == name and one.status == 200

    found: list[tuple[Exchange, bytes]] = []
    for exchange in corpus.exchanges(wanted):
        body = exchange.response.body
        found.append((exchange, body.encode() if isinstance(body, str) else json.dumps(body).encode()))
    return found


def holds(side: ProviderSide, exchange: Exchange, body: bytes) -> None:
    """The laws of a format, with the row's own side in the place of the plain one."""
    client = CLIENT_SIDES["openai_chat"]
    if exchange.request.body is not None:
        wrote = json.dumps(exchange.request.body).encode()
        encoded = side.encode_request(client.decode_request(wrote))
        renamed = {"max_tokens", "max_completion_tokens", "reasoning", "reasoning_content"}  # the vendor has one of two
        changed = residue(exchange.request.body, json.loads(encoded.body))
        assert {spelling.path[-1] for spelling in changed} <= renamed, changed
        assert encoded.notes == ()
    if not exchange.streaming:
        answer = side.decode_response(body)
        assert residue(json.loads(body), json.loads(client.encode_response(answer).body)) == ()
        return
    answer = collect(read_stream(side, body))
    assert answer.message.parts
    tap = side.stream_tap(b"{}")
    framing = side.framing()
    for frame in (*framing.feed(body), *framing.end()):
        tap.feed(frame)
    tap.end()
    assert tap.usage == answer.usage


@EACH
def test_what_the_vendor_was_recorded_to_say_is_read_by_its_row(name: str, corpus: Corpus) -> None:
    side = side_of(rows()[name])
    for exchange, body in recorded(corpus, name):
        if b'"error":' not in body:
            holds(side, exchange, body)


def test_many_rows_stand_on_recordings(corpus: Corpus) -> None:
    counted = Counter(one.vendor for one in corpus.exchanges(lambda one: one.vendor in rows()))
    if counted:
        assert {"groq", "deepseek", "openrouter", "perplexity", "huggingface", "llamacpp"} <= set(counted)
