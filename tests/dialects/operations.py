"""Recorded requests and answers of operations beside chat, each with the format it is in."""

from typing import Any, NamedTuple

import msgspec

from pontage.dialects.operation import Format
from pontage.dialects.operations import EMBEDDINGS, RERANK
from tests.corpus import Exchange, exchanges

ENDINGS = {
    "/v2/embed": "cohere_embeddings",
    "/v1/embed": "cohere_embeddings_v1",
    ":embedContent": "google_embeddings",
    ":batchEmbedContents": "google_batch_embeddings",
    "/api/embed": "ollama_embeddings",
    "/api/embeddings": "ollama_embeddings_older",
    "/v2/rerank": "cohere_rerank",
    "/v1/rerank": "cohere_rerank_v1",
    "/embeddings": "openai_embeddings",
}
FORMATS: dict[str, Format[Any, Any]] = {**EMBEDDINGS.formats, **RERANK.formats}


class Recorded(NamedTuple):
    """One recording and its format."""

    exchange: Exchange
    form: Format[Any, Any]


def recorded() -> list[Recorded]:
    """Every recording of embeddings and reranking; none when there is no folder of them."""
    found: list[Recorded] = []
    for exchange in exchanges():
        name = next((form for ending, form in ENDINGS.items() if exchange.path.endswith(ending)), None)
        if name is not None and "organization" not in exchange.path:
            own = "mistral_embeddings" if exchange.provider == "mistral" else name
            found.append(Recorded(exchange, FORMATS[own]))
    return found


def meant(value: Any) -> Any:
    """A JSON value without what says nothing: nulls, and the other spelling of a name."""
    if isinstance(value, dict):
        spelled = {"inline_data": "inlineData", "mime_type": "mimeType"}
        return {spelled.get(key, key): meant(item) for key, item in value.items() if item is not None}
    return [meant(item) for item in value] if isinstance(value, list) else value


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)
