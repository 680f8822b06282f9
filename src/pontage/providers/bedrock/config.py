"""How to reach Amazon Bedrock, which endpoint serves which model, and what is known of its models. Floor 4; data only.

Source: docs.aws.amazon.com/bedrock (endpoints, Responses, Messages and Chat Completions APIs), the openai and anthropic
packages' clients for Bedrock, November 2026. Two hosts take other vendors' formats and a bearer key: `bedrock-mantle`,
where the path that serves a model, and so its format, is by the model's vendor, and `bedrock-runtime`.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, ModelInfo, Option, ProviderConfig

MESSAGES = Endpoint("anthropic_messages", "/anthropic/v1/messages", models=("anthropic.*", "*.anthropic.*"))
RESPONSES = Endpoint("openai_responses", "/openai/v1/responses", models=("openai.gpt-[!o]*", "*.openai.gpt-[!o]*"))
"""OpenAI's closed models (all but gpt-oss) are served in this format only, and under this path only."""
GPT_OSS = ("openai.gpt-oss-[0-9]*", "*.openai.gpt-oss-[0-9]*")
OPEN_CHAT = Endpoint("openai_chat", "/v1/chat/completions", models=GPT_OSS)
OPEN_RESPONSES = Endpoint("openai_responses", "/v1/responses", models=GPT_OSS)
"""OpenAI's open models are served in both of its formats, under a path of their own."""
CHAT = Endpoint("openai_chat", "/v1/chat/completions")
"""Every other model: DeepSeek, Qwen, Mistral, Gemma, Kimi, GLM, MiniMax, Nemotron, ..."""

RUNTIME_HOST = "bedrock-runtime"
"""The beginning of the other host's name, which has OpenAI's formats only, and for all of its models."""
RUNTIME_ENDPOINTS = (
    Endpoint("openai_chat", "/openai/v1/chat/completions"),
    Endpoint("openai_responses", "/openai/v1/responses"),
)
SUFFIXES = ("/v1", "/openai", "/anthropic")
"""What the SDKs' variables and the console write behind an address, which is part of the paths here."""

FAMILIES = (
    "anthropic.*", "openai.*", "deepseek.*", "google.*", "minimax.*", "mistral.*", "moonshotai.*", "nvidia.*", "qwen.*",
    "writer.*", "xai.*", "zai.*",
)  # fmt: skip
MODELS = (
    "anthropic.claude-opus-5-5",
    "anthropic.claude-sonnet-5-5",
    "anthropic.claude-haiku-5-5",
    "anthropic.claude-opus-4-8",
    "anthropic.claude-haiku-4-5",
    "openai.gpt-5.6-sol",
    "openai.gpt-5.6-terra",
    "openai.gpt-5.5",
    "openai.gpt-5.4",
    "openai.gpt-oss-120b",
    "openai.gpt-oss-20b",
)

CONFIG = ProviderConfig(
    provider_type="bedrock",
    title="Amazon Bedrock",
    base_url="https://bedrock-mantle.{region}.api.aws",
    endpoints=(MESSAGES, RESPONSES, OPEN_CHAT, OPEN_RESPONSES, CHAT),
    base_url_variables=("AWS_BEDROCK_BASE_URL",),
    key_variables=("AWS_BEARER_TOKEN_BEDROCK",),
    key_page="https://console.aws.amazon.com/bedrock/home#/api-keys",
    headers=(("anthropic-version", "2023-06-01"),),
    forward=("anthropic-version", "anthropic-beta"),
    models_path="/v1/models",
    models=tuple(ModelInfo(id=model) for model in MODELS),
    families=FAMILIES,
    catalogued=FAMILIES,
    family="bedrock",
    declared=(Option(name="region", meaning="The AWS region.", variables=("AWS_REGION", "AWS_DEFAULT_REGION")),),
)
