"""How to reach a vLLM server, and what it takes beyond OpenAI's format. Floor 4; data only.

Source: docs.vllm.ai (OpenAI-compatible server) and the server's request types, November 2026.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, ProviderConfig

CHAT = Endpoint("openai_chat", "/chat/completions")
VERSION = "/v1"
"""The path of the API, for a base URL that has none."""
EXTENSIONS = frozenset(
    {"audio_url", "include_reasoning", "reasoning_content", "thinking_token_budget", "top_k", "video_url"}
)

CONFIG = ProviderConfig(
    provider_type="vllm",
    title="vLLM",
    base_url="http://127.0.0.1:8000",
    endpoints=(CHAT,),
    passthrough=("/completions", "/audio/*", "/score", "/pooling", "/classify"),
    operations=(
        Endpoint("openai_embeddings", "/embeddings"),
        Endpoint("cohere_embeddings", "/v2/embed", rooted=True),
        Endpoint("cohere_rerank_v1", "/rerank"),
        Endpoint("cohere_rerank", "/v2/rerank", rooted=True),
        Endpoint("vllm_tokenize", "/tokenize", rooted=True),
    ),
    base_url_variables=("VLLM_BASE_URL",),
    key_variables=("VLLM_API_KEY",),
    needs_key=False,
    models_path="/models",
)
