"""How to reach Vertex AI, which endpoint serves which model, and what is known of its models. Floor 4; data only.

Source: cloud.google.com/vertex-ai/generative-ai/docs, the google-genai package and the anthropic package's client for
Vertex, November 2026. Every vendor's models have a path of their own, and are spoken to in the vendor's own format.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pontage.providers.base import Endpoint, ModelInfo, Option, ProviderConfig

PLACE = "projects/{project}/locations/{location}"
GEMINI = Endpoint(
    "google_generate",
    f"/{{api_version}}/{PLACE}/publishers/google/models/{{model}}:generateContent",
    f"/{{api_version}}/{PLACE}/publishers/google/models/{{model}}:streamGenerateContent?alt=sse",
)
CLAUDE = Endpoint(
    "anthropic_messages",
    f"/v1/{PLACE}/publishers/anthropic/models/{{model}}:rawPredict",
    f"/v1/{PLACE}/publishers/anthropic/models/{{model}}:streamRawPredict",
    models=("claude-*",),
)
OPEN = Endpoint("openai_chat", f"/v1/{PLACE}/endpoints/openapi/chat/completions", models=("*/*",))
"""Models of other vendors, by `vendor/model`."""
OPERATIONS = (
    Endpoint(
        "vertex_embeddings",
        f"/{{api_version}}/{PLACE}/publishers/google/models/{{model}}:embedContent",
        models=("gemini-*",),
    ),
    Endpoint(
        "vertex_predict_embeddings",
        f"/v1/{PLACE}/publishers/google/models/{{model}}:predict",
        models=("text-embedding-*", "text-multilingual-embedding-*", "textembedding-gecko*"),
    ),
    Endpoint(
        "vertex_count_tokens",
        f"/{{api_version}}/{PLACE}/publishers/google/models/{{model}}:countTokens",
        models=("gemini-*",),
    ),
    Endpoint(
        "vertex_claude_count_tokens",
        f"/v1/{PLACE}/publishers/anthropic/models/count-tokens:rawPredict",
        models=("claude-*",),
    ),
)
"""Models of other vendors have neither here."""
ADDRESSES: Mapping[str, str] = MappingProxyType(
    {
        "https://global-aiplatform.googleapis.com": "https://aiplatform.googleapis.com",
        "https://us-aiplatform.googleapis.com": "https://aiplatform.us.rep.googleapis.com",
        "https://eu-aiplatform.googleapis.com": "https://aiplatform.eu.rep.googleapis.com",
    }
)
"""The locations that are no single region: where they would be by the rule for regions, and where they are."""
CLAUDE_VERSION = "vertex-2023-10-16"
"""What a request to Claude says in place of the header `anthropic-version`."""

FAMILIES = ("gemini-*", "claude-*")
MODELS = (
    "gemini-3.8-flash",
    "gemini-3.7-flash",
    "gemini-3.1-pro-preview",
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-opus-4-8",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
)

CONFIG = ProviderConfig(
    provider_type="vertex",
    title="Vertex AI",
    base_url="https://{location}-aiplatform.googleapis.com",
    endpoints=(GEMINI, CLAUDE, OPEN),
    operations=OPERATIONS,
    base_url_variables=("GOOGLE_VERTEX_BASE_URL",),
    key_variables=("GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"),
    key_page="https://cloud.google.com/docs/authentication/rest",
    forward=("anthropic-beta",),
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=FAMILIES,
    catalogued=(*FAMILIES, *OPEN.models),
    family="vertex",
    declared=(
        Option(
            name="project",
            meaning="The id or number of the Google Cloud project that pays.",
            variables=("GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"),
        ),
        Option(
            name="location",
            meaning="The region, `us`, `eu` or `global`.",
            variables=("GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"),
        ),
        Option(name="api_version", meaning="The version in the path of Gemini's endpoint."),
    ),
    options={"location": "global", "api_version": "v1beta1"},
)
