"""Ollama's embeddings: `/api/embed`, and `/api/embeddings` before it, which takes one text. Floor 3; pure.

Source: docs.ollama.com/api and the ollama package, November 2026. A text that is too long is cut at its end unless
`truncate` is false.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from msgspec import UNSET, UnsetType

from pontage.dialects.codec import Codec, Wire
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.embeddings.inputs import note_types, note_unsaid, only_texts, vectors_in
from pontage.dialects.notes import Notes
from pontage.dialects.operation import Format, finished, told, with_model
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, ProtocolError

NAME: Final = "ollama_embeddings"
OLDER: Final = "ollama_embeddings_older"


class Asked(Wire):
    """The request; `prompt` is the older path's word for its one text."""

    model: str = ""
    input: str | list[str] | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    truncate: bool | UnsetType | None = UNSET
    dimensions: int | UnsetType | None = UNSET


class Told(Wire):
    """The answer; `embedding` is the older path's word for its one vector. How long it took is not told on."""

    model: str = ""
    embeddings: list[list[float]] | UnsetType = UNSET
    embedding: list[float] | UnsetType = UNSET
    prompt_eval_count: int | UnsetType | None = UNSET
    total_duration: Any = None
    load_duration: Any = None


_REQUEST: Final = Codec(Asked)
_RESPONSE: Final = Codec(Told, of="response")


def ollama_format(name: str) -> Format[EmbeddingRequest, EmbeddingResponse]:
    """The format of that name."""
    return Format(
        name=name,
        words="ollama_chat",
        encode_request=partial(encode_request, name=name),
        decode_request=partial(decode_request, name=name),
        adjust_request=with_model,
        encode_response=partial(encode_response, name=name),
        decode_response=partial(decode_response, name=name),
        most=1 if name == OLDER else None,
    )


def decode_request(body: bytes, *, name: str) -> EmbeddingRequest:
    """The canonical request. Raises InvalidRequestError."""
    wire = _REQUEST.decode(body)
    field, wrote = ("prompt", told(wire.prompt)) if name == OLDER else ("input", told(wire.input))
    if not wrote:
        raise InvalidRequestError(f"`{field}` is empty: give at least one text", param=field)
    cut = told(wire.truncate)
    return EmbeddingRequest(
        model=wire.model,
        inputs=(wrote,) if isinstance(wrote, str) else tuple(wrote),
        dimensions=told(wire.dimensions),
        truncate=None if cut is None else "end" if cut else "none",
        single=isinstance(wrote, str),
        origin=Origin(name),
        extra=wire.extra,
    )


def encode_request(request: EmbeddingRequest, *, name: str) -> Encoded:
    """The body, and what it could not say. Raises InvalidRequestError for inputs that are no text."""
    notes = Notes()
    texts = only_texts(request.inputs)
    said: JSONObject = {"model": request.model}
    if name == OLDER:
        said["prompt"] = texts[0]
        note_unsaid(request, ("dimensions", "truncate"), notes)
    else:
        said["input"] = texts[0] if request.single and len(texts) == 1 else texts
        if request.dimensions is not None:
            said["dimensions"] = request.dimensions
        if request.truncate is not None:
            said["truncate"] = request.truncate != "none"
        if request.truncate == "start":
            notes.approximated("truncate", "too long a text is cut at its end")
    note_unsaid(request, ("purpose", "title", "user"), notes)
    note_types(request.types, notes)
    return finished(said, request, (NAME, OLDER), notes)


def decode_response(body: bytes, *, name: str) -> EmbeddingResponse:
    """The canonical answer. Raises ProtocolError."""
    wire = _RESPONSE.decode(body)
    vectors = [wire.embedding] if wire.embedding is not UNSET else wire.embeddings
    if vectors is UNSET:
        raise ProtocolError("the provider's answer has no vectors")
    read = whole(told(wire.prompt_eval_count))
    return EmbeddingResponse(
        model=wire.model,
        vectors=tuple(map(tuple, vectors)),
        usage=TokenUsage(input=read) if read is not None else None,
        origin=Origin(name),
        extra=wire.extra,
    )


def encode_response(answer: EmbeddingResponse, request: EmbeddingRequest, *, name: str) -> Encoded:
    """The body a client reads."""
    notes = Notes()
    vectors = vectors_in(answer, "float", notes)
    if name == OLDER:
        said: JSONObject = {"embedding": vectors[0] if vectors else []}
    else:
        said = {"model": answer.model or request.model, "embeddings": vectors}
        if answer.usage is not None and answer.usage.total_input is not None:
            said["prompt_eval_count"] = answer.usage.total_input
    return finished(said, answer, (NAME, OLDER), notes)
