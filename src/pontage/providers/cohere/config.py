"""How to reach Cohere. Floor 4; data only. Source: docs.cohere.com (API v2) and the cohere package, November 2026."""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, ProviderConfig

CHAT = Endpoint("cohere_chat", "/v2/chat")
OPERATIONS = (
    Endpoint("cohere_embeddings", "/v2/embed"),
    Endpoint("cohere_embeddings_v1", "/v1/embed"),
    Endpoint("cohere_rerank", "/v2/rerank"),
    Endpoint("cohere_rerank_v1", "/v1/rerank"),
)

MODELS = (
    "command-a-03-2025",
    "command-a-reasoning-08-2025",
    "command-a-vision-07-2025",
    "command-r-plus-08-2024",
    "command-r-08-2024",
    "command-r7b-12-2024",
)

CONFIG = ProviderConfig(
    provider_type="cohere",
    title="Cohere",
    base_url="https://api.cohere.com",
    endpoints=(CHAT,),
    operations=OPERATIONS,
    base_url_variables=("CO_API_URL",),
    key_variables=("CO_API_KEY", "COHERE_API_KEY"),
    key_page="https://dashboard.cohere.com/api-keys",
    models_path="/v1/models?page_size=1000",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=("command-*", "embed-*", "rerank-*"),
)
