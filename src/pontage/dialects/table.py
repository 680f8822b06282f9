"""The formats by name: both records of every dialect. Floor 3; constant.

A new dialect is its folder and one line here. Variants (a server that says one field differently) are made where they
are needed, from the same folder's `provider_side` and `client_side`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pontage.dialects import (
    anthropic_messages,
    cohere_chat,
    google_generate,
    ollama_chat,
    openai_chat,
    openai_responses,
)
from pontage.dialects.dialect import ClientSide, ProviderSide

_ROOMS = (openai_chat, anthropic_messages, google_generate, ollama_chat, cohere_chat, openai_responses)

PROVIDER_SIDES: Final[Mapping[str, ProviderSide]] = MappingProxyType(
    {room.NAME: room.provider_side() for room in _ROOMS}
)
"""How to speak each format to a provider."""

CLIENT_SIDES: Final[Mapping[str, ClientSide]] = MappingProxyType({room.NAME: room.client_side() for room in _ROOMS})
"""How to answer a client in each format."""
