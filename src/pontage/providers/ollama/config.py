"""How to reach an Ollama server. Floor 4; data only.

Source: docs.ollama.com/api and the ollama package, November 2026. It speaks its own API here, not its imitation of
OpenAI's: only there are thinking, contexts and durations said. Ollama's cloud is the same API at https://ollama.com,
with a key.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, Option, ProviderConfig

CHAT = Endpoint("ollama_chat", "/api/chat")
GENERATE = Endpoint("ollama_generate", "/api/generate")
EMBED = Endpoint("ollama_embeddings", "/api/embed")
EMBEDDINGS = Endpoint("ollama_embeddings_older", "/api/embeddings")

CONFIG = ProviderConfig(
    provider_type="ollama",
    title="Ollama",
    base_url="http://127.0.0.1:11434",
    endpoints=(CHAT, GENERATE),
    operations=(EMBED, EMBEDDINGS),
    base_url_variables=("OLLAMA_HOST",),
    key_variables=("OLLAMA_API_KEY",),
    key_page="https://ollama.com/settings/keys",
    needs_key=False,
    models_path="/api/tags",
    declared=(Option(name="context", meaning="The context window to ask for by default, in tokens.", kind=int),),
)
