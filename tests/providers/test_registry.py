"""From a configuration and the vendors' variables to clients; other packages come in by the same door."""

import asyncio
from importlib.metadata import EntryPoint

import msgspec
import pytest

from pontage.assemble import assemble
from pontage.config import Config, ModelSettings, ProviderSettings, Secret, Timeouts
from pontage.errors import ConfigError, ModelNotFoundError
from pontage.providers.base import LLMProviderClient, ModelInfo, ProviderConfig
from pontage.providers.simulated.client import FACTORY, SimulatedProvider
from pontage.registry import BUILT_IN, ENTRY_POINTS, Configured, ProviderRegistry
from pontage.transport import Transport


def registry() -> ProviderRegistry:
    return ProviderRegistry(Transport())


def configured(name: str, settings: ProviderSettings | None = None, **environ: str) -> Configured:
    return registry().configure(name, settings or ProviderSettings(), environ)


def revealed(keys: tuple[Secret | None, ...]) -> list[str | None]:
    return [key.reveal() if key is not None else None for key in keys]


PLACES = {"vertex": {"project": "p"}, "bedrock": {"region": "r"}}
"""What a provider needs to have an address."""


@pytest.mark.parametrize("kind", sorted(BUILT_IN.keys() - {"azure", "compatible", "ollama", "vllm"}))  # without models
def test_every_built_in_provider_describes_itself(kind: str) -> None:
    found = configured(kind, ProviderSettings(options=PLACES.get(kind, {})))
    client = found.client
    config = registry().factory(kind).default_config()
    assert (found.name, client.provider_type, config.provider_type) == (kind, kind, kind)
    assert client.get_available_models()
    assert all(client.supports_model(info.id) for info in client.get_available_models())
    assert not client.supports_model("a-model-that-nobody-makes")
    needs = client.get_config_requirements()
    assert needs.needs_key == config.needs_key
    assert bool(needs.key_variables) == needs.needs_key
    assert found.simulated == (kind == "simulated")
    assert found.ready == (not needs.needs_key)


VENDORS = [
    ("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
    ("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    ("anthropic", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"),
    ("mistral", "MISTRAL_API_KEY", "MISTRAL_BASE_URL"),
    ("google", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
    ("google", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
]


@pytest.mark.parametrize(("kind", "key", "base_url"), VENDORS)
def test_the_vendors_variables_are_known(kind: str, key: str, base_url: str) -> None:
    found = configured(kind, None, **{key: "k-1", base_url: "http://127.0.0.1:9/v9/"})
    assert revealed(found.keys) == ["k-1"]
    assert found.client.config.base_url == "http://127.0.0.1:9/v9"
    assert found.client.config.private


@pytest.mark.parametrize(("kind", "key", "base_url"), VENDORS)
def test_settings_go_before_variables(kind: str, key: str, base_url: str) -> None:
    settings = ProviderSettings(base_url="https://mine.example/v2", api_key=Secret("mine"))
    found = configured(kind, settings, **{key: "theirs", base_url: "https://theirs.example"})
    assert revealed(found.keys) == ["mine"]
    assert found.client.config.base_url == "https://mine.example/v2"


def test_the_vendors_own_address_is_never_private() -> None:
    assert not configured("openai").client.config.private
    assert configured("openai").client.config.base_url == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("settings", "environ", "keys"),
    [
        (ProviderSettings(), {}, []),
        (ProviderSettings(), {"OPENAI_API_KEY": ""}, []),
        (ProviderSettings(), {"OPENAI_API_KEYS": " a, b ,,c "}, ["a", "b", "c"]),
        (ProviderSettings(), {"OPENAI_API_KEYS": "a,b", "OPENAI_API_KEY": "c"}, ["a", "b"]),
        (ProviderSettings(api_keys=[Secret("a"), Secret("b")]), {"OPENAI_API_KEY": "c"}, ["a", "b"]),
        (ProviderSettings(api_key=Secret("a"), api_keys=[Secret("b")]), {}, ["a", "b"]),
    ],
)
def test_keys_make_a_pool(settings: ProviderSettings, environ: dict[str, str], keys: list[str]) -> None:
    found = configured("openai", settings, **environ)
    assert revealed(found.keys) == keys
    assert found.ready == bool(keys)


def test_the_pool_begins_with_the_next_key_each_time() -> None:
    found = configured("openai", ProviderSettings(api_keys=[Secret(name) for name in "abc"]))
    turns = ["".join(str(key) for key in revealed(found.keys_in_turn())) for _ in range(4)]
    assert turns == ["abc", "bca", "cab", "abc"]
    assert revealed(configured("openai", ProviderSettings(api_key=Secret("one"))).keys_in_turn()) == ["one"]
    assert revealed(configured("openai").keys_in_turn()) == [None]


def test_settings_overlay_the_defaults() -> None:
    settings = ProviderSettings(
        type="anthropic",
        headers={"Anthropic-Version": "2030-01-01", "X-Team": "blue"},
        timeouts=Timeouts(total=9.0),
        options={"private": "true"},
        models={"mine": ModelSettings(name="theirs"), "claude-opus-5": ModelSettings()},
    )
    found = configured("claude", settings)
    config = found.client.config
    assert (found.name, config.provider_type) == ("claude", "anthropic")
    assert dict(config.headers) == {"anthropic-version": "2030-01-01", "x-team": "blue"}
    assert len(config.headers) == 2
    assert config.timeouts.total == 9.0
    assert config.options["private"] is True
    assert found.wire_name("mine") == "theirs"
    assert found.wire_name("claude-opus-5") == "claude-opus-5"
    assert found.wire_name("unheard-of") == "unheard-of"
    assert found.model_ids()[:2] == ["mine", "claude-opus-5"]
    assert found.model_ids().count("claude-opus-5") == 1
    assert found.has("mine")
    assert found.has("claude-something-new")
    assert not found.has("gpt-5")


def test_a_name_that_is_no_type_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="acme"):
        configured("acme")
    with pytest.raises(ConfigError):
        configured("acme", ProviderSettings(type="nothing"))


@pytest.mark.parametrize(
    "base_url", ["ftp://x", "127.0.0.1:80", "http://user:pass@host", "http://0x7f.1", "http://a b", ""]
)
def test_an_address_that_cannot_be_used_is_a_configuration_error(base_url: str) -> None:
    if base_url == "":
        assert configured("openai", ProviderSettings(base_url="")).client.config.base_url == "https://api.openai.com/v1"
        return
    for kind in ("openai", "anthropic", "google"):
        with pytest.raises(ConfigError):
            configured(kind, ProviderSettings(base_url=base_url))


def test_aliases_name_the_same_provider() -> None:
    providers = registry()
    sim = providers.configure("sim", ProviderSettings(), {})
    assert sim.client.provider_type == "simulated"
    gemini = providers.configure("google", ProviderSettings(), {})
    assert providers.get("gemini") is gemini
    assert providers.get("nobody") is None
    assert providers.all() == [sim, gemini]
    with pytest.raises(ModelNotFoundError, match="sim, google"):
        providers.require("nobody")


def test_providers_are_found_by_their_keys() -> None:
    providers = registry()
    mine = providers.configure("openai", ProviderSettings(api_key=Secret("mine")), {})
    found = providers.discover({"OPENAI_API_KEY": "x", "ANTHROPIC_API_KEYS": "a,b", "GEMINI_API_KEY": "", "OTHER": "y"})
    assert [one.name for one in found] == ["anthropic"]
    assert providers.get("openai") is mine


class EchoFactory:
    """As another package would make it."""

    provider_type = "echoes"

    def default_config(self) -> ProviderConfig:
        return msgspec.structs.replace(
            FACTORY.default_config(), provider_type="echoes", models=(ModelInfo(id="echo"),), simulated=False
        )

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        return SimulatedProvider(config)


ECHOES = EchoFactory()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package with an entry point, as `importlib.metadata` tells of it."""
    point = EntryPoint("echoes", f"{__name__}:ECHOES", ENTRY_POINTS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: ECHOES)

    def entry_points(*, group: str, name: str = "echoes") -> list[EntryPoint]:
        return [point] if (group, name) == (ENTRY_POINTS, "echoes") else []

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)


def test_another_packages_provider_comes_by_the_same_door(installed: None) -> None:
    assert set(registry().types()) >= {*BUILT_IN, "echoes"}
    found = configured("mine", ProviderSettings(type="echoes"))
    assert (found.name, found.client.provider_type) == ("mine", "echoes")
    with pytest.raises(ConfigError):
        configured("other")


def test_a_factory_registered_by_hand_wins() -> None:
    providers = registry()
    providers.register(ECHOES)
    assert "echoes" in providers.types()
    assert providers.configure("echoes", ProviderSettings(), {}).has("echo")


def names(config: Config, **environ: str) -> list[str]:
    async def main() -> list[str]:
        engine = assemble(config, environ)
        try:
            return [one.name for one in engine.registry.all()]
        finally:
            await engine.aclose()

    return asyncio.run(main())


def test_an_engine_has_what_its_configuration_says() -> None:
    assert names(Config()) == ["simulated"]
    assert names(Config(), OPENAI_API_KEY="k") == ["openai", "simulated"]
    assert names(Config(environment="production"), GEMINI_API_KEY="k") == ["google"]
    told = Config(providers={"openai": ProviderSettings()})
    assert names(told, ANTHROPIC_API_KEY="k") == ["openai", "simulated"]
    assert names(Config(providers={"sim": ProviderSettings(type="simulated")})) in (["sim", "simulated"], ["sim"])


def test_a_provider_that_cannot_be_made_starts_no_engine() -> None:
    with pytest.raises(ConfigError):
        names(Config(providers={"openai": ProviderSettings(), "acme": ProviderSettings()}))
