"""OpenAI's embeddings, which most servers speak. Floor 3; pure.

Source: platform.openai.com/docs/api-reference/embeddings and the openai package, whose client asks for base64 unless it
is told otherwise. Mistral's has two names of its own (`Spelled`).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from pontage.dialects.codec import Codec, Wire
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.embeddings.inputs import FLOATS, note_unsaid, only_texts, vectors_in
from pontage.dialects.notes import Notes
from pontage.dialects.operation import Format, finished, made_id, told, with_model
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.embeddings import EmbeddingInput, EmbeddingRequest, EmbeddingResponse, TokenIds, unpacked_as
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, ProtocolError

NAME: Final = "openai_embeddings"
MISTRAL: Final = "mistral_embeddings"
MOST: Final = 2048


class Spelled(Struct, frozen=True):
    """How a server of the format calls the length of vectors and, where it has more than floats, their numbers.
    `ids`: whether it takes a text as token ids, `user`: whether it knows the field."""

    name: str
    dimensions: str = "dimensions"
    types: str | None = None
    ids: bool = True
    user: bool = True


class Asked(Wire):
    """The request."""

    input: str | list[str | int | list[int]]
    model: str = ""
    dimensions: int | UnsetType | None = UNSET
    output_dimension: int | UnsetType | None = UNSET
    encoding_format: Literal["float", "base64"] | UnsetType | None = UNSET
    output_dtype: str | UnsetType | None = UNSET
    user: str | UnsetType | None = UNSET


class Datum(Wire):
    """One vector."""

    embedding: list[float] | str
    index: int = 0
    object: str = "embedding"


class Told(Wire):
    """The answer."""

    data: list[Datum]
    model: str = ""
    object: str = "list"
    id: str | UnsetType | None = UNSET
    created: Any = None
    usage: JSONObject | UnsetType | None = UNSET


_REQUEST: Final = Codec(Asked)
_RESPONSE: Final = Codec(Told, of="response")


def openai_format(spelled: Spelled) -> Format[EmbeddingRequest, EmbeddingResponse]:
    """The format as `spelled`."""
    return Format(
        name=spelled.name,
        words="openai_chat",
        encode_request=partial(encode_request, spelled=spelled),
        decode_request=partial(decode_request, spelled=spelled),
        adjust_request=with_model,
        encode_response=partial(encode_response, spelled=spelled),
        decode_response=partial(decode_response, spelled=spelled),
        label=_labelled if spelled.types is not None else None,
        most=MOST,
    )


def decode_request(body: bytes, *, spelled: Spelled) -> EmbeddingRequest:
    """The canonical request. Raises InvalidRequestError."""
    wire = _REQUEST.decode(body)
    extra = wire.extra
    length, kind = told(wire.dimensions), told(wire.output_dtype)
    if spelled.dimensions == "dimensions":
        if wire.output_dimension is not UNSET:
            extra["output_dimension"] = wire.output_dimension
    elif wire.output_dimension is not UNSET:
        length = told(wire.output_dimension)
    if kind is not None and spelled.types is None:
        extra["output_dtype"], kind = kind, None
    encoding = told(wire.encoding_format)
    types = tuple(name for name in (kind, encoding) if name is not None)
    return EmbeddingRequest(
        model=wire.model,
        inputs=_inputs(wire.input),
        dimensions=length,
        types=types,
        user=told(wire.user),
        single=isinstance(wire.input, str) or (bool(wire.input) and isinstance(wire.input[0], int)),
        origin=Origin(spelled.name),
        extra=extra,
    )


def encode_request(request: EmbeddingRequest, *, spelled: Spelled) -> Encoded:
    """The body, and what it could not say. Raises InvalidRequestError for inputs that are no text."""
    notes = Notes()
    inputs = [
        list(one.ids) if isinstance(one, TokenIds) and spelled.ids else one
        for one in only_texts(request.inputs, ids=spelled.ids)
    ]
    said: JSONObject = {
        "model": request.model,
        "input": inputs[0] if request.single and len(inputs) == 1 else inputs,
    }
    if request.dimensions is not None:
        said[spelled.dimensions] = request.dimensions
    note_unsaid(request, ("purpose", "title", "truncate"), notes)
    own = request.origin is not None and request.origin.dialect == spelled.name
    _say_types(request.types, said, spelled, notes, own=own)
    if request.user is not None:
        if spelled.user:
            said["user"] = request.user
        else:
            notes.dropped("user", "the server does not know the field")
    return finished(said, request, (spelled.name,), notes)


def _say_types(types: tuple[str, ...], said: JSONObject, spelled: Spelled, notes: Notes, *, own: bool) -> None:
    other = _other_than_floats(types) if spelled.types is not None else None
    for number, kind in enumerate(types):
        if kind in FLOATS and "encoding_format" not in said and (other is None or own):
            said["encoding_format"] = kind
        elif spelled.types is not None and (kind == other or (kind == "float" and other is None)):
            said[spelled.types] = kind
        else:
            notes.unsupported(f"types[{number}]", "the format answers in one type of number")


def _other_than_floats(types: tuple[str, ...]) -> str | None:
    return next((kind for kind in types if kind not in FLOATS), None)


def decode_response(body: bytes, *, spelled: Spelled) -> EmbeddingResponse:
    """The canonical answer. Raises ProtocolError."""
    wire = _RESPONSE.decode(body)
    data = sorted(wire.data, key=lambda one: one.index)
    floats = tuple(tuple(one.embedding) for one in data if not isinstance(one.embedding, str))
    coded = tuple(one.embedding for one in data if isinstance(one.embedding, str))
    if floats and coded:
        raise ProtocolError("the provider's answer has vectors of two kinds")
    return EmbeddingResponse(
        model=wire.model,
        vectors=floats,
        encoded={"base64": coded} if coded else {},
        id=told(wire.id),
        usage=_usage(told(wire.usage)),
        origin=Origin(spelled.name),
        extra=wire.extra,
    )


def _labelled(answer: EmbeddingResponse, request: EmbeddingRequest) -> EmbeddingResponse:
    """`answer` with its numbers called what was asked for: they do not tell it. Raises ProtocolError."""
    kind = _other_than_floats(request.types)
    if kind is None:
        return answer
    coded = answer.encoded.get("base64", ())
    try:
        numbers = [tuple(map(int, one)) for one in answer.vectors] or [unpacked_as(kind, one) for one in coded]
    except ValueError as error:
        raise ProtocolError(f"the provider's vectors cannot be read: {error}") from None
    return replace(answer, vectors=(), encoded={kind: tuple(numbers)})


def encode_response(answer: EmbeddingResponse, request: EmbeddingRequest, *, spelled: Spelled) -> Encoded:
    """The body a client reads: base64 where it asked for it."""
    notes = Notes()
    vectors = vectors_in(answer, "base64" if "base64" in request.types else "float", notes)
    said: JSONObject = {
        "object": "list",
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)],
        "model": answer.model or request.model,
    }
    said["id"] = answer.id or made_id("embd", answer.model, answer.vectors, answer.encoded)
    tokens = answer.usage.total_input if answer.usage is not None else None
    if tokens is None:
        notes.injected("usage.input", "not told; the format demands a number")
    said["usage"] = {"prompt_tokens": tokens or 0, "total_tokens": tokens or 0}
    return finished(said, answer, (spelled.name,), notes)


def _inputs(wrote: str | list[str | int | list[int]]) -> tuple[EmbeddingInput, ...]:
    if isinstance(wrote, str):
        return (wrote,)
    if not wrote:
        raise InvalidRequestError("`input` is empty: give at least one text", param="input")
    ids = [one for one in wrote if isinstance(one, int)]
    if len(ids) == len(wrote):
        return (TokenIds(tuple(ids)),)
    if ids:
        raise InvalidRequestError("`input` mixes token ids with texts", param="input")
    return tuple(TokenIds(tuple(one)) if isinstance(one, list) else one for one in wrote if not isinstance(one, int))


def _usage(raw: JSONObject | None) -> TokenUsage | None:
    if not raw:
        return None
    read = whole(raw.get("prompt_tokens", raw.get("total_tokens")))
    return TokenUsage(input=read, output=whole(raw.get("completion_tokens")), raw=raw)
