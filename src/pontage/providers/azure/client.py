"""The client for Azure OpenAI: its configuration, OpenAI's formats, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from pontage.config import Secret
from pontage.dialects import openai_chat, openai_responses
from pontage.providers.azure.config import CONFIG, DATED_ENDPOINTS, DATED_MODELS_PATH, DATED_OPERATIONS, SUFFIXES
from pontage.providers.base import Endpoint, LLMProviderClient, ModelInfo, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport

SIDES = {
    side.name: side
    for side in (
        openai_chat.provider_side(extensions=frozenset()),
        openai_responses.provider_side(family=CONFIG.provider_type),
    )
}
"""By their formats. Reasoning that was encrypted here can be read here only."""


class AzureProvider(HTTPProvider):
    """Azure OpenAI lists the models that a resource could deploy, which is no list of its deployments."""

    async def list_models(self, api_key: Secret | None) -> list[ModelInfo]:
        """See `HTTPProvider.list_models`. The list is asked for, as it proves address and key, and left aside."""
        await super().list_models(api_key)
        return self.get_available_models()


class AzureFactory:
    """Makes clients for Azure OpenAI."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. The base URL may end in `/openai` or `/openai/v1`."""
        config = in_version(config)
        return AzureProvider(config, [(endpoint, SIDES[endpoint.dialect]) for endpoint in config.endpoints], transport)


def in_version(config: ProviderConfig) -> ProviderConfig:
    """`config` with the paths of its API's version, and the version in all of them."""
    base_url = config.base_url
    for suffix in SUFFIXES:
        base_url = base_url.removesuffix(suffix)
    config = msgspec.structs.replace(config, base_url=base_url)
    version = config.options.get("api_version")
    if not version:
        return config
    if version[0].isdigit():
        config = msgspec.structs.replace(
            config, endpoints=DATED_ENDPOINTS, operations=DATED_OPERATIONS, models_path=DATED_MODELS_PATH
        )
    query = f"?api-version={quote(version)}"
    return msgspec.structs.replace(
        config,
        endpoints=tuple(asked_with(query, endpoint) for endpoint in config.endpoints),
        operations=tuple(asked_with(query, endpoint) for endpoint in config.operations),
        models_path=f"{config.models_path}{query}",
    )


def asked_with(query: str, endpoint: Endpoint) -> Endpoint:
    """`endpoint` with a query behind its path."""
    return msgspec.structs.replace(endpoint, path=endpoint.path + query)


FACTORY = AzureFactory()
