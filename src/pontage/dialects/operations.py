"""The operations beside chat, each with its formats by name. Floor 3; constant.

A new format is its file and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pontage.dialects import counting
from pontage.dialects.embeddings import openai
from pontage.dialects.operation import Operation
from pontage.domain.chat import ChatRequest
from pontage.domain.counting import TokenCount
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse, divide, join
from pontage.estimate import estimate_tokens

EMBEDDINGS: Final[Operation[EmbeddingRequest, EmbeddingResponse]] = Operation(
    name="embeddings",
    formats={
        form.name: form
        for form in (
            openai.openai_format(openai.Spelled(openai.NAME)),
            openai.openai_format(
                openai.Spelled(openai.MISTRAL, "output_dimension", types="output_dtype", ids=False, user=False)
            ),
        )
    },
    usage_of=lambda answer: answer.usage,
    divide=divide,
    join=join,
)
"""Texts and media as vectors."""

COUNT_TOKENS: Final[Operation[ChatRequest, TokenCount]] = Operation(
    name="count_tokens",
    formats={form.name: form for form in counting.FORMATS},
    usage_of=lambda answer: None,
    guess=lambda request: TokenCount(tokens=estimate_tokens(request), estimated=True),
)
"""How many tokens a conversation is: counted by its provider, or estimated."""

OPERATIONS: Final[Mapping[str, Operation[Any, Any]]] = MappingProxyType(
    {one.name: one for one in (EMBEDDINGS, COUNT_TOKENS)}
)
"""Every operation by its name."""
