"""How to reach Cohere. Floor 4; data only. Source: docs.cohere.com (API v2) and the cohere package, November 2026."""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, ProviderConfig

CHAT = Endpoint("cohere_chat", "/v2/chat")

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
    base_url_variables=("CO_API_URL",),
    key_variables=("CO_API_KEY", "COHERE_API_KEY"),
    key_page="https://dashboard.cohere.com/api-keys",
    models_path="/v1/models?page_size=1000",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=("command-*",),
)
