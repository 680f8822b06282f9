"""How to reach Anthropic, and what is known of its models. Floor 4; data only.

Source: platform.claude.com/docs/en/api and the anthropic package, November 2026. Version 2023-06-01 of the API is the
one every model and every compatible server takes; a client that sends its own `anthropic-version` keeps it.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, ProviderConfig

MESSAGES = Endpoint("anthropic_messages", "/v1/messages")

MODELS = (
    "claude-fable-5-2",
    "claude-mythos-5-2",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-fable-5-1",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-fable-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-opus-4-5",
    "claude-sonnet-4-6",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
)

CONFIG = ProviderConfig(
    provider_type="anthropic",
    title="Anthropic",
    base_url="https://api.anthropic.com",
    endpoints=(MESSAGES,),
    passthrough=("/v1/messages/batches", "/v1/messages/batches/*", "/v1/files", "/v1/files/*"),
    operations=(Endpoint("anthropic_count_tokens", "/v1/messages/count_tokens"),),
    base_url_variables=("ANTHROPIC_BASE_URL",),
    key_variables=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    key_header="x-api-key",
    key_prefix="",
    key_page="https://platform.claude.com/settings/keys",
    headers=(("anthropic-version", "2023-06-01"),),
    forward=("anthropic-version", "anthropic-beta"),
    models_path="/v1/models?limit=1000",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=("claude-*",),
    family="anthropic",
)
