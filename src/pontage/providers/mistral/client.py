"""The client for Mistral: its configuration, its own chat format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

import msgspec

from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.providers.mistral.chat import provider_side
from pontage.providers.mistral.config import CHAT, CONFIG
from pontage.transport import Transport


class MistralFactory:
    """Makes clients for Mistral."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. The base URL may end in the version or not."""
        config = msgspec.structs.replace(config, base_url=config.base_url.removesuffix("/v1"))
        return HTTPProvider(config, [(CHAT, provider_side())], transport)


FACTORY = MistralFactory()
