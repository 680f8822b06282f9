import asyncio

import pytest

from pontage.config import ProviderSettings
from pontage.errors import ConfigError
from pontage.providers.base import ProviderConfig
from pontage.registry import ProviderRegistry, says_private
from pontage.transport import Transport


def configured(settings: ProviderSettings) -> ProviderConfig:
    async def main() -> ProviderConfig:
        transport = Transport()
        try:
            return ProviderRegistry(transport).configure("acme", settings, {}).client.config
        finally:
            await transport.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("dialect", "key_header", "models_path"),
    [
        (None, "authorization", "/models"),
        ("openai_chat", "authorization", "/models"),
        ("anthropic_messages", "x-api-key", "/v1/models"),
        ("google_generate", "x-goog-api-key", "/models"),
    ],
)
def test_the_format_brings_its_manners(dialect: str | None, key_header: str, models_path: str) -> None:
    config = configured(ProviderSettings(type="compatible", dialect=dialect, base_url="https://llm.acme.example/v1"))
    assert (config.name, config.key_header, config.models_path) == ("acme", key_header, models_path)
    assert not config.private


def test_the_users_header_wins_over_the_formats() -> None:
    settings = ProviderSettings(
        type="compatible",
        dialect="anthropic_messages",
        base_url="https://llm.acme.example",
        headers={"Anthropic-Version": "2026-10-21"},
    )
    assert configured(settings).headers == (("anthropic-version", "2026-10-21"),)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ProviderSettings(type="compatible"), "base_url"),
        (ProviderSettings(type="compatible", base_url="https://a.example", dialect="morse"), "morse"),
        (ProviderSettings(type="nobody"), "nobody"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_starts(settings: ProviderSettings, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        configured(settings)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000/v1", True),
        ("http://vllm:8000", True),
        ("http://[::1]:8000", True),
        ("http://gpu.lan", True),
        ("http://gpu.corp.internal", True),
        ("https://api.openai.com/v1", False),
        ("https://localhost.evil.example", False),
        ("https://llm.acme.example", False),
    ],
)
def test_an_address_says_itself_whether_it_is_inside(url: str, private: bool) -> None:
    assert says_private(url) is private
    assert configured(ProviderSettings(type="compatible", base_url=url)).private is private


def test_a_public_name_that_leads_inside_has_to_be_said() -> None:
    settings = ProviderSettings(type="compatible", base_url="https://llm.acme.example", options={"private": True})
    assert configured(settings).private
