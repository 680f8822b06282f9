"""Vertex AI: where each vendor's models are asked, and in which words; Claude's body, version and errors."""

import json
from typing import Any

import pytest

from pontage.assemble import assemble
from pontage.config import Config, ProviderSettings
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import ChatRequest, Message, Reasoning, Text, collect
from pontage.errors import (
    AuthenticationError,
    ConfigError,
    InvalidRequestError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    RateLimitedError,
    StreamTruncatedError,
)
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.providers.vertex import FACTORY
from pontage.providers.vertex.translate import claude_side
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.providers.clouds import FORMS, KEY, ask, asked, calling, crossed, drained
from tests.replay.upstream import stream, upstream, whole
from tests.specimens import SAMPLES

OPTIONS = {"project": "our-project", "location": "europe-west1"}
PLACE = "projects/our-project/locations/europe-west1"
CLAUDE = f"/v1/{PLACE}/publishers/anthropic/models"
GEMINI = f"/v1beta1/{PLACE}/publishers/google/models"
WHOLE_OR_STREAM = pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
ALL_FORMS = pytest.mark.parametrize("form", FORMS)


@ALL_FORMS
@WHOLE_OR_STREAM
def test_claude_is_asked_by_every_client(form: str, streaming: bool) -> None:
    with upstream() as server:
        model = "claude-sonnet-4-5@20250929"
        told = crossed(server, "vertex", asked(form, model, streaming), "anthropic_messages", options=OPTIONS)
        verb = "streamRawPredict" if streaming else "rawPredict"
        assert (told.received.path, told.received.query) == (f"{CLAUDE}/{model}:{verb}", "")
        assert told.received.headers["authorization"] == "Bearer key-of-the-test"
        assert "x-api-key" not in told.received.headers
        body = told.received.json
        assert body.pop("anthropic_version") == "vertex-2023-10-16"
        assert "model" not in body
        assert body.pop("stream", False) == streaming
        [turn] = body.pop("messages")
        assert turn in (
            {"role": "user", "content": "Hello."},
            {"role": "user", "content": [{"type": "text", "text": "Hello."}]},
        )
        assert set(body) == {"max_tokens"}
        assert told.text.startswith("Lighthouses flash")


@ALL_FORMS
@WHOLE_OR_STREAM
def test_gemini_is_asked_by_every_client(form: str, streaming: bool) -> None:
    with upstream() as server:
        told = crossed(server, "vertex", asked(form, "gemini-2.5-pro", streaming), "google_generate", options=OPTIONS)
        verb, query = ("streamGenerateContent", "alt=sse") if streaming else ("generateContent", "")
        assert (told.received.path, told.received.query) == (f"{GEMINI}/gemini-2.5-pro:{verb}", query)
        assert told.received.headers["authorization"] == "Bearer key-of-the-test"
        assert "x-goog-api-key" not in told.received.headers
        assert told.received.json["contents"] == [{"role": "user", "parts": [{"text": "Hello."}]}]
        assert told.text == "The last boat leaves at 21:40."


@WHOLE_OR_STREAM
@pytest.mark.parametrize("form", ["openai_chat", "anthropic_messages"])
def test_models_of_other_vendors_are_asked_in_openais_format(form: str, streaming: bool) -> None:
    with upstream() as server:
        model = "deepseek-ai/deepseek-v3.2-maas"
        told = crossed(server, "vertex", asked(form, model, streaming), "openai_chat", options=OPTIONS)
        assert told.received.path == f"/v1/{PLACE}/endpoints/openapi/chat/completions"
        assert told.received.json["model"] == model


def test_a_clients_own_body_passes_but_for_the_model() -> None:
    with upstream() as server:
        more = {"top_k": 3, "tomorrow": {"x": [1.50]}, "system": [{"type": "text", "text": "s"}]}
        call = asked("anthropic_messages", "claude-x", False, **more)
        call.headers = {"anthropic-beta": "b-1", "anthropic-version": "2023-06-01", "x-api-key": "theirs"}
        told = crossed(server, "vertex", call, "anthropic_messages", options=OPTIONS)
        sent = json.loads(call.body)
        del sent["model"]
        assert told.received.json == {**sent, "anthropic_version": "vertex-2023-10-16"}
        assert b"1.5" in told.received.body
        assert told.received.headers["anthropic-beta"] == "b-1"
        assert not {"anthropic-version", "x-api-key"} & told.received.headers.keys()
        assert told.notes == {}


def test_a_version_that_the_client_said_stays() -> None:
    with upstream() as server:
        call = asked("anthropic_messages", "claude-x", False, anthropic_version="vertex-2027-01-01")
        assert (
            crossed(server, "vertex", call, "anthropic_messages", options=OPTIONS).received.json["anthropic_version"]
            == "vertex-2027-01-01"
        )


def test_a_route_may_set_fields_of_claudes_request() -> None:
    with upstream() as server:
        server.script(whole((SAMPLES / "anthropic_messages" / "plain_text.response.json").read_bytes()))
        call = asked("anthropic_messages", "fast", False)

        async def work(client: LLMProviderClient) -> None:
            await client.send(call, Attempt(model="claude-x", key=KEY, params={"max_tokens": 7}))

        calling("vertex", server.url, work, options=OPTIONS)
        assert server.last.path == f"{CLAUDE}/claude-x:rawPredict"
        assert server.last.json == {
            "max_tokens": 7,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello."}]}],
            "anthropic_version": "vertex-2023-10-16",
        }


def test_events_of_the_host_are_passed_and_say_nothing() -> None:
    data = (SAMPLES / "anthropic_messages" / "host_events.sse").read_bytes()
    with upstream() as server:
        server.script(stream(data, range(0, 2000, 53)))

        async def events(client: LLMProviderClient) -> Any:
            request = ChatRequest(model="claude-x", messages=(Message(role="user", parts=(Text(text="?"),)),))
            async with client.chat_completion_stream(request, KEY) as pieces:
                return collect([event async for event in pieces])

        answer = calling("vertex", server.url, events, options=OPTIONS)
        assert (answer.text, answer.usage.input, answer.usage.output) == ("The ferry waits for nobody.", 21, 9)

        async def relayed(client: LLMProviderClient) -> bytes:
            call = asked("anthropic_messages", "claude-x", True)
            opened = await client.open(call, Attempt(model="claude-x", key=KEY))
            return (await drained(opened, CLIENT_SIDES["anthropic_messages"]))[0]

        server.script(stream(data))
        assert calling("vertex", server.url, relayed, options=OPTIONS) == data


GOOGLE = {"error": {"code": 429, "message": "Resource exhausted.", "status": "RESOURCE_EXHAUSTED"}}
EXPIRED = {"error": {"code": 401, "message": "Invalid credentials.", "status": "UNAUTHENTICATED"}}
ANTHROPIC = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded."}, "request_id": "req_1"}
BAD = {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: too many"}}


@pytest.mark.parametrize(
    ("model", "status", "body", "kind", "code"),
    [
        ("claude-x", 429, GOOGLE, RateLimitedError, "RESOURCE_EXHAUSTED"),
        ("claude-x", 429, [GOOGLE], RateLimitedError, "RESOURCE_EXHAUSTED"),
        ("claude-x", 401, EXPIRED, AuthenticationError, "UNAUTHENTICATED"),
        ("claude-x", 529, ANTHROPIC, OverloadedError, "overloaded_error"),
        ("claude-x", 400, BAD, InvalidRequestError, "invalid_request_error"),
        ("claude-x", 403, b"<html>no</html>", PermissionDeniedError, None),
        ("gemini-x", 429, GOOGLE, RateLimitedError, "RESOURCE_EXHAUSTED"),
        ("gemini-x", 401, EXPIRED, AuthenticationError, "UNAUTHENTICATED"),
        ("vendor/x", 400, {"error": {"message": "no", "code": "bad"}}, InvalidRequestError, "bad"),
    ],
)
@WHOLE_OR_STREAM
def test_an_error_is_told_in_whatever_words(
    model: str, status: int, body: Any, kind: type[PontageError], code: str | None, streaming: bool
) -> None:
    with upstream() as server:
        server.script(whole(body if isinstance(body, bytes) else json.dumps(body).encode(), status))
        with pytest.raises(kind) as raised:
            ask(server.url, "vertex", asked("openai_chat", model, streaming), options=OPTIONS)
    error = raised.value
    assert (type(error), error.upstream_status, error.upstream_code) == (kind, status, code)
    assert (error.provider, error.model) == ("vertex", model)


def test_a_stream_of_claude_that_fails_or_breaks() -> None:
    data = (SAMPLES / "anthropic_messages" / "host_events.sse").read_bytes()
    begun = data[: data.index(b"event: content_block_stop")]
    failed = begun + b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n'

    async def work(client: LLMProviderClient) -> None:
        request = ChatRequest(model="claude-x", messages=(Message(role="user", parts=(Text(text="?"),)),))
        async with client.chat_completion_stream(request, KEY) as pieces:
            async for _ in pieces:
                pass

    with upstream() as server:
        for script, kind in ((stream(failed), OverloadedError), (stream(begun), StreamTruncatedError)):
            server.script(script)
            with pytest.raises(kind):
                calling("vertex", server.url, work, options=OPTIONS)


def test_signatures_of_claude_are_good_on_every_platform() -> None:
    thought = Reasoning(text="Hm.", signature="sig")
    answer = claude_side().decode_response(
        json.dumps(
            {
                "content": [{"type": "thinking", "thinking": "Hm.", "signature": "sig"}, {"type": "text", "text": "a"}],
                "stop_reason": "end_turn",
            }
        ).encode()
    )
    assert answer.message.parts[0] == thought
    again = claude_side().encode_request(
        ChatRequest(model="claude-x", max_tokens=9, messages=(Message(role="user"), answer.message))
    )
    assert b'"signature":"sig"' in again.body


@pytest.mark.parametrize(
    ("location", "address"),
    [
        ("europe-west1", "https://europe-west1-aiplatform.googleapis.com"),
        ("global", "https://aiplatform.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        (None, "https://aiplatform.googleapis.com"),
    ],
)
def test_the_address_is_that_of_the_location(location: str | None, address: str) -> None:
    told = {"project": 123} | ({"location": location} if location else {})
    client = ProviderRegistry(Transport()).configure("vertex", ProviderSettings(options=told), {}).client
    assert client.config.base_url == address
    assert f"projects/123/locations/{location or 'global'}/" in client.config.endpoints[0].path


def test_a_missing_project_is_told() -> None:
    with pytest.raises(ConfigError, match=r"providers\.g\.options has no project") as raised:
        ProviderRegistry(Transport()).configure("g", ProviderSettings(type="vertex"), {})
    assert "GOOGLE_CLOUD_PROJECT" in str(raised.value.hint)
    needs = ProviderRegistry(Transport()).configure("vertex", ProviderSettings(options=OPTIONS), {}).client
    assert [option.name for option in needs.get_config_requirements().options] == ["project", "location", "api_version"]


def test_it_is_found_by_a_token_and_a_project() -> None:
    token = {"GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.t"}
    assert assemble(Config(), token).registry.get("vertex") is None
    found = assemble(Config(), {**token, "GOOGLE_CLOUD_PROJECT": "p", "CLOUD_ML_REGION": "us"}).registry.get("vertex")
    assert found is not None
    assert found.ready
    assert found.client.config.base_url == "https://aiplatform.us.rep.googleapis.com"
    assert found.has("gemini-of-tomorrow")
    assert found.has("claude-of-tomorrow")
    assert FACTORY.default_config().options["location"] == "global"
