"""The client for Anthropic: its configuration, the Messages format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from pontage.dialects import anthropic_messages
from pontage.providers.anthropic.config import CONFIG, MESSAGES
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport


class AnthropicFactory:
    """Makes clients for Anthropic."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`."""
        return HTTPProvider(config, [(MESSAGES, anthropic_messages.provider_side())], transport)


FACTORY = AnthropicFactory()
