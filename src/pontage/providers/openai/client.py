"""The client for OpenAI: its configuration, the OpenAI chat format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from pontage.dialects import openai_chat
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.providers.openai.config import CHAT, CONFIG
from pontage.transport import Transport


class OpenAIFactory:
    """Makes clients for OpenAI."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`."""
        return HTTPProvider(config, [(CHAT, openai_chat.provider_side())], transport)


FACTORY = OpenAIFactory()
