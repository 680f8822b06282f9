"""The operations beside chat, each with its formats by name. Floor 3; constant.

A new format is its file and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pontage.dialects import counting
from pontage.dialects.embeddings import cohere, google, ollama, openai, vertex
from pontage.dialects.notes import KEPT_THERE, kept_elsewhere
from pontage.dialects.operation import Operation
from pontage.dialects.rerank import cohere as rerank
from pontage.domain.chat import ChatRequest
from pontage.domain.counting import TokenCount
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse, divide, join
from pontage.domain.embeddings import fitted as embeddings_fit
from pontage.domain.rerank import RerankRequest, RerankResponse
from pontage.domain.rerank import fitted as rerank_fit
from pontage.estimate import estimate_tokens


def _estimated(request: ChatRequest) -> TokenCount:
    """Raises InvalidRequestError where a part of the conversation is kept elsewhere."""
    for field in sorted(KEPT_THERE & request.extra.keys()):
        raise kept_elsewhere(field)
    return TokenCount(tokens=estimate_tokens(request), estimated=True)


EMBEDDINGS: Final[Operation[EmbeddingRequest, EmbeddingResponse]] = Operation(
    name="embeddings",
    formats={
        form.name: form
        for form in (
            openai.openai_format(openai.Spelled(openai.NAME)),
            openai.openai_format(
                openai.Spelled(openai.MISTRAL, "output_dimension", types="output_dtype", ids=False, user=False)
            ),
            google.google_format(google.NAME),
            google.google_format(google.BATCH),
            vertex.content_format(),
            vertex.predict_format(),
            cohere.cohere_format(cohere.Version(cohere.NAME, "2", typed=True)),
            cohere.cohere_format(cohere.Version(cohere.V1, "1", typed=False)),
            ollama.ollama_format(ollama.NAME),
            ollama.ollama_format(ollama.OLDER),
        )
    },
    usage_of=lambda answer: answer.usage,
    divide=divide,
    join=join,
    fit=embeddings_fit,
)
"""Texts and media as vectors."""

RERANK: Final[Operation[RerankRequest, RerankResponse]] = Operation(
    name="rerank",
    formats={spelled.name: rerank.rerank_format(spelled) for spelled in rerank.SPELLINGS},
    usage_of=lambda answer: answer.usage,
    fit=rerank_fit,
)
"""Documents in the order of what they have to do with a query."""

COUNT_TOKENS: Final[Operation[ChatRequest, TokenCount]] = Operation(
    name="count_tokens",
    formats={form.name: form for form in counting.FORMATS},
    usage_of=lambda answer: None,
    guess=_estimated,
)
"""How many tokens a conversation is: counted by its provider, or estimated."""

OPERATIONS: Final[Mapping[str, Operation[Any, Any]]] = MappingProxyType(
    {one.name: one for one in (EMBEDDINGS, RERANK, COUNT_TOKENS)}
)
"""Every operation by its name."""
