"""The client for Ollama servers: their configuration, Ollama's own formats, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from pontage.dialects import ollama_chat
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.http import HTTPProvider
from pontage.providers.ollama.config import CHAT, CONFIG, GENERATE
from pontage.transport import Transport

DEFAULT_PORT = 11434
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what a server listens on; a client reaches it on loopback


class OllamaFactory:
    """Makes clients for Ollama servers."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. `context`, an option, is the window in tokens that is asked for by default."""
        context = config.options.get("context")
        sides = [
            (CHAT, ollama_chat.provider_side(context=context)),
            (GENERATE, ollama_chat.generate_provider_side(context=context)),
        ]
        return HTTPProvider(msgspec.structs.replace(config, base_url=complete(config.base_url)), sides, transport)


def complete(host: str) -> str:
    """A base URL from what OLLAMA_HOST may say: a URL, `host`, `host:port`, or the address a server listens on."""
    url = host if "://" in host else f"http://{host}"
    parts = urlsplit(url)
    name = parts.hostname or ""
    shown = "127.0.0.1" if name in (EVERY_ADDRESS, "::", "") else f"[{name}]" if ":" in name else name
    port = parts.port if parts.port is not None or "://" in host else DEFAULT_PORT
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


FACTORY = OllamaFactory()
