"""Any server that speaks one of our formats: its address, its format, its key, and nothing else is needed."""

import asyncio
from typing import Any

import pytest

from pontage.config import ProviderSettings, Secret
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Text
from pontage.errors import ConfigError
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.real_clients.bridge import casting
from tests.replay.upstream import upstream, whole

HELLO = ChatRequest(model="m", messages=(Message(role="user", parts=(Text(text="Hello."),)),), max_tokens=9)
WAYS = {
    "openai_chat": ("/base/chat/completions", "authorization", "Bearer k"),
    "anthropic_messages": ("/base/v1/messages", "x-api-key", "k"),
    "google_generate": ("/base/models/m:generateContent", "x-goog-api-key", "k"),
}


@pytest.mark.parametrize("dialect", WAYS)
@pytest.mark.parametrize("key", [Secret("k"), None], ids=["key", "no key"])
def test_a_compatible_server(dialect: str, key: Secret | None) -> None:
    path, header, value = WAYS[dialect]
    with upstream() as server:
        server.script(whole(casting(dialect, "text", False)[0].answer or b""))

        async def main() -> Any:
            transport = Transport()
            settings = ProviderSettings(type="compatible", dialect=dialect, base_url=f"{server.url}/base/")
            try:
                client = ProviderRegistry(transport).configure("acme", settings, {}).client
                return await client.chat_completion(HELLO, key)
            finally:
                await transport.aclose()

        assert asyncio.run(main()).text
        assert server.last.path == path
        assert server.last.headers.get(header) == (value if key else None)
        if dialect == "openai_chat":
            assert server.last.json["max_tokens"] == 9


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (ProviderSettings(type="compatible"), "base_url"),
        (ProviderSettings(type="compatible", dialect="klingon", base_url="http://127.0.0.1:9"), "klingon"),
    ],
)
def test_what_is_missing_is_told(settings: ProviderSettings, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        ProviderRegistry(Transport()).configure("acme", settings, {})
