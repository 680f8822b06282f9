"""Providers that are only data: every row makes a client, and is true to its word."""

import asyncio
import json
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from pontage.assemble import assemble
from pontage.config import Config, ProviderSettings, Secret
from pontage.dialects.envelope import Call
from pontage.dialects.openai_chat.variant import EXTENSIONS, Variant
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import (
    ChatRequest,
    FunctionTool,
    Message,
    Origin,
    Reasoning,
    ReasoningOptions,
    Text,
    ToolCall,
)
from pontage.errors import InvalidRequestError
from pontage.providers.base import Attempt, LLMProviderClient, ProviderHealth
from pontage.providers.compatible.config import MANNERS
from pontage.providers.compatible.vendor import VendorFactory, side_of
from pontage.providers.rows import Row, rows
from pontage.registry import ALIASES, BUILT_IN, ProviderRegistry, provider_types
from pontage.transport import Transport
from tests.replay.upstream import upstream, whole

EACH = pytest.mark.parametrize("name", rows())
CHATS = pytest.mark.parametrize("name", [name for name, row in rows().items() if row.chats])
KEY = Secret("key-of-the-test")
ANSWER = {
    "id": "a-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
CALL = {"id": "c1", "name": "look"}


def client_of(name: str, settings: ProviderSettings | None = None, **environ: str) -> LLMProviderClient:
    return ProviderRegistry(Transport()).configure(name, settings or ProviderSettings(), environ).client


def written(name: str, **fields: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """What a row's server is told, and the kind of every note by its place."""
    question = Message(role="user", parts=(Text(text="Hello."),))
    request = ChatRequest(**{"model": "m", "messages": (question,), **fields})
    encoded = side_of(rows()[name]).encode_request(request)
    return json.loads(encoded.body), {note.where: note.kind for note in encoded.notes}


@EACH
def test_a_row_is_a_provider_type(name: str) -> None:
    row = rows()[name]
    client = client_of(name)
    config = client.config
    assert (config.name, config.provider_type, config.title) == (name, name, row.title)
    assert name in provider_types()
    assert name in ProviderRegistry(Transport()).types()
    assert not {name} & {*BUILT_IN, *ALIASES}
    assert name.isalnum()
    assert name.islower()
    assert client.get_config_requirements().needs_key == row.needs_key == bool(row.key_variables)
    assert client.get_available_models() == []
    assert not client.supports_model("a-model-that-nobody-makes")


@EACH
def test_a_row_can_be_trusted(name: str) -> None:
    row = rows()[name]
    address = urlsplit(row.base_url)
    assert address.scheme == "https" or (address.hostname == "127.0.0.1" and not row.needs_key)
    assert client_of(name).config.private == (address.hostname == "127.0.0.1")
    assert not row.base_url.endswith("/")
    assert row.source.startswith("https://")
    assert row.as_of >= "2026-01"
    assert row.dialect in MANNERS
    assert row.models_path in ("", MANNERS[row.dialect].models_path)
    assert (row.key_page or "").startswith("https://") == row.needs_key
    assert not any(header.lower() == "authorization" for header in (*row.headers, *row.forward))


@CHATS
def test_the_deviations_of_a_row_are_options_of_its_format(name: str) -> None:
    variant = rows()[name].variant
    assert set(variant) <= set(Variant.__struct_fields__)
    assert set(variant.get("extensions", ())) <= EXTENSIONS
    assert sorted(variant.get("extensions", ())) == list(variant.get("extensions", ()))
    assert variant["max_tokens_field"] in ("max_tokens", "max_completion_tokens")
    assert variant.get("reasoning_field") in (None, "reasoning", "reasoning_content")
    assert all(variant[key] != getattr(Variant(), key) for key in set(variant) - {"max_tokens_field", "extensions"})


def test_no_two_rows_share_a_variable_an_address_or_a_family() -> None:
    for told in ("key_variables", "base_url_variables", "families"):
        counted = Counter(one for row in rows().values() for one in getattr(row, told))
        assert [one for one, count in counted.items() if count > 1] == []
    assert max(Counter(row.base_url for row in rows().values()).values()) == 1
    taken = {
        variable
        for kind in BUILT_IN
        for variable in ProviderRegistry(Transport()).factory(kind).default_config().key_variables
    }
    assert not taken & {variable for row in rows().values() for variable in row.key_variables}


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, []),
        ({"GROQ_API_KEY": "k"}, ["groq"]),
        ({"GROQ_API_KEY": ""}, []),
        ({"XAI_API_KEYS": "a,b"}, ["xai"]),
        ({"HF_TOKEN": "k", "DEEPSEEK_API_KEY": "k"}, ["deepseek", "huggingface"]),
        ({"TOGETHER_BASE_URL": "https://proxy.example"}, []),
        ({"GITHUB_TOKEN": "k"}, []),
        ({"OPENAI_API_KEY": "k", "MOONSHOTAI_API_KEY": "k"}, ["openai", "moonshot"]),
    ],
)
def test_vendors_are_found_by_their_keys(environ: dict[str, str], found: list[str]) -> None:
    async def main() -> list[str]:
        engine = assemble(Config(), environ)
        try:
            return [one.name for one in engine.registry.all()]
        finally:
            await engine.aclose()

    assert asyncio.run(main()) == [*found, "simulated"]


@CHATS
def test_a_row_is_called_at_its_path_with_its_key(name: str) -> None:
    async def main(base_url: str) -> tuple[Any, ProviderHealth]:
        transport = Transport()
        try:
            settings = ProviderSettings(base_url=base_url)
            client = ProviderRegistry(transport).configure(name, settings, {}).client
            question = ChatRequest(model="m", messages=(Message(role="user", parts=(Text(text="Hello."),)),))
            return await client.chat_completion(question, KEY), await client.health_check(KEY)
        finally:
            await transport.aclose()

    with upstream() as server:
        server.play(lambda asked: whole(ANSWER if asked.method == "POST" else {"object": "list", "data": []}))
        answer, health = asyncio.run(main(server.url))
        well = True if rows()[name].models_path else None  # who has no list is not asked
        assert (answer.text, answer.provider, health.healthy) == ("Hello.", name, well)
        base = urlsplit(rows()[name].base_url).path  # as a base URL without a path gets the row's own
        paths = [f"{base}/chat/completions", *([f"{base}/models"] if rows()[name].models_path else [])]
        assert [asked.path for asked in server.received] == paths
        assert {asked.headers["authorization"] for asked in server.received} == {f"Bearer {KEY.reveal()}"}


def test_a_base_url_with_a_path_is_taken_as_it_is() -> None:
    assert client_of("groq", GROQ_BASE_URL="https://proxy.example").config.base_url == "https://proxy.example/openai/v1"
    settings = ProviderSettings(base_url="https://proxy.example/groq")
    assert client_of("groq", settings).config.base_url == "https://proxy.example/groq"
    assert client_of("deepseek").config.base_url == "https://api.deepseek.com"


def test_a_vendor_that_speaks_another_format_as_well_can_be_asked_in_it() -> None:
    settings = ProviderSettings(base_url="https://api.deepseek.com/anthropic", dialect="anthropic_messages")
    config = client_of("deepseek", settings, DEEPSEEK_API_KEY="k").config
    assert (config.base_url, config.key_header) == ("https://api.deepseek.com/anthropic", "x-api-key")
    assert config.models_path == "/v1/models"


def test_fixed_headers_are_those_of_the_row() -> None:
    assert client_of("github").config.headers == (("x-github-api-version", "2022-11-28"),)
    mine = ProviderSettings(headers={"X-GitHub-Api-Version": "2030-01-01"})
    assert client_of("github", mine).config.headers == (("x-github-api-version", "2030-01-01"),)


def test_a_row_may_speak_any_format() -> None:
    told = {"title": "A", "base_url": "https://a.example", "source": "https://a.example/docs", "as_of": "2026-11"}
    for dialect in MANNERS:
        assert side_of(Row(**told, dialect=dialect)).name == dialect


def test_a_clients_headers_pass_where_the_row_says() -> None:
    async def main(base_url: str) -> None:
        transport = Transport()
        try:
            provider = ProviderRegistry(transport).configure("openrouter", ProviderSettings(base_url=base_url), {})
            call = Call.received(CLIENT_SIDES["openai_chat"], b'{"model":"m","messages":[{}]}')
            call.headers = {"x-title": "A title", "x-other": "no"}
            await provider.client.send(call, Attempt(model="m", key=KEY))
        finally:
            await transport.aclose()

    with upstream() as server:
        server.script(whole(ANSWER))
        asyncio.run(main(server.url))
        assert server.last.headers["x-title"] == "A title"
        assert "x-other" not in server.last.headers
        assert server.last.body == b'{"model":"m","messages":[{}]}'


THOUGHT = Message(role="assistant", parts=(Reasoning(text="Hm."), ToolCall(arguments="{}", **CALL)))
UNTHOUGHT = Message(role="assistant", parts=(ToolCall(arguments="{}", **CALL),))


@pytest.mark.parametrize(
    ("name", "field"),
    [("deepseek", "reasoning_content"), ("groq", "reasoning"), ("openrouter", "reasoning"), ("perplexity", None)],
)
def test_earlier_thinking_goes_back_under_the_vendors_name(name: str, field: str | None) -> None:
    body, notes = written(name, messages=(THOUGHT,), tools=(FunctionTool(name="look"),))
    told = {key: value for key, value in body["messages"][0].items() if key.startswith("reasoning")}
    assert told == ({field: "Hm."} if field else {})
    assert notes == ({} if field else {"messages[0].parts[0]": "dropped"})


@pytest.mark.parametrize(("name", "renamed"), [("deepseek", True), ("together", True), ("groq", False)])
def test_a_limit_that_would_be_ignored_is_renamed_in_any_request(name: str, renamed: bool) -> None:
    side = side_of(rows()[name])
    newer, both = (
        b'{"model":"m","max_completion_tokens":9,"messages":[]}',
        b'{"model":"m","max_tokens":9,"messages":[]}',
    )
    adjusted = side.adjust_request(newer, "m", False)
    assert json.loads(adjusted) == json.loads(both if renamed else newer)
    assert (adjusted is newer) is not renamed
    assert side.adjust_request(adjusted, "m", False) is adjusted
    assert side.adjust_request(both, "m", False) is both


@pytest.mark.parametrize(("name", "owed"), [("deepseek", True), ("moonshot", True), ("groq", False)])
def test_thinking_is_owed_where_the_vendor_refuses_calls_without(name: str, owed: bool) -> None:
    body, notes = written(name, messages=(UNTHOUGHT,))
    assert (body["messages"][0].get("reasoning_content") == "") is owed
    assert notes == {}


@pytest.mark.parametrize(
    ("name", "options", "fields", "noted"),
    [
        ("deepseek", ReasoningOptions(enabled=False), {"thinking": {"type": "disabled"}}, {}),
        (
            "deepseek",
            ReasoningOptions(budget_tokens=2000),
            {"thinking": {"type": "enabled"}, "reasoning_effort": "low"},
            {"reasoning.effort": "injected", "reasoning.budget_tokens": "approximated"},
        ),
        (
            "fireworks",
            ReasoningOptions(budget_tokens=2000, effort="low"),
            {"thinking": {"type": "enabled", "budget_tokens": 2000}, "reasoning_effort": "low"},
            {},
        ),
        ("openrouter", ReasoningOptions(budget_tokens=2000), {"reasoning": {"max_tokens": 2000}}, {}),
        ("groq", ReasoningOptions(effort="low"), {"reasoning_effort": "low"}, {}),
        (
            "zai",
            ReasoningOptions(enabled=True, show=True),
            {"thinking": {"type": "enabled"}},
            {"reasoning.show": "dropped"},
        ),
    ],
)
def test_the_measure_of_thinking_is_said_as_the_vendor_takes_it(
    name: str, options: ReasoningOptions, fields: dict[str, Any], noted: dict[str, str]
) -> None:
    body, notes = written(name, reasoning=options, origin=Origin("anthropic_messages"))
    assert {key: body[key] for key in ("thinking", "reasoning", "reasoning_effort") if key in body} == fields
    assert notes == noted


def test_what_a_vendor_does_not_take_is_noted() -> None:
    foreign = Origin("anthropic_messages")
    for name, row in ((name, row) for name, row in rows().items() if row.chats):
        body, notes = written(name, top_k=40, max_tokens=9, stream=True, origin=foreign)
        taken = "top_k" in row.variant["extensions"]
        assert (body.get("top_k") == 40, notes) == (taken, {} if taken else {"top_k": "dropped"})
        assert body[row.variant["max_tokens_field"]] == 9
        assert ("stream_options" in body) is row.variant.get("ask_usage", True)


def test_a_row_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        VendorFactory("nobody")


def test_who_only_embeds_says_so_when_asked_to_chat() -> None:
    client = VendorFactory("voyage").create_client(VendorFactory("voyage").default_config(), Transport())
    call = Call.of(ChatRequest(model="voyage-3", messages=(Message(role="user", parts=(Text(text="hi"),)),)))
    with pytest.raises(InvalidRequestError, match="does not do chat"):
        asyncio.run(client.send(call, Attempt(model="voyage-3", key=Secret("k"))))
