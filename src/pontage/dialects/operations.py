"""The operations beside chat, each with its formats by name. Floor 3; constant.

A new format is its file and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pontage.dialects.embeddings import openai
from pontage.dialects.operation import Operation
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse, divide, join

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

OPERATIONS: Final[Mapping[str, Operation[Any, Any]]] = MappingProxyType({one.name: one for one in (EMBEDDINGS,)})
"""Every operation by its name."""
