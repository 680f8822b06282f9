"""What Azure, Vertex AI and Bedrock were recorded to be asked and to say, asked and said again."""

import json
import re
from typing import Any

import pytest

from pontage.dialects.envelope import Call
from pontage.dialects.openai_errors import error_in
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import collect
from pontage.errors import InvalidRequestError, ModelNotFoundError, PontageError
from pontage.providers.base import Attempt, LLMProviderClient
from tests.conftest import Corpus, Figures
from tests.corpus import Exchange
from tests.providers.clouds import KEY, calling, drained
from tests.replay.upstream import Upstream, stream, upstream, whole
from tests.speaking import read_stream

VENDORS = {"azure": "azure", "vertex": "vertex", "bedrock-mantle": "bedrock"}
FORMATS = {
    "chat.completions": "openai_chat",
    "responses": "openai_responses",
    "generateContent": "google_generate",
    "streamGenerateContent": "google_generate",
}
PLACED = re.compile(r"/(?P<api_version>\w+)/projects/(?P<project>\w+)/locations/(?P<location>[\w-]+)/")


def recorded(corpus: Corpus, kind: str) -> list[tuple[Exchange, bytes, str]]:
    """The recordings of a provider with their answers, as bytes, and their paths with a place that can be one."""

    def wanted(one: Exchange) -> bool:
        asked = one.request.body is not None and one.endpoint in FORMATS
        return asked and one.vendor is not None and VENDORS.get(one.vendor) == kind

    found: list[tuple[Exchange, bytes, str]] = []
    for exchange in corpus.exchanges(wanted):
        body = exchange.response.body
        told = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        found.append((exchange, told, re.sub("<[A-Z_]+>", "somewhere", exchange.path)))
    return found


def options_of(path: str) -> dict[str, str]:
    """What a provider must be told to ask at this path."""
    placed = PLACED.match(path)
    if placed is not None:
        return placed.groupdict()
    return {"api_version": "2024-02-01"} if "/deployments/" in path else {}


def asked_again(server: Upstream, kind: str, exchange: Exchange, body: bytes, path: str) -> tuple[bytes, Any]:
    """The bytes that the client of the same format gets, and the usage that was read on the way."""
    request = exchange.request.body
    model = str(request.get("model") or exchange.model)
    client = CLIENT_SIDES[FORMATS[exchange.endpoint]]
    call = Call.received(client, json.dumps(request).encode(), model=model, stream=exchange.streaming)
    attempt = Attempt(model=model, key=KEY)
    if exchange.streaming and exchange.status == 200:
        server.script(stream(body, range(0, len(body), 997)))
    else:
        server.script(whole(body, exchange.status))

    async def work(provider: LLMProviderClient) -> tuple[bytes, Any]:
        if not call.stream:
            reply, notes = await provider.send(call, attempt)
            assert notes == ()
            return reply.bytes_in(client).body, reply.usage
        return await drained(await provider.open(call, attempt), client)

    return calling(kind, server.url, work, options=options_of(path))


@pytest.mark.parametrize("kind", sorted(VENDORS.values()))
def test_the_same_is_asked_at_the_same_place_and_passes(kind: str, corpus: Corpus, figures: Figures) -> None:
    found = recorded(corpus, kind)
    with upstream() as server:
        for exchange, body, path in found:
            if exchange.status != 200:
                with pytest.raises(PontageError) as raised:
                    asked_again(server, kind, exchange, body, path)
                assert raised.value.upstream_status == exchange.status
                assert isinstance(raised.value, ModelNotFoundError if exchange.status == 404 else InvalidRequestError)
                continue
            if error_in(body) is not None:
                with pytest.raises(PontageError):
                    asked_again(server, kind, exchange, body, path)
                continue
            told, usage = asked_again(server, kind, exchange, body, path)
            assert server.last.path == path, exchange.id
            request = exchange.request.body
            assert {**server.last.json, "stream_options": None} == {**request, "stream_options": None}, exchange.id
            side = PROVIDER_SIDES[FORMATS[exchange.endpoint]]
            if exchange.streaming:
                answer = collect(read_stream(side, body))
                assert (collect(read_stream(side, told)).message, usage) == (answer.message, answer.usage), exchange.id
            else:
                assert (told, usage) == (body, side.usage_of(body)), exchange.id
    figures(f"recordings of {kind} asked again", len(found))
