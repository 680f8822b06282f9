"""The client for vLLM servers: their configuration, the OpenAI chat format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from pontage.dialects import openai_chat
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.providers.vllm.config import CHAT, CONFIG, EXTENSIONS, VERSION
from pontage.transport import Transport


class VLLMFactory:
    """Makes clients for vLLM servers."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. A base URL without a path gets `/v1`."""
        if not urlsplit(config.base_url).path.strip("/"):
            config = msgspec.structs.replace(config, base_url=config.base_url.rstrip("/") + VERSION)
        # Thinking goes back under the older name of its field, which newer releases read as well.
        side = openai_chat.provider_side(
            custom_tools=False,
            max_tokens_field="max_tokens",
            reasoning_field="reasoning_content",
            stop_limit=None,
            extensions=EXTENSIONS,
        )
        return HTTPProvider(config, [(CHAT, side)], transport)


FACTORY = VLLMFactory()
