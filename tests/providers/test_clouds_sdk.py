"""The vendors' own clients for clouds and Pontage ask the same: in the same place, with the same key and body."""

from collections.abc import Callable
from typing import Any

import pytest
from anthropic import Anthropic, AnthropicBedrockMantle, AnthropicVertex
from google.auth.credentials import AnonymousCredentials
from google.genai import Client as GoogleClient
from openai import AzureOpenAI, BedrockOpenAI, OpenAI

from pontage.config import Secret
from tests.providers.clouds import PLAIN, asked, crossed
from tests.replay.upstream import Received, Upstream, stream, upstream, whole
from tests.specimens import SAMPLES

TURN: Any = {"role": "user", "content": "Hello."}
TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
VERSION = "2025-04-01-preview"
PLACE = {"project": "our-project", "location": "europe-west1"}


class Pass(AnonymousCredentials):
    """An access token that never ends."""

    def __init__(self) -> None:
        super().__init__()
        self.token = "key"

    @property
    def expired(self) -> bool:
        return False

    @property
    def valid(self) -> bool:
        return True

    def apply(self, headers: Any, token: str | None = None) -> None:
        headers["authorization"] = f"Bearer {token or self.token}"

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        self.apply(headers)


def chat(client: OpenAI, model: str, streaming: bool) -> None:
    if streaming:
        list(client.chat.completions.create(model=model, messages=[TURN], stream=True))
    else:
        client.chat.completions.create(model=model, messages=[TURN])


def respond(client: OpenAI, model: str, streaming: bool) -> None:
    if streaming:
        list(client.responses.create(model=model, input=[TURN], stream=True))
    else:
        client.responses.create(model=model, input=[TURN])


def message(client: Anthropic, model: str, streaming: bool) -> None:
    if streaming:
        list(client.messages.create(model=model, messages=[TURN], max_tokens=99, stream=True))
    else:
        client.messages.create(model=model, messages=[TURN], max_tokens=99)


def dated(url: str, **key: str) -> AzureOpenAI:
    return AzureOpenAI(azure_endpoint=url, api_version=VERSION, max_retries=0, **key)  # type: ignore[call-overload]


def azure_key(url: str, streaming: bool) -> None:
    chat(dated(url, api_key="key"), "d", streaming)


def azure_token(url: str, streaming: bool) -> None:
    chat(dated(url, azure_ad_token=TOKEN), "d", streaming)


def azure_responses(url: str, streaming: bool) -> None:
    respond(dated(url, api_key="key"), "d", streaming)


def vertex_claude(url: str, streaming: bool) -> None:
    client = AnthropicVertex(
        region=PLACE["location"], project_id=PLACE["project"], access_token="key", base_url=f"{url}/v1", max_retries=0
    )
    message(client, "claude-sonnet-4-5@20250929", streaming)  # type: ignore[arg-type]


def vertex_gemini(url: str, streaming: bool) -> None:
    with GoogleClient(
        vertexai=True, credentials=Pass(), http_options={"base_url": url, "api_version": "v1beta1"}, **PLACE
    ) as client:
        if streaming:
            list(client.models.generate_content_stream(model="gemini-2.5-pro", contents="Hello."))
        else:
            client.models.generate_content(model="gemini-2.5-pro", contents="Hello.")


def bedrock_claude(url: str, streaming: bool) -> None:
    client = AnthropicBedrockMantle(api_key="key", base_url=f"{url}/anthropic", max_retries=0, aws_region="us-east-1")
    message(client, "anthropic.claude-sonnet-5-5", streaming)  # type: ignore[arg-type]


def bedrock_responses(url: str, streaming: bool) -> None:
    client = BedrockOpenAI(api_key="key", base_url=f"{url}/openai/v1", max_retries=0, aws_region="us-east-1")
    respond(client, "openai.gpt-5.5", streaming)


CASES: list[tuple[Callable[[str, bool], None], str, str, str, dict[str, str]]] = [
    (azure_key, "azure", "openai_chat", "d", {"api_version": VERSION}),
    (azure_token, "azure", "openai_chat", "d", {"api_version": VERSION}),
    (azure_responses, "azure", "openai_responses", "d", {"api_version": VERSION}),
    (vertex_claude, "vertex", "anthropic_messages", "claude-sonnet-4-5@20250929", PLACE),
    (vertex_gemini, "vertex", "google_generate", "gemini-2.5-pro", PLACE),
    (bedrock_claude, "bedrock", "anthropic_messages", "anthropic.claude-sonnet-5-5", {}),
    (bedrock_responses, "bedrock", "openai_responses", "openai.gpt-5.5", {}),
]


def script(server: Upstream, form: str, streaming: bool) -> None:
    sample = SAMPLES / form / PLAIN[form]
    if streaming:
        server.script(stream(sample.with_suffix(".sse").read_bytes()))
    else:
        server.script(whole(sample.with_suffix(".response.json").read_bytes()))


def told(received: Received) -> tuple[Any, ...]:
    """What counts of a request. Usage in streams is what Pontage asks for beside it, and the version of Anthropic's API
    on Vertex AI is the oldest one, which every model takes."""
    body = {name: value for name, value in received.json.items() if value is not False and name != "stream_options"}
    body["anthropic_version"] = "anthropic_version" in body
    keys = [received.headers.get(name) for name in ("authorization", "api-key", "x-api-key")]
    return received.path, received.query, keys, body


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("theirs", "kind", "form", "model", "options"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_the_vendors_client_asks_the_same(
    theirs: Callable[[str, bool], None], kind: str, form: str, model: str, options: dict[str, str], streaming: bool
) -> None:
    with upstream() as server:
        script(server, form, streaming)
        theirs(server.url, streaming)
        wanted = told(server.last)
        key = Secret(TOKEN if theirs is azure_token else "key")
        crossed(server, kind, asked(form, model, streaming), form, key, options=options)
        assert told(server.last) == wanted
