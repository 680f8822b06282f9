"""How to reach Mistral's API, and what is known of its models. Floor 4; data only.

Source: docs.mistral.ai/api and the mistralai package, November 2026.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, ProviderConfig

CHAT = Endpoint("mistral_chat", "/v1/chat/completions")

PASSTHROUGH = (
    "/v1/moderations", "/v1/chat/moderations", "/v1/fim/completions", "/v1/ocr", "/v1/audio/*", "/v1/files",
    "/v1/files/*", "/v1/batch/jobs", "/v1/batch/jobs/*",
)  # fmt: skip

MODELS = (
    "mistral-large-latest",
    "mistral-medium-latest",
    "mistral-small-latest",
    "ministral-8b-latest",
    "ministral-3b-latest",
    "magistral-medium-latest",
    "codestral-latest",
    "voxtral-small-latest",
)

CONFIG = ProviderConfig(
    provider_type="mistral",
    title="Mistral",
    base_url="https://api.mistral.ai",
    endpoints=(CHAT,),
    passthrough=PASSTHROUGH,
    operations=(Endpoint("mistral_embeddings", "/v1/embeddings"),),
    base_url_variables=("MISTRAL_BASE_URL",),
    key_variables=("MISTRAL_API_KEY",),
    key_page="https://console.mistral.ai/api-keys",
    models_path="/v1/models",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=(
        "mistral-*", "ministral-*", "magistral-*", "codestral-*", "devstral-*", "voxtral-*", "pixtral-*",
        "open-mistral-*", "open-mixtral-*",
    ),
    family="mistral",
)  # fmt: skip
