"""How to reach a compatible server: its address and format are the user's to say. Floor 4; data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from pontage.dialects import openai_chat
from pontage.providers.base import Endpoint, Option, ProviderConfig


class Manner(Struct, frozen=True):
    """What goes with a format where nothing else is said: paths under the base URL, and how the key is sent."""

    endpoint: Endpoint
    models_path: str
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    headers: tuple[tuple[str, str], ...] = ()
    forward: tuple[str, ...] = ()  # a client's headers that pass in the same format
    operations: tuple[Endpoint, ...] = ()


BESIDE = (Endpoint("openai_embeddings", "/embeddings"), Endpoint("cohere_rerank_v1", "/rerank"))
"""What servers of OpenAI's formats do beside chat, if they do."""

MANNERS: Mapping[str, Manner] = {
    "openai_chat": Manner(Endpoint("openai_chat", "/chat/completions"), "/models", operations=BESIDE),
    "openai_responses": Manner(Endpoint("openai_responses", "/responses"), "/models", operations=BESIDE),
    "anthropic_messages": Manner(
        Endpoint("anthropic_messages", "/v1/messages"),
        "/v1/models",
        key_header="x-api-key",
        key_prefix="",
        headers=(("anthropic-version", "2023-06-01"),),
        forward=("anthropic-version", "anthropic-beta"),
    ),
    "google_generate": Manner(
        Endpoint("google_generate", "/models/{model}:generateContent", "/models/{model}:streamGenerateContent?alt=sse"),
        "/models",
        key_header="x-goog-api-key",
        key_prefix="",
        operations=(
            Endpoint("google_batch_embeddings", "/models/{model}:batchEmbedContents"),
            Endpoint("google_embeddings", "/models/{model}:embedContent"),
        ),
    ),
}
"""By the name of the format."""

PARTICULARS = tuple(Option(name=name, kind=Any) for name in openai_chat.VariantOptions.__annotations__)
"""What may be particular about a server of OpenAI's format; `openai_chat.variant` explains it."""

PASSTHROUGH = ("/completions",)
"""What most servers of OpenAI's format take besides chat."""

CONFIG = ProviderConfig(
    provider_type="compatible",
    title="Compatible server",
    base_url="",
    endpoints=tuple(manner.endpoint for manner in MANNERS.values()),
    needs_key=False,
    passthrough=PASSTHROUGH,
    declared=PARTICULARS,
    options={"dialect": "openai_chat"},
)
