"""Settings that only one type of provider has, the addresses they complete, and endpoints that claim models."""

from collections.abc import Mapping
from typing import Any

import pytest

from pontage.config import ProviderSettings
from pontage.dialects import anthropic_messages, openai_chat
from pontage.errors import ConfigError
from pontage.overlay import found_in, overlay
from pontage.providers.base import Attempt, Endpoint, Option, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.registry import BUILT_IN, ProviderRegistry
from pontage.transport import Transport
from tests.generated import PROVIDERS

ACME = ProviderConfig(
    provider_type="acme",
    title="Acme",
    base_url="https://{region}.acme.example",
    base_url_variables=("ACME_URL",),
    key_variables=("ACME_KEY",),
    endpoints=(
        Endpoint("openai_chat", "/{project}/chat"),
        Endpoint("anthropic_messages", "/{project}/{model}:ask", "/{project}/{model}:tell", models=("claude-*",)),
    ),
    operations=(Endpoint("openai_embeddings", "/{project}/embed"),),
    declared=(
        Option(name="region", meaning="Where it is.", variables=("ACME_REGION", "ACME_PLACE")),
        Option(name="project", meaning="Who pays."),
        Option(name="size", meaning="In tokens.", variables=("ACME_SIZE",), kind=int),
    ),
    options={"size": 7, "project": "ours"},
)


def overlaid(told: dict[str, Any], environ: Mapping[str, str] | None = None, **settings: Any) -> ProviderConfig:
    return overlay(ACME, "a", ProviderSettings(options=told, **settings), environ or {})


def test_options_complete_the_address_and_the_paths() -> None:
    config = overlaid({"region": "eu-1", "project": 42})
    assert config.base_url == "https://eu-1.acme.example"
    assert [endpoint.path for endpoint in config.endpoints] == ["/42/chat", "/42/{model}:ask"]
    assert [endpoint.path for endpoint in config.operations] == ["/42/embed"]
    assert config.endpoints[1].stream_path == "/42/{model}:tell"
    assert config.endpoints[1].models == ("claude-*",)


@pytest.mark.parametrize(
    ("told", "environ", "region"),
    [
        ({}, {"ACME_PLACE": "two", "ACME_REGION": "one"}, "one"),
        ({}, {"ACME_PLACE": "two", "ACME_REGION": ""}, "two"),
        ({"region": "mine"}, {"ACME_REGION": "one"}, "mine"),
    ],
)
def test_the_users_word_goes_before_the_first_variable(told: Any, environ: Any, region: str) -> None:
    assert overlaid(told, environ).options["region"] == region


def test_values_have_a_type() -> None:
    assert overlaid({"region": "r"}).options["size"] == 7
    assert overlaid({"region": "r"}, {"ACME_SIZE": "9"}).options["size"] == 9
    with pytest.raises(ConfigError, match=r"providers\.a\.options\.size"):
        overlaid({"region": "r", "size": "many"})
    with pytest.raises(ConfigError, match=r"providers\.a\.options\.region"):
        overlaid({"region": True})
    assert overlaid({"region": "r", "private": "true"}).private


def test_an_option_that_there_is_not_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"providers\.a\.options\.regoin is no option of acme") as raised:
        overlaid({"regoin": "r"})
    assert raised.value.hint == 'did you mean "region"?'


def test_what_is_missing_is_named_with_every_way_to_set_it() -> None:
    with pytest.raises(ConfigError, match=r"providers\.a\.options has no region") as raised:
        overlaid({})
    assert raised.value.hint == (
        "set ACME_REGION or ACME_PLACE in the environment, or providers.a.options.region in the configuration, "
        "or the whole address (ACME_URL or providers.a.base_url)"
    )
    with pytest.raises(ConfigError, match="has no project") as raised:
        overlaid({"region": "r", "project": ""})
    assert raised.value.hint == "set providers.a.options.project in the configuration"
    assert overlaid({}, base_url="https://proxy.example").base_url == "https://proxy.example"
    assert overlaid({}, {"ACME_REGION": "r"}, base_url="https://{region}.x").base_url == "https://r.x"
    with pytest.raises(ConfigError, match="has no planet") as raised:
        overlaid({}, base_url="https://{planet}.x")
    assert "providers.a.options.planet" in str(raised.value.hint)


@pytest.mark.parametrize("value", ["a/b", "..", "a..b", "a.b.", "@host", "a?b", "a#b", "a b", "ä", "{model}"])
def test_a_value_cannot_lead_elsewhere(value: str) -> None:
    with pytest.raises(ConfigError, match="region has characters"):
        overlaid({"region": value})


def test_it_is_found_in_an_environment_that_has_all_it_needs() -> None:
    assert found_in(ACME, {"ACME_KEY": "k", "ACME_REGION": "r"})
    assert found_in(ACME, {"ACME_KEY": "k", "ACME_URL": "https://proxy.example"})
    assert not found_in(ACME, {"ACME_KEY": "k"})
    assert not found_in(ACME, {"ACME_REGION": "r"})


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("google", {"api_version": "v1"}),
        ("ollama", {"context": "4096"}),
        ("compatible", {"done_optional": True, "stop_limit": None}),
        ("groq", {"max_tokens_field": "max_tokens"}),
    ],
)
def test_every_type_declares_its_own(kind: str, options: dict[str, Any]) -> None:
    registry = ProviderRegistry(Transport())
    settings = ProviderSettings(type=kind, base_url="http://127.0.0.1:9", options=options)
    client = registry.configure("x", settings, {}).client
    assert {option.name for option in client.get_config_requirements().options} >= options.keys()
    with pytest.raises(ConfigError, match="no option"):
        registry.configure("x", ProviderSettings(type=kind, base_url="http://x", options={"moon": 1}), {})


def test_an_endpoint_is_chosen_by_the_models_it_claims() -> None:
    config = overlaid({"region": "r"})
    sides = list(zip(config.endpoints, (openai_chat.provider_side(), anthropic_messages.provider_side()), strict=True))
    provider = HTTPProvider(config, sides, Transport())

    def target(model: str) -> str:
        [(endpoint, _)] = provider.sides_for(Attempt(model=model).model)
        return provider.target_for(endpoint, model, True)

    assert target("claude-x@1") == "/ours/claude-x@1:tell"
    assert target("gpt-5") == "/ours/chat"


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_a_providers_page_tells_its_options_that_variables_set(kind: str) -> None:
    page = (PROVIDERS / kind / "README.md").read_text(encoding="utf-8")
    for option in ProviderRegistry(Transport()).factory(kind).default_config().declared:
        assert not option.variables or all(f"`{name}`" in page for name in (option.name, *option.variables))
