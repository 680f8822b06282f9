"""What formats of embeddings share: inputs that not each takes, and numbers that not each has. Floor 3; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pontage.dialects.notes import Notes
from pontage.domain.embeddings import Content, EmbeddingInput, EmbeddingRequest, EmbeddingResponse, TokenIds
from pontage.domain.parts import Text
from pontage.errors import InvalidRequestError, ProtocolError

FLOATS = ("float", "base64")
"""Two spellings of the same numbers: who has one can make the other."""


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
        raise no_ids(number)
    return one


def no_ids(number: int) -> InvalidRequestError:
    """The refusal of an input that is token ids."""
    return InvalidRequestError(
        "token ids mean something to their own model only, and this provider does not take them",
        param=f"inputs[{number}]",
        hint="send the text",
    )


def note_unsaid(request: EmbeddingRequest, fields: Sequence[str], notes: Notes) -> None:
    """Note those of `fields` that the request says: the format has no place for them."""
    for name in fields:
        if getattr(request, name) is not None:
            notes.dropped(name, "the format cannot say it")


def note_types(types: Sequence[str], notes: Notes) -> None:
    """Note the numbers asked for that a format does not have whose every vector is floats."""
    for index, kind in enumerate(types):
        if kind not in FLOATS:
            notes.unsupported(f"types[{index}]", "the provider answers in floats")


def vectors_in(answer: EmbeddingResponse, kind: str, notes: Notes) -> tuple[Any, ...]:
    """The vectors as floats or base64; in the numbers there are where there are only others, and a note of that.

    Raises ProtocolError when the provider's base64 is none of float32.
    """
    try:
        vectors: tuple[Any, ...] = answer.base64() if kind == "base64" else answer.floats()
    except ValueError as error:
        raise ProtocolError(f"the provider's vectors cannot be read: {error}") from None
    if not vectors and answer.encoded:
        other, vectors = next(iter(answer.encoded.items()))
        notes.approximated("encoded", f"vectors of {other}")
    return vectors
