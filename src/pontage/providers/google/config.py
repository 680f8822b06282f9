"""How to reach Google's Gemini API, and what is known of its models. Floor 4; data only.

Source: ai.google.dev/api and the google-genai package, November 2026. v1beta covers the most models (its `-latest`
aliases exist nowhere else). The key goes in a header, never in the URL.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, Option, ProviderConfig

GENERATE = Endpoint(
    "google_generate", "/models/{model}:generateContent", "/models/{model}:streamGenerateContent?alt=sse"
)

MODELS = (
    "gemini-4-argon",
    "gemini-4-carbon",
    "gemini-3.8-flash",
    "gemini-3.7-flash",
    "gemini-3.1-pro-preview",
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)

CONFIG = ProviderConfig(
    provider_type="google",
    title="Google Gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta",
    endpoints=(GENERATE,),
    passthrough=("/files", "/files/*", "/cachedContents", "/cachedContents/*", "/batches", "/batches/*"),
    operations=(
        Endpoint("google_batch_embeddings", "/models/{model}:batchEmbedContents"),
        Endpoint("google_embeddings", "/models/{model}:embedContent"),
        Endpoint("google_count_tokens", "/models/{model}:countTokens"),
    ),
    base_url_variables=("GOOGLE_GEMINI_BASE_URL",),
    key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    key_header="x-goog-api-key",
    key_prefix="",
    key_page="https://aistudio.google.com/apikey",
    models_path="/models?pageSize=1000",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=("gemini-*", "gemma-*"),
    family="google",
    declared=(Option(name="api_version", meaning="The version in the path, where the base URL has no path."),),
)
