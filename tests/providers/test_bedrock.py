"""Amazon Bedrock: which path serves which vendor's models, in which format, and how AWS tells its own errors."""

from typing import Any

import pytest

from pontage.assemble import assemble
from pontage.config import Config, ProviderSettings
from pontage.domain import ChatRequest, Message, Text, collect
from pontage.errors import (
    AuthenticationError,
    ConfigError,
    InvalidRequestError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    ServerError,
    UpstreamTimeoutError,
)
from pontage.providers.base import LLMProviderClient
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.providers.clouds import FORMS, KEY, ask, asked, calling, crossed
from tests.replay.upstream import stream, upstream, whole
from tests.specimens import SAMPLES

SERVED = {
    "anthropic.claude-sonnet-5-5": ("/anthropic/v1/messages", "anthropic_messages"),
    "global.anthropic.claude-sonnet-5-5": ("/anthropic/v1/messages", "anthropic_messages"),
    "openai.gpt-5.5": ("/openai/v1/responses", "openai_responses"),
    "us.openai.gpt-daybreak-blue-5.6-sol": ("/openai/v1/responses", "openai_responses"),
    "openai.gpt-oss-safeguard-20b": ("/v1/chat/completions", "openai_chat"),
    "qwen.qwen3-235b-a22b-2507": ("/v1/chat/completions", "openai_chat"),
    "a-vendor.of-tomorrow": ("/v1/chat/completions", "openai_chat"),
}
WHOLE_OR_STREAM = pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])


@pytest.mark.parametrize("form", FORMS)
@WHOLE_OR_STREAM
@pytest.mark.parametrize("model", SERVED)
def test_every_client_reaches_every_vendors_models(form: str, streaming: bool, model: str) -> None:
    path, spoken = SERVED[model]
    with upstream() as server:
        call = asked(form, model, streaming)
        told = crossed(server, "bedrock", call, spoken)
        assert (told.received.path, told.received.query) == (path, "")
        assert told.received.headers["authorization"] == "Bearer key-of-the-test"
        assert "x-api-key" not in told.received.headers
        body = told.received.json
        assert body["model"] == model
        assert bool(body.get("stream")) == streaming
        if form == spoken and not (streaming and spoken == "openai_chat"):
            assert told.received.body == call.body
        if spoken == "anthropic_messages":
            assert told.received.headers["anthropic-version"] == "2023-06-01"
            assert body["max_tokens"] >= 99
        assert told.text


@pytest.mark.parametrize("form", FORMS)
def test_open_models_of_openai_are_asked_in_the_clients_own_format(form: str) -> None:
    spoken = form if form == "openai_responses" else "openai_chat"
    with upstream() as server:
        told = crossed(server, "bedrock", asked(form, "openai.gpt-oss-120b", False), spoken)
        assert told.received.path == {"openai_responses": "/v1/responses"}.get(form, "/v1/chat/completions")


def test_a_clients_beta_passes_to_claude() -> None:
    with upstream() as server:
        call = asked("anthropic_messages", "anthropic.claude-x", False)
        call.headers = {"anthropic-beta": "b-1", "anthropic-version": "2030-01-01"}
        told = crossed(server, "bedrock", call, "anthropic_messages")
        assert told.received.headers["anthropic-beta"] == "b-1"
        assert told.received.headers["anthropic-version"] == "2030-01-01"


def test_a_stream_of_claude_in_events() -> None:
    async def work(client: LLMProviderClient) -> Any:
        question = ChatRequest(model="anthropic.claude-x", messages=(Message(role="user", parts=(Text(text="?"),)),))
        async with client.chat_completion_stream(question, KEY) as events:
            return collect([event async for event in events])

    with upstream() as server:
        server.script(stream((SAMPLES / "anthropic_messages" / "parallel_tools.sse").read_bytes(), range(0, 5000, 37)))
        answer = calling("bedrock", server.url, work)
        assert answer.stop.reason == "tool_calls"
        assert server.last.json["stream"] is True


AWS: list[tuple[int, str, str, type[PontageError]]] = [
    (400, "ValidationException", "message", InvalidRequestError),
    (400, "ServiceQuotaExceededException", "message", QuotaExceededError),
    (403, "AccessDeniedException", "Message", PermissionDeniedError),
    (403, "ExpiredTokenException:http://x/", "message", AuthenticationError),
    (408, "ModelTimeoutException", "message", UpstreamTimeoutError),
    (424, "ModelErrorException", "message", ServerError),
    (429, "ThrottlingException:http://internal.amazon.com/coral/", "message", RateLimitedError),
    (429, "ModelNotReadyException", "message", OverloadedError),
    (500, "InternalServerException", "message", ServerError),
    (503, "ServiceUnavailableException", "message", OverloadedError),
]


@pytest.mark.parametrize(("status", "name", "field", "kind"), AWS)
@pytest.mark.parametrize("model", ["anthropic.claude-x", "openai.gpt-5.5", "qwen.qwen3"])
def test_errors_of_aws_itself(model: str, status: int, name: str, field: str, kind: type[PontageError]) -> None:
    with upstream() as server:
        server.script(
            whole({field: "It says why."}, status, x_amzn_ErrorType=name, x_amzn_RequestId="aws-1", retry_after="2")
        )
        with pytest.raises(kind) as raised:
            ask(server.url, "bedrock", asked("openai_chat", model, False))
    error = raised.value
    assert (type(error), error.message, error.upstream_status) == (kind, "It says why.", status)
    assert (error.upstream_code, error.request_id, error.retry_after) == (name.partition(":")[0], "aws-1", 2.0)


OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded."}}
UNSUPPORTED = {"error": {"message": "no such route", "type": "invalid_request_error", "code": "unsupported"}}


@pytest.mark.parametrize(
    ("model", "status", "headers", "body", "kind"),
    [
        ("anthropic.claude-x", 529, {}, OVERLOADED, OverloadedError),
        ("openai.gpt-5.5", 400, {}, UNSUPPORTED, InvalidRequestError),
        ("qwen.qwen3", 400, {"x_amzn_errortype": "ValidationException"}, UNSUPPORTED, InvalidRequestError),
        ("qwen.qwen3", 500, {"x_amzn_errortype": "InternalServerException"}, b"<html>", ServerError),
        ("qwen.qwen3", 403, {"x_amzn_errortype": "NewException"}, {"message": "x"}, PermissionDeniedError),
    ],
)
def test_errors_of_the_vendors(model: str, status: int, headers: Any, body: Any, kind: type[PontageError]) -> None:
    with upstream() as server:
        server.script(whole(body, status, **headers))
        with pytest.raises(kind):
            ask(server.url, "bedrock", asked("openai_chat", model, True))


def test_what_is_missing_is_told() -> None:
    with pytest.raises(ConfigError, match=r"providers\.bedrock\.options has no region") as raised:
        ProviderRegistry(Transport()).configure("bedrock", ProviderSettings(), {"AWS_BEARER_TOKEN_BEDROCK": "k"})
    assert all(word in str(raised.value.hint) for word in ("AWS_REGION or AWS_DEFAULT_REGION", "options.region"))


def test_it_is_found_by_its_key_and_region() -> None:
    key = {"AWS_BEARER_TOKEN_BEDROCK": "k"}
    assert assemble(Config(), key).registry.get("bedrock") is None
    found = assemble(Config(), {**key, "AWS_DEFAULT_REGION": "eu-west-1"}).registry.get("bedrock")
    assert found is not None
    assert found.client.config.base_url == "https://bedrock-mantle.eu-west-1.api.aws"
    assert found.has("anthropic.claude-of-tomorrow")
    assert not found.has("claude-opus-5")


@pytest.mark.parametrize("path", ["/openai/v1", "/openai/v1/", "/v1", "/anthropic", "/"])
def test_the_address_may_have_the_path_or_not(path: str) -> None:
    with upstream() as server:
        server.script(whole((SAMPLES / "openai_chat" / "plain.response.json").read_bytes()))
        ask(server.url + path, "bedrock", asked("openai_chat", "qwen.qwen3", False))
        assert server.last.path == "/v1/chat/completions"


def test_the_other_host_has_openais_formats_only() -> None:
    settings = ProviderSettings(
        base_url="https://bedrock-runtime.{region}.amazonaws.com/openai/v1", options={"region": "us-west-2"}
    )
    client = ProviderRegistry(Transport()).configure("bedrock", settings, {}).client
    assert client.config.base_url == "https://bedrock-runtime.us-west-2.amazonaws.com"
    assert [endpoint.path for endpoint in client.config.endpoints] == [
        "/openai/v1/chat/completions",
        "/openai/v1/responses",
    ]
    assert client.config.models_path is None


def test_its_own_list_is_the_free_one() -> None:
    with upstream() as server:
        server.script(whole({"data": [{"id": "openai.gpt-oss-20b"}]}))
        [info] = calling("bedrock", server.url, lambda client: client.list_models(KEY))
        assert (info.id, server.last.path) == ("openai.gpt-oss-20b", "/v1/models")


@pytest.mark.parametrize("kind", ["bedrock", "vertex"])
def test_of_the_catalogue_only_what_is_served_here_is_listed(kind: str) -> None:
    options = {"bedrock": {"region": "r"}, "vertex": {"project": "p"}}[kind]
    engine = assemble(Config(providers={kind: ProviderSettings(api_key=KEY, options=options)}), {})
    listed = [info.id.removeprefix(f"{kind}/") for info in engine.inventory.known_models()]
    assert len(listed) > 30
    assert not [name for name in listed if name.startswith(("amazon.", "meta.", "us.", "mistral-", "semantic-"))]
