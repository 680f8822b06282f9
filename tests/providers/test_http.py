"""How a provider is called over HTTP: what goes out, what comes back, and what a bad answer becomes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from pontage.config import ProviderSettings, Secret, Timeouts
from pontage.dialects.dialect import Encoded
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import ChatRequest, Message, Note
from pontage.domain.parts import Text
from pontage.domain.stream import Finished, Started
from pontage.errors import (
    AuthenticationError,
    PontageError,
    ProtocolError,
    RateLimitedError,
    StreamTruncatedError,
    TranslationError,
    UpstreamTimeoutError,
)
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.providers.fitting import refuse_losses
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.real_clients.bridge import DIALECTS, MODELS, casting
from tests.replay.upstream import Scripted, Upstream, stream, upstream, whole

VENDORS = pytest.mark.parametrize("vendor", MODELS)
KEY = Secret("key-of-the-test")
KEY_HEADERS = {
    "openai": ("authorization", "Bearer key-of-the-test"),
    "anthropic": ("x-api-key", "key-of-the-test"),
    "google": ("x-goog-api-key", "key-of-the-test"),
}
LISTINGS = {"openai": "/v1/models", "anthropic": "/v1/models", "google": "/v1beta/models"}


@pytest.fixture
def server() -> Iterator[Upstream]:
    with upstream() as running:
        yield running


def calling(server: Upstream, vendor: str, work: Callable[[LLMProviderClient], Awaitable[Any]], **settings: Any) -> Any:
    """Run `work` with a client of this provider."""

    async def main() -> Any:
        transport = Transport()
        base = f"{server.url}/v1" if vendor == "openai" else server.url
        told = ProviderSettings(base_url=settings.pop("base_url", base), **settings)
        try:
            return await work(ProviderRegistry(transport).configure(vendor, told, {}).client)
        finally:
            await transport.aclose()

    return asyncio.run(main())


def question(vendor: str, **more: Any) -> ChatRequest:
    return ChatRequest(model=MODELS[vendor], messages=(Message(role="user", parts=(Text(text="Hello."),)),), **more)


@VENDORS
def test_a_whole_answer(server: Upstream, vendor: str) -> None:
    specimen = casting(DIALECTS[vendor], "text", False)[0]
    server.script(whole(specimen.answer or b""))
    answer = calling(server, vendor, lambda client: client.chat_completion(question(vendor, stream=True), KEY))
    assert answer.text
    assert answer.provider == vendor
    name, value = KEY_HEADERS[vendor]
    assert server.last.headers[name] == value
    assert server.last.headers["content-type"] == "application/json"
    assert not server.last.json.get("stream")


@VENDORS
def test_a_stream_of_events(server: Upstream, vendor: str) -> None:
    specimen = casting(DIALECTS[vendor], "text", True)[0]
    server.script(stream(specimen.stream or b"", range(0, 5000, 11)))

    async def work(client: LLMProviderClient) -> list[Any]:
        async with client.chat_completion_stream(question(vendor), KEY) as events:
            return [event async for event in events]

    events = calling(server, vendor, work)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)


@VENDORS
def test_leaving_a_stream_closes_the_upstream(server: Upstream, vendor: str) -> None:
    specimen = casting(DIALECTS[vendor], "text", True)[0]
    server.script(stream((specimen.stream or b"")[:2000], after="hang"))

    async def work(client: LLMProviderClient) -> None:
        async with client.chat_completion_stream(question(vendor), KEY) as events:
            await anext(events)

    calling(server, vendor, work)
    assert server.gone.wait(10)


@VENDORS
def test_health_is_the_free_list_of_models(server: Upstream, vendor: str) -> None:
    server.script(whole({"data": [{"id": "m-1"}]}))
    health = calling(server, vendor, lambda client: client.health_check(KEY))
    assert health.healthy
    assert health.latency is not None
    assert (server.last.method, server.last.path, server.last.body) == ("GET", LISTINGS[vendor], b"")
    server.script(whole({"error": {"message": "no"}}, 401))
    health = calling(server, vendor, lambda client: client.health_check(KEY))
    assert not health.healthy
    assert "key-of-the-test" not in health.detail


@VENDORS
def test_without_a_key_nothing_is_sent(server: Upstream, vendor: str) -> None:
    with pytest.raises(AuthenticationError) as raised:
        calling(server, vendor, lambda client: client.chat_completion(question(vendor), None))
    assert server.received == []
    assert "API_KEY" in (raised.value.hint or "")
    assert (raised.value.provider, raised.value.model) == (vendor, MODELS[vendor])


BAD: list[tuple[str, Scripted, type[PontageError]]] = [
    ("redirect", whole(b"", 302, location="http://127.0.0.1:1/"), ProtocolError),
    ("no content", Scripted(status=204), ProtocolError),
    ("created", whole(b"{}", 201), ProtocolError),
    ("limited", whole({"error": {"message": "slow down"}}, 429, retry_after="2.5"), RateLimitedError),
    ("never answers", Scripted(whole=b"{}", before=60), UpstreamTimeoutError),
    ("nonsense", whole(b"<html>"), ProtocolError),
]


@VENDORS
@pytest.mark.parametrize(("script", "expected"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_a_bad_answer(server: Upstream, vendor: str, script: Scripted, expected: type[PontageError]) -> None:
    server.script(script)

    async def work(client: LLMProviderClient) -> Any:
        reply, _ = await client.send(
            Call.of(question(vendor)),
            Attempt(model=MODELS[vendor], key=KEY, timeouts=Timeouts(first_byte=0.2)),
        )
        return reply.response

    with pytest.raises(expected) as raised:
        calling(server, vendor, work)
    assert raised.value.retry_after in (None, 2.5)
    assert len(server.received) == 1


STREAMS: list[tuple[str, Scripted, type[PontageError]]] = [
    ("JSON instead", whole(b"{}"), ProtocolError),
    ("HTML instead", whole(b"<html>", content_type="text/html"), ProtocolError),
    ("redirect", whole(b"", 307, location="/"), ProtocolError),
    ("empty", stream(b""), StreamTruncatedError),
    ("cut", stream(b": x\n\n", after="cut"), ProtocolError),
    ("garbage", stream(b"data: {{{\n\n"), ProtocolError),
    ("silent", stream(b": x\n\n", after="hang"), UpstreamTimeoutError),
]


@VENDORS
@pytest.mark.parametrize(("script", "expected"), [one[1:] for one in STREAMS], ids=[one[0] for one in STREAMS])
def test_a_bad_stream(server: Upstream, vendor: str, script: Scripted, expected: type[PontageError]) -> None:
    server.script(script)

    async def work(client: LLMProviderClient) -> None:
        call = Call.of(question(vendor, stream=True))
        reply = await client.open(call, Attempt(model=MODELS[vendor], key=KEY, timeouts=Timeouts(idle=0.2)))
        pulled = reply.events()
        try:
            while await pulled.pull() is not None:
                pass
            assert await pulled.pull() is None
        finally:
            assert pulled.fail(ProtocolError("x")) == ()
            assert pulled.notes() == ()
            await reply.aclose()

    with pytest.raises(expected):
        calling(server, vendor, work)


def test_the_deadline_clips_an_attempt(server: Upstream) -> None:
    server.script(Scripted(whole=b"{}", before=60))

    async def work(client: LLMProviderClient) -> None:
        deadline = asyncio.get_running_loop().time() + 0.1
        await client.send(Call.of(question("openai")), Attempt(model="m", key=KEY, deadline=deadline))

    with pytest.raises(UpstreamTimeoutError) as raised:
        calling(server, "openai", work)
    assert raised.value.phase == "total"


@pytest.mark.parametrize(
    ("base_url", "model", "path"),
    [
        ("", "gemini-x", "/v1beta/models/gemini-x:generateContent"),
        ("", "models/gemini-x", "/v1beta/models/gemini-x:generateContent"),
        ("", "tunedModels/mine", "/v1beta/tunedModels/mine:generateContent"),
        ("/v9", "gemini-x", "/v9/models/gemini-x:generateContent"),
        ("", "a b?c#d%2F", "/v1beta/models/a%20b%3Fc%23d%252F:generateContent"),
    ],
)
def test_gemini_names_the_model_in_the_path(server: Upstream, base_url: str, model: str, path: str) -> None:
    server.script(whole(casting("google_generate", "text", False)[0].answer or b""))
    asked = ChatRequest(model=model, messages=question("google").messages)
    calling(server, "google", lambda client: client.chat_completion(asked, KEY), base_url=f"{server.url}{base_url}")
    assert server.last.path == path


def test_a_clients_own_headers_pass_by_list_and_in_its_own_format_only(server: Upstream) -> None:
    server.script(whole(casting("anthropic_messages", "text", False)[0].answer or b""))
    body = b'{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}]}'

    async def work(client: LLMProviderClient) -> None:
        for dialect in ("anthropic_messages", "openai_chat"):
            call = Call.received(CLIENT_SIDES[dialect], body)
            call.headers = {"anthropic-beta": "b", "anthropic-version": "v", "cookie": "c"}
            await client.send(call, Attempt(model="m", key=KEY))

    calling(server, "anthropic", work, headers={"X-Team": "blue"})
    same, other = (received.headers for received in server.received)
    assert (same["anthropic-beta"], same["anthropic-version"], same["x-team"]) == ("b", "v", "blue")
    assert (other["anthropic-version"], other["x-team"]) == ("2023-06-01", "blue")
    assert "anthropic-beta" not in other
    assert "cookie" not in same.keys() | other.keys()


def test_strict_mode_refuses_losses_and_nothing_else() -> None:
    refuse_losses(Encoded(b"", (Note("injected", "max_tokens"),)).notes)
    for kind in ("dropped", "approximated", "unsupported"):
        with pytest.raises(TranslationError) as raised:
            refuse_losses((Note("injected", "max_tokens"), Note(kind, "seed", "it has no seed")))
        assert raised.value.param == "seed"
