"""The client for OpenAI: its configuration, both of its formats, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from pontage.dialects import openai_chat, openai_responses
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.providers.openai.config import CHAT, CONFIG, RESPONSES
from pontage.transport import Transport

OWN_FIELDS = frozenset({"prompt_cache_breakpoint", "prompt_cache_options", "web_search_options"})
"""Fields that most servers of the format do not know, and OpenAI does; of the others (`top_k`, ...) it knows none."""


class OpenAIFactory:
    """Makes clients for OpenAI."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`."""
        sides = [
            (CHAT, openai_chat.provider_side(extensions=OWN_FIELDS)),
            (RESPONSES, openai_responses.provider_side()),
        ]
        return HTTPProvider(config, sides, transport)


FACTORY = OpenAIFactory()
