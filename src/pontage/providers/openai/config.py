"""How to reach OpenAI, and what is known of its models. Floor 4; data only.

Source: platform.openai.com/docs/api-reference and the openai package, November 2026.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, ProviderConfig

CHAT = Endpoint("openai_chat", "/chat/completions")
RESPONSES = Endpoint("openai_responses", "/responses")
COUNT_TOKENS = Endpoint("openai_input_tokens", "/responses/input_tokens")
EMBEDDINGS = Endpoint("openai_embeddings", "/embeddings")

PASSTHROUGH = (
    "/completions", "/moderations", "/images/*", "/audio/*", "/files", "/files/*", "/uploads", "/uploads/*", "/batches",
    "/batches/*",
)  # fmt: skip

MODELS = (
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-6-astra",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.2",
    "gpt-5.1",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4o",
    "gpt-4o-mini",
)

CONFIG = ProviderConfig(
    provider_type="openai",
    title="OpenAI",
    base_url="https://api.openai.com/v1",
    endpoints=(CHAT, RESPONSES),
    passthrough=PASSTHROUGH,
    operations=(EMBEDDINGS, COUNT_TOKENS),
    base_url_variables=("OPENAI_BASE_URL",),
    key_variables=("OPENAI_API_KEY",),
    key_page="https://platform.openai.com/api-keys",
    forward=("openai-organization", "openai-project", "openai-beta"),
    models_path="/models",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=("gpt-*", "chatgpt-*", "o[1-9]*", "text-embedding-*"),
)
