"""The client for Amazon Bedrock: its configuration, the formats it takes, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from pontage.dialects import anthropic_messages, openai_chat, openai_responses
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.bedrock.config import CONFIG, RUNTIME_ENDPOINTS, RUNTIME_HOST, SUFFIXES
from pontage.providers.bedrock.translate import at_bedrock
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport

SIDES = {
    side.name: side
    for side in (
        at_bedrock(anthropic_messages.provider_side()),
        at_bedrock(openai_responses.provider_side(family=CONFIG.family)),
        at_bedrock(
            openai_chat.provider_side(
                max_tokens_field="max_tokens", reasoning_field="reasoning_content", custom_tools=False
            )
        ),
    )
}
"""By their formats. Claude's signatures are Anthropic's: the vendor says that they are good on every
platform."""


class BedrockFactory:
    """Makes clients for Amazon Bedrock."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. The base URL may have a path as the SDKs have it."""
        config = at_host(config)
        return HTTPProvider(config, [(endpoint, SIDES[endpoint.dialect]) for endpoint in config.endpoints], transport)


def at_host(config: ProviderConfig) -> ProviderConfig:
    """`config` with the endpoints of its host, whose list of models is there on one of them only."""
    base_url = config.base_url
    for suffix in SUFFIXES:
        base_url = base_url.removesuffix(suffix)
    if (urlsplit(base_url).hostname or "").startswith(RUNTIME_HOST):
        config = msgspec.structs.replace(config, endpoints=RUNTIME_ENDPOINTS, models_path=None)
    return msgspec.structs.replace(config, base_url=base_url)


FACTORY = BedrockFactory()
