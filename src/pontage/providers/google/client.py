"""The client for Google Gemini: its configuration, the generateContent format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from pontage.dialects import google_generate
from pontage.providers.base import Endpoint, LLMProviderClient, ProviderConfig
from pontage.providers.google.config import CONFIG, GENERATE
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport


class GoogleProvider(HTTPProvider):
    """Gemini names the model in the path; names may come as `models/x` or `tunedModels/x`."""

    def target_for(self, endpoint: Endpoint, model: str, stream: bool) -> str:
        """See `HTTPProvider.target_for`."""
        target = super().target_for(endpoint, model.removeprefix("models/"), stream)
        return target.replace("/models/tunedModels/", "/tunedModels/", 1)


class GoogleFactory:
    """Makes clients for Google Gemini."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. A base URL without a version (the SDKs' form) gets the default one."""
        if not urlsplit(config.base_url).path.strip("/"):
            version = str(config.options.get("api_version", "v1beta"))
            config = msgspec.structs.replace(config, base_url=f"{config.base_url.rstrip('/')}/{version}")
        return GoogleProvider(config, [(GENERATE, google_generate.provider_side())], transport)


FACTORY = GoogleFactory()
