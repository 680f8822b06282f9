"""Texts and media as vectors: the request and its answer. Floor 1; pure data."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from pontage.catalog.money import Money
from pontage.domain.chat import Note, Origin, Stored, TokenUsage
from pontage.domain.parts import JSONObject, Part
from pontage.domain.usage import summed
from pontage.errors import ProtocolError

Purpose = Literal[
    "document", "query", "similarity", "classification", "clustering", "question", "fact", "code_query", "image"
]
Truncate = Literal["none", "start", "end"]
Vector = tuple[float, ...]
SIGNED: Final = ("int8", "binary")
"""Types of numbers that are bytes with a sign."""


class TokenIds(Struct, frozen=True, tag="tokens"):
    """A text as the model's own token ids."""

    ids: tuple[int, ...]


class Content(Struct, frozen=True, tag="content"):
    """Texts and media that make one vector together."""

    parts: tuple[Part, ...]


EmbeddingInput = str | TokenIds | Content


class EmbeddingRequest(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """What shall become vectors, one for each input. None means: not said.

    `purpose` is what the vectors are for, `title` that of a document, `truncate` where too long an input is cut
    ("none": refuse it). `types`: the numbers wanted (float, base64 of little-endian float32, int8, uint8, binary,
    ubinary); none: float. `single`: the origin wrote its one input without a list.
    """

    model: str
    inputs: tuple[EmbeddingInput, ...]
    dimensions: int | None = None
    purpose: Purpose | None = None
    title: str | None = None
    truncate: Truncate | None = None
    types: tuple[str, ...] = ()
    user: str | None = None
    single: bool = False
    origin: Origin | None = None
    extra: JSONObject = msgspec.field(default={})


class EmbeddingResponse(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """The vectors, in the order of the inputs. `encoded`: the same vectors in other numbers than floats, by type."""

    model: str
    vectors: tuple[Vector, ...] = ()
    encoded: dict[str, tuple[Any, ...]] = msgspec.field(default={})
    id: str | None = None
    usage: TokenUsage | None = None
    notes: tuple[Note, ...] = ()
    cost: Money | None = None  # None: not known
    attempts: tuple[str, ...] = ()
    provider: str | None = None
    origin: Origin | None = None
    extra: JSONObject = msgspec.field(default={})

    def floats(self) -> tuple[Vector, ...]:
        """The vectors as numbers, read from base64 where they came so; empty when only other types came.

        Raises ValueError when the base64 is none of float32.
        """
        return self.vectors or tuple(map(unpacked, self.encoded.get("base64", ())))

    def base64(self) -> tuple[str, ...]:
        """The vectors as base64 of little-endian float32."""
        return self.encoded.get("base64") or tuple(map(packed, self.vectors))


def packed(vector: Vector) -> str:
    """`vector` as base64 of little-endian float32."""
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def unpacked(text: str) -> Vector:
    """The numbers of `packed`. Raises ValueError when `text` is none of it."""
    try:
        data = b64decode(text, validate=True)
        return struct.unpack(f"<{len(data) // 4}f", data)
    except (Base64Error, struct.error) as error:
        raise ValueError(f"no base64 of float32: {error}") from None


def unpacked_as(kind: str, text: str) -> tuple[int, ...]:
    """The bytes that `text` is base64 of, as numbers of this type. Raises ValueError when it is no base64."""
    data = b64decode(text, validate=True)
    return struct.unpack(f"{len(data)}{'b' if kind in SIGNED else 'B'}", data)


def fitted(request: EmbeddingRequest, answer: EmbeddingResponse) -> EmbeddingResponse:
    """`answer`, one vector for each input. Raises ProtocolError where it is not: who knows which is whose?"""
    given = [vectors for vectors in (answer.vectors, *answer.encoded.values()) if vectors]
    for vectors in given or [()]:
        if len(vectors) != len(request.inputs):
            told = f"{len(vectors)} vectors for {len(request.inputs)} inputs"
            raise ProtocolError(f"the provider's answer does not fit the request: {told}")
    return answer


def divide(request: EmbeddingRequest, most: int) -> list[EmbeddingRequest]:
    """`request` in pieces of at most `most` inputs."""
    return [
        msgspec.structs.replace(request, inputs=request.inputs[start : start + most])
        for start in range(0, len(request.inputs), most)
    ]


def join(answers: list[EmbeddingResponse]) -> EmbeddingResponse:
    """The answers to the pieces of `divide` as one.

    Raises ProtocolError when one holds fewer vectors than its piece had inputs: all after it would be out of place.
    """
    first = answers[0]
    if len(answers) == 1:
        return first
    sizes = [len(answer.vectors or next(iter(answer.encoded.values()), ())) for answer in answers]
    if len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0]:
        raise ProtocolError(f"the provider's answers to the pieces of one request do not fit together: {sizes} vectors")
    return msgspec.structs.replace(
        first,
        vectors=tuple(vector for answer in answers for vector in answer.vectors),
        encoded={
            kind: tuple(vector for answer in answers for vector in answer.encoded.get(kind, ()))
            for kind in first.encoded
        },
        usage=summed([answer.usage for answer in answers]),
    )
