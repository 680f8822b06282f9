"""What formats of embeddings share: inputs that not each takes, and an id where one is owed. Floor 3; pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from pontage.domain.embeddings import Content, EmbeddingInput, EmbeddingResponse, TokenIds
from pontage.domain.parts import Text
from pontage.errors import InvalidRequestError


def only_texts(inputs: Sequence[EmbeddingInput], *, ids: bool = False) -> list[str | TokenIds]:
    """The inputs as texts (and token ids, where the provider takes `ids`: they are its own model's).

    Raises InvalidRequestError that names the first input which is neither.
    """
    return [_text(one, number, ids) for number, one in enumerate(inputs)]


def _text(one: EmbeddingInput, number: int, ids: bool) -> str | TokenIds:
    if isinstance(one, Content):
        texts = [part.text for part in one.parts if isinstance(part, Text)]
        if len(texts) == len(one.parts):
            return "\n".join(texts)
        raise InvalidRequestError("this provider makes vectors of texts only", param=f"inputs[{number}]")
    if isinstance(one, TokenIds) and not ids:
        raise InvalidRequestError(
            "token ids mean something to their own model only, and this provider does not take them",
            param=f"inputs[{number}]",
            hint="send the text",
        )
    return one


def made_id(answer: EmbeddingResponse) -> str:
    """An id for an answer whose provider gave none, made of what it says: the same answer has the same id."""
    said = msgspec.json.encode((answer.model, answer.vectors, answer.encoded))
    return f"embd-{blake2b(said, digest_size=12).hexdigest()}"
