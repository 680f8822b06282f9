"""Cohere's embeddings, v2 and the v1 before it; vLLM speaks v2 as well. Floor 3; pure.

Source: docs.cohere.com (embed) and the cohere package, November 2026. v1 is the same but for the answer to a request
that names no types of numbers: there the vectors stand alone.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, cast

from msgspec import UNSET, Struct, UnsetType

from pontage.dialects.codec import Codec, Wire
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.embeddings.inputs import FLOATS, no_ids, note_unsaid, vectors_in
from pontage.dialects.notes import Notes
from pontage.dialects.operation import Format, finished, made_id, told, with_model
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.embeddings import (
    Content,
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    Purpose,
    TokenIds,
    Truncate,
)
from pontage.domain.parts import Image, Inline, JSONObject, Link, Part, Text
from pontage.errors import InvalidRequestError

NAME: Final = "cohere_embeddings"
V1: Final = "cohere_embeddings_v1"
MOST: Final = 96
_MARK: Final = ";base64,"
_READ: Final[dict[str, Purpose]] = {
    "search_document": "document",
    "search_query": "query",
    "classification": "classification",
    "clustering": "clustering",
    "image": "image",
}
_WRITTEN: Final = {purpose: word for word, purpose in _READ.items()}
_NEAR: Final[dict[Purpose, str]] = {
    "similarity": "clustering",
    "question": "search_query",
    "fact": "search_query",
    "code_query": "search_query",
}
"""The nearest word for what Cohere has none for."""
_CUTS: Final[dict[str, Truncate]] = {"NONE": "none", "START": "start", "END": "end"}


class Version(Struct, frozen=True):
    """Which of the two: `typed`: the vectors always stand under the type of their numbers."""

    name: str
    number: str
    typed: bool


class Address(Wire):
    """Where a picture is."""

    url: str


class Piece(Wire):
    """A part of an input."""

    type: str
    text: str | UnsetType | None = UNSET
    image_url: Address | UnsetType | None = UNSET


class Mixed(Wire):
    """An input of texts and pictures."""

    content: list[Piece]


class Asked(Wire):
    """The request."""

    model: str = ""
    texts: list[str] | UnsetType | None = UNSET
    images: list[str] | UnsetType | None = UNSET
    inputs: list[Mixed] | UnsetType | None = UNSET
    input_type: str | UnsetType | None = UNSET
    embedding_types: list[str] | UnsetType | None = UNSET
    output_dimension: int | UnsetType | None = UNSET
    truncate: str | UnsetType | None = UNSET


class Told(Wire):
    """The answer. What it repeats of the request says nothing new."""

    embeddings: list[list[float]] | dict[str, list[str | list[float]]]
    id: str = ""
    texts: Any = None
    images: Any = None
    response_type: Any = None
    meta: JSONObject | UnsetType | None = UNSET


_REQUEST: Final = Codec(Asked)
_RESPONSE: Final = Codec(Told, of="response")


def cohere_format(version: Version) -> Format[EmbeddingRequest, EmbeddingResponse]:
    """The format in this version."""
    return Format(
        name=version.name,
        words="cohere_chat",
        encode_request=partial(encode_request, version=version),
        decode_request=partial(decode_request, version=version),
        adjust_request=with_model,
        encode_response=partial(encode_response, version=version),
        decode_response=partial(decode_response, version=version),
        most=MOST,
    )


def decode_request(body: bytes, *, version: Version) -> EmbeddingRequest:
    """The canonical request. Raises InvalidRequestError."""
    wire = _REQUEST.decode(body)
    extra = wire.extra
    purpose, cut = told(wire.input_type), told(wire.truncate)
    for name, word, words in (("input_type", purpose, _READ), ("truncate", cut, _CUTS)):
        if word is not None and word not in words:
            extra[name] = word
    return EmbeddingRequest(
        model=wire.model,
        inputs=_inputs(wire),
        dimensions=told(wire.output_dimension),
        purpose=_READ.get(purpose) if purpose is not None else None,
        truncate=_CUTS.get(cut) if cut is not None else None,
        types=tuple(told(wire.embedding_types) or ()),
        origin=Origin(version.name),
        extra=extra,
    )


def encode_request(request: EmbeddingRequest, *, version: Version) -> Encoded:
    """The body, and what it could not say. Raises InvalidRequestError for inputs that are neither text nor picture."""
    notes = Notes()
    said: JSONObject = {"model": request.model, **_say_inputs(request.inputs)}
    said["input_type"] = _say_purpose(request, "images" in said, notes)
    said["embedding_types"] = list(request.types) or ["float"]
    if request.dimensions is not None:
        said["output_dimension"] = request.dimensions
    if request.truncate is not None:
        said["truncate"] = request.truncate.upper()
    note_unsaid(request, ("title", "user"), notes)
    return finished(said, request, (NAME, V1), notes)


def decode_response(body: bytes, *, version: Version) -> EmbeddingResponse:
    """The canonical answer. Raises ProtocolError."""
    wire = _RESPONSE.decode(body)
    typed = wire.embeddings if isinstance(wire.embeddings, dict) else {"float": wire.embeddings}
    encoded: dict[str, Any] = {
        kind: tuple(vector if isinstance(vector, str) else tuple(vector) for vector in vectors)
        for kind, vectors in typed.items()
        if vectors
    }
    meta: JSONObject = told(wire.meta) or {}
    return EmbeddingResponse(
        model="",
        vectors=encoded.pop("float", ()),
        encoded=encoded,
        id=wire.id or None,
        usage=_usage(meta),
        origin=Origin(version.name),
        extra=wire.extra,
    )


def encode_response(answer: EmbeddingResponse, request: EmbeddingRequest, *, version: Version) -> Encoded:
    """The body a client reads: the vectors in every type of number that it asked for and that there is."""
    notes = Notes()
    typed = {kind: answer.encoded[kind] for kind in request.types if kind in answer.encoded}
    floats = bool(answer.vectors) or "base64" in answer.encoded
    for kind in request.types:
        if kind in FLOATS and floats:
            typed[kind] = vectors_in(answer, kind, notes)
    plain = not request.types and not version.typed
    if not typed:
        vectors = vectors_in(answer, "float", notes)
        typed = {"float": vectors} if plain or floats else {**answer.encoded}
    said: JSONObject = {
        "id": answer.id or made_id("embd", answer.model, answer.vectors, answer.encoded),
        "texts": [one for one in request.inputs if isinstance(one, str)],
        "embeddings": typed["float"] if plain else typed,
        "meta": {"api_version": {"version": version.number}, **_billed(answer.usage)},
        "response_type": "embeddings_floats" if plain else "embeddings_by_type",
    }
    return finished(said, answer, (NAME, V1), notes)


def _inputs(wire: Asked) -> tuple[EmbeddingInput, ...]:
    texts, images, mixed = told(wire.texts) or (), told(wire.images) or (), told(wire.inputs) or ()
    if sum(map(bool, (texts, images, mixed))) != 1:
        raise InvalidRequestError("give exactly one of `texts`, `images` and `inputs`, and not empty", param="texts")
    if images:
        return tuple(Content((_picture(url, f"images[{index}]"),)) for index, url in enumerate(images))
    if mixed:
        return tuple(
            Content(tuple(_part(piece, f"inputs[{index}].content[{at}]") for at, piece in enumerate(one.content)))
            for index, one in enumerate(mixed)
        )
    return tuple(texts)


def _part(piece: Piece, where: str) -> Part:
    address = told(piece.image_url)
    if piece.type == "text" and told(piece.text) is not None:
        return Text(text=told(piece.text))
    if piece.type == "image_url" and address is not None:
        return _picture(address.url, f"{where}.image_url.url")
    raise InvalidRequestError("an input is made of `text` and `image_url`", param=where)


def _picture(url: str, where: str) -> Image:
    head, mark, data = url.partition(_MARK)
    if mark and head.startswith("data:"):
        return Image(source=Inline(head.removeprefix("data:"), data))
    if "://" in url:
        return Image(source=Link(url))
    raise InvalidRequestError("a picture is a data URL or a link", param=where)


def _say_inputs(inputs: tuple[EmbeddingInput, ...]) -> JSONObject:
    """Texts alone and one picture alone in the fields that all models take, else the one for both."""
    if all(isinstance(one, str) for one in inputs):
        return {"texts": inputs}
    pieces = [_say_input(one, number) for number, one in enumerate(inputs)]
    if len(pieces) == 1 and [piece["type"] for piece in pieces[0]] == ["image_url"]:
        return {"images": [pieces[0][0]["image_url"]["url"]]}
    return {"inputs": [{"content": content} for content in pieces]}


def _say_input(one: EmbeddingInput, number: int) -> list[JSONObject]:
    match one:
        case str():
            return [{"type": "text", "text": one}]
        case TokenIds():
            raise no_ids(number)
        case Content(parts):
            return [_say_part(part, f"inputs[{number}]") for part in parts]


def _say_part(part: Part, where: str) -> JSONObject:
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Image(source=Inline(media_type, base64)):
            return {"type": "image_url", "image_url": {"url": f"data:{media_type}{_MARK}{base64}"}}
        case Image(source=Link(url)):
            return {"type": "image_url", "image_url": {"url": url}}
        case _:
            raise InvalidRequestError("this provider makes vectors of texts and pictures only", param=where)


def _say_purpose(request: EmbeddingRequest, pictures: bool, notes: Notes) -> str:
    if request.purpose is None:
        word = "image" if pictures else "search_document"
        notes.injected("purpose", f"the format demands one: {word}")
        return word
    if request.purpose in _WRITTEN:
        return _WRITTEN[request.purpose]
    word = _NEAR[request.purpose]
    notes.approximated("purpose", word)
    return word


def _usage(meta: JSONObject) -> TokenUsage | None:
    """What is billed, else what was read. Pictures that are billed by the piece leave the tokens unknown."""
    billed: Any = meta.get("billed_units") or meta.get("tokens")
    if not isinstance(billed, dict):
        return None
    counts = cast(JSONObject, billed)
    return TokenUsage(input=whole(counts.get("input_tokens")), input_image=whole(counts.get("image_tokens")), raw=meta)


def _billed(usage: TokenUsage | None) -> JSONObject:
    if usage is None or usage.total_input is None:
        return {}
    pictures = usage.input_image or 0
    return {"billed_units": {"input_tokens": usage.total_input - pictures, "image_tokens": pictures}}
