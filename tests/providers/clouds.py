"""Providers that serve other vendors' models: how the tests call them, and the projects' own answers in each format."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from pontage.config import ProviderSettings, Secret
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import TokenUsage, collect
from pontage.providers.base import Attempt, LLMProviderClient, StreamReply
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.replay.upstream import Received, Upstream, stream, whole
from tests.speaking import read_stream
from tests.specimens import SAMPLES

KEY = Secret("key-of-the-test")
FORMS = ("openai_chat", "openai_responses", "anthropic_messages", "google_generate", "ollama_chat", "cohere_chat")
"""Every format a client may have."""
PLAIN = {
    "openai_chat": "plain",
    "openai_responses": "text",
    "anthropic_messages": "plain_text",
    "google_generate": "text",
}
"""The plain sample of every format that these providers answer in."""


class Crossed(NamedTuple):
    """What a provider got, and what its client was told in the end."""

    received: Received
    text: str
    notes: dict[str, str]


def calling(kind: str, base_url: str, work: Callable[[LLMProviderClient], Awaitable[Any]], **settings: Any) -> Any:
    """Run `work` with a client of this provider."""

    async def main() -> Any:
        transport = Transport()
        told = ProviderSettings(base_url=base_url, **settings)
        try:
            return await work(ProviderRegistry(transport).configure(kind, told, {}).client)
        finally:
            await transport.aclose()

    return asyncio.run(main())


def asked(form: str, model: str, streaming: bool, **more: Any) -> Call:
    """A plain question of a client in the format `form`."""
    turn: dict[str, Any] = {"role": "user", "content": "Hello."}
    match form:
        case "google_generate":
            body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Hello."}]}]}
        case "openai_responses":
            body = {"model": model, "input": [turn], "stream": streaming}
        case "anthropic_messages":
            body = {"model": model, "max_tokens": 99, "messages": [turn], "stream": streaming}
        case _:
            body = {"model": model, "messages": [turn], "stream": streaming}
    return Call.received(CLIENT_SIDES[form], json.dumps({**body, **more}).encode(), model=model, stream=streaming)


async def drained(opened: StreamReply, client: ClientSide) -> tuple[bytes, TokenUsage | None]:
    """A stream as its client gets it, to the end, and the usage that was read on the way."""
    pulled, data = opened.into(client), b""
    try:
        while (piece := await pulled.pull()) is not None:
            data += piece
    finally:
        await opened.aclose()
    return data, pulled.usage


def crossed(server: Upstream, kind: str, call: Call, answer: str, key: Secret | None = KEY, **settings: Any) -> Crossed:
    """One call to a provider that answers with the plain sample of the format `answer`."""
    sample = SAMPLES / answer / PLAIN[answer]
    if call.stream:
        server.script(stream(sample.with_suffix(".sse").read_bytes(), range(0, 4000, 101)))
    else:
        server.script(whole(sample.with_suffix(".response.json").read_bytes()))
    client = call.client
    assert client is not None
    side = PROVIDER_SIDES[client.name]

    async def work(provider: LLMProviderClient) -> Crossed:
        attempt = Attempt(model=call.model, key=key)
        if not call.stream:
            reply, notes = await provider.send(call, attempt)
            told = side.decode_response(reply.bytes_in(client).body)
        else:
            opened = await provider.open(call, attempt)
            data, _ = await drained(opened, client)
            told, notes = collect(read_stream(side, data)), opened.notes
        return Crossed(server.last, told.text, {note.where: note.kind for note in notes})

    return calling(kind, server.url, work, **settings)


def ask(base_url: str, kind: str, call: Call, key: Secret | None = KEY, **settings: Any) -> None:
    """One call whose answer does not matter; of a stream, only the head is waited for."""

    async def work(provider: LLMProviderClient) -> None:
        attempt = Attempt(model=call.model, key=key)
        if call.stream:
            await (await provider.open(call, attempt)).aclose()
        else:
            await provider.send(call, attempt)

    calling(kind, base_url, work, **settings)


def said(server: Upstream) -> tuple[str, str, str]:
    """Path, query and key of the last request."""
    last = server.last
    return last.path, last.query, last.headers.get("authorization") or last.headers.get("api-key", "")
