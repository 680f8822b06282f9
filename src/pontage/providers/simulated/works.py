"""What the simulated provider does beside chat. Floor 4; pure: the same question has the same answer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final

from pontage.domain.chat import ChatRequest, TokenUsage
from pontage.domain.counting import TokenCount
from pontage.domain.embeddings import Content, EmbeddingInput, EmbeddingRequest, EmbeddingResponse, TokenIds, Vector
from pontage.domain.parts import Text
from pontage.domain.rerank import Ranked, RankedDocument, RerankRequest, RerankResponse
from pontage.estimate import estimate_tokens

DIMENSIONS: Final = 64
_WORD: Final = re.compile(r"\w+")


def embed(request: EmbeddingRequest, model: str) -> EmbeddingResponse:
    """Vectors of length 1 that are the nearer, the more words two inputs share."""
    words = [_words(one) for one in request.inputs]
    return EmbeddingResponse(
        model=model,
        vectors=tuple(_vector(one, request.dimensions or DIMENSIONS) for one in words),
        usage=TokenUsage(input=sum(map(len, words))),
    )


def count(request: ChatRequest, model: str) -> TokenCount:
    """The tokens by their estimate, for that is what its answers claim to have used."""
    return TokenCount(tokens=estimate_tokens(request), estimated=True)


def _words(one: EmbeddingInput) -> list[str]:
    if isinstance(one, TokenIds):
        return [str(number) for number in one.ids]
    if isinstance(one, Content):
        return [word for part in one.parts for word in (_texts(part.text) if isinstance(part, Text) else [repr(part)])]
    return _texts(one)


def _texts(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _vector(words: list[str], dimensions: int) -> Vector:
    numbers = [0.0] * dimensions
    for word in words or [""]:
        digest = blake2b(word.encode(), digest_size=8).digest()
        numbers[int.from_bytes(digest) % dimensions] += 1.0 if digest[0] & 1 else -1.0
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return tuple(number / length for number in numbers)


def rerank(request: RerankRequest, model: str) -> RerankResponse:
    """The documents by the share of words, of theirs and the query's, that both have."""
    wanted = set(_texts(request.query))
    texts = [set(_texts(_said(document))) for document in request.documents]
    ranked = [
        Ranked(index=index, score=len(wanted & words) / (len(wanted | words) or 1)) for index, words in enumerate(texts)
    ]
    ranked.sort(key=lambda one: -one.score)
    read = sum(map(len, texts)) + len(wanted) * len(texts)
    return RerankResponse(
        model=model, results=tuple(ranked[: request.top_n]), usage=TokenUsage(input=read, search_units=1)
    )


def _said(document: RankedDocument) -> str:
    return document if isinstance(document, str) else " ".join(map(str, document.values()))


WORKS: Final[Mapping[str, Callable[[Any, str], Any]]] = MappingProxyType(
    {"embeddings": embed, "rerank": rerank, "count_tokens": count}
)
"""What it does, by the operation's name."""
