"""What an operation beside chat is (embeddings, rerank, ...): one question, one whole answer. Floor 2; pure.

A format of an operation is one record for both sides of the bridge: there are no streams, and what there is is small.
Its errors are worded as those of the chat dialect named by `words`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from hashlib import blake2b
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct

from pontage.dialects.dialect import Encoded, KeptState
from pontage.dialects.heads import Head, read_head
from pontage.dialects.notes import Notes
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

Q = TypeVar("Q")
A = TypeVar("A")


class Format(Struct, Generic[Q, A], frozen=True, kw_only=True):
    """One wire format of an operation: Q is its canonical request, A its canonical answer."""

    name: str
    words: str
    encode_request: Callable[[Q], Encoded]
    decode_request: Callable[[bytes], Q]
    """Raises InvalidRequestError. A model that the body does not name is the empty string."""
    adjust_request: Callable[[bytes, str], bytes]
    """(body, model) of a request in this format: the same bytes, or with the model's name replaced."""
    encode_response: Callable[[A, Q], Encoded]
    """The answer to that request."""
    decode_response: Callable[[bytes], A]
    """Raises ProtocolError."""
    label: Callable[[A, Q], A] | None = None
    """An answer to that request with all that it does not tell of itself. Set where there is such a thing. Raises
    ProtocolError."""
    kept_in: Callable[[bytes], tuple[KeptState, ...]] | None = None
    """What a request goes on from that one provider keeps. Set where the format can say such a thing."""
    most: int | None = None
    """Inputs that one request may hold; None: as many as one likes."""


class Operation(Struct, Generic[Q, A], frozen=True, kw_only=True):
    """An operation: its formats by name, and how a large request is cut and its answers are put together."""

    name: str
    formats: Mapping[str, Format[Q, A]]
    usage_of: Callable[[A], TokenUsage | None]
    divide: Callable[[Q, int], list[Q]] = lambda request, most: [request]
    join: Callable[[list[A]], A] = lambda answers: answers[0]
    fit: Callable[[Q, A], A] = lambda request, answer: answer
    """The answer, if it can be one to that question. Raises ProtocolError where it cannot."""
    guess: Callable[[Q], A] | None = None
    """What is answered where the provider has no way of doing it; None: it is refused."""


class _Named(Head):
    model: str | None = None


_NAMED = msgspec.json.Decoder(_Named)
_FIELDS = msgspec.json.Decoder(dict[str, Raw])


def model_of(body: bytes) -> str:
    """The model that a JSON object names, else the empty string. Raises InvalidRequestError when it is none, and for a
    field that no request may have."""
    return read_head(_NAMED, body).model or ""


def with_model(body: bytes, model: str) -> bytes:
    """`body` for another model: the very same bytes where it names that one already."""
    if model_of(body) == model:
        return body
    return msgspec.json.encode({**fields_of(body), "model": model})


def fields_of(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object, their values untouched. Raises InvalidRequestError."""
    try:
        return _FIELDS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"the body is not a JSON object: {error}") from None


def told(value: Any) -> Any:
    """A wire field's value; None where it is not there."""
    return None if value is UNSET else value


def made_id(prefix: str, *said: Any) -> str:
    """An id for an answer whose provider gave none, made of what it says: the same answer has the same id."""
    return f"{prefix}-{blake2b(msgspec.json.encode(said), digest_size=12).hexdigest()}"


class Kept(Protocol):
    """What keeps the fields of its own format that have no name here."""

    @property
    def origin(self) -> Origin | None:
        """The format it was read from."""
        ...

    @property
    def extra(self) -> JSONObject:
        """Those fields."""
        ...


def finished(said: JSONObject, value: Kept, names: Collection[str], notes: Notes) -> Encoded:
    """The body `said` of `value`: with the fields it keeps where it is of one of these formats, else with notes of
    them."""
    if value.origin is not None and value.origin.dialect in names:
        return Encoded(msgspec.json.encode({**said, **value.extra}), notes.all())
    notes.extras(value.extra)
    return Encoded(msgspec.json.encode(said), notes.all())
