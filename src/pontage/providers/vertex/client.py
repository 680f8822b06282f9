"""The client for Vertex AI: its configuration, its vendors' formats, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

import msgspec

from pontage.dialects import google_generate, openai_chat
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.providers.vertex.config import ADDRESSES, CONFIG
from pontage.providers.vertex.translate import claude_side
from pontage.transport import Transport

SIDES = {
    side.name: side
    for side in (
        google_generate.provider_side(family=CONFIG.family),
        claude_side(),
        openai_chat.provider_side(
            max_tokens_field="max_tokens", reasoning_field="reasoning_content", custom_tools=False
        ),
    )
}
"""By their formats."""


class VertexFactory:
    """Makes clients for Vertex AI."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`."""
        config = msgspec.structs.replace(config, base_url=ADDRESSES.get(config.base_url, config.base_url))
        return HTTPProvider(config, [(endpoint, SIDES[endpoint.dialect]) for endpoint in config.endpoints], transport)


FACTORY = VertexFactory()
