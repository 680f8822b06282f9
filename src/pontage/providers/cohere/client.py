"""The client for Cohere: its configuration, the v2 chat format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from pontage.dialects import cohere_chat
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.cohere.config import CHAT, CONFIG
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport


class CohereFactory:
    """Makes clients for Cohere."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`."""
        return HTTPProvider(config, [(CHAT, cohere_chat.provider_side())], transport)


FACTORY = CohereFactory()
