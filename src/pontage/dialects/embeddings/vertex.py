"""Embeddings on Vertex AI: `:embedContent` for Gemini's models, `:predict` for those before them. Floor 3; pure.

Source: the API's description (discovery document) and the google-genai package, November 2026. The first is the Gemini
API's form with a place of its own for settings; the second has instances and predictions.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from pontage.dialects.codec import Codec, Wire
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.embeddings import google
from pontage.dialects.embeddings.inputs import note_types, note_unsaid, only_texts, vectors_in
from pontage.dialects.notes import Notes
from pontage.dialects.operation import Format, fields_of, finished, told
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, ProtocolError

NAME: Final = "vertex_embeddings"
PREDICT: Final = "vertex_predict_embeddings"
MOST: Final = 250
"""Texts that one `:predict` takes."""
_SETTINGS: Final = ("taskType", "title", "outputDimensionality", "autoTruncate", "documentOcr", "audioTrackExtraction")
_PLACE: Final = "embedContentConfig"


class Instance(Wire):
    """A text, what its vector is for, and its title."""

    content: str
    task_type: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET


class Parameters(Wire, rename="camel"):
    """What holds for all instances."""

    auto_truncate: bool | UnsetType | None = UNSET
    output_dimensionality: int | UnsetType | None = UNSET


class Asked(Wire):
    """The request."""

    instances: list[Instance]
    parameters: Parameters | UnsetType | None = UNSET


class Statistics(Wire):
    """How many tokens a text is."""

    token_count: Any = None
    truncated: Any = None


class Vector(Wire):
    """A vector, and how it came about."""

    values: list[float]
    statistics: Statistics | UnsetType | None = UNSET


class Prediction(Wire):
    """The answer to an instance."""

    embeddings: Vector


class Told(Wire):
    """The answer."""

    predictions: list[Prediction]


_REQUEST: Final = Codec(Asked)
_RESPONSE: Final = Codec(Told, of="response")


def content_format() -> Format[EmbeddingRequest, EmbeddingResponse]:
    """`:embedContent`."""
    return Format(
        name=NAME,
        words="google_generate",
        encode_request=encode_content,
        decode_request=decode_content,
        adjust_request=lambda body, model: body,  # the path names it
        encode_response=partial(google.encode_response, name=google.NAME),
        decode_response=partial(google.decode_response, name=google.NAME),
        most=1,
    )


def predict_format() -> Format[EmbeddingRequest, EmbeddingResponse]:
    """`:predict`."""
    return Format(
        name=PREDICT,
        words="google_generate",
        encode_request=encode_predict,
        decode_request=decode_predict,
        adjust_request=lambda body, model: body,
        encode_response=encode_predictions,
        decode_response=decode_predictions,
        most=MOST,
    )


def encode_content(request: EmbeddingRequest) -> Encoded:
    """The body, and what it could not say. Raises InvalidRequestError for token ids."""
    encoded = google.encode_request(request, name=google.NAME)
    fields = fields_of(encoded.body)
    del fields["model"]
    settings = {name: fields.pop(name) for name in _SETTINGS if name in fields}
    return Encoded(msgspec.json.encode({**fields, _PLACE: settings} if settings else fields), encoded.notes)


def decode_content(body: bytes) -> EmbeddingRequest:
    """The canonical request. Raises InvalidRequestError."""
    fields = fields_of(body)
    settings = fields_of(bytes(fields.pop(_PLACE, b"{}")))
    return google.decode_request(msgspec.json.encode({**fields, **settings}), name=google.NAME)


def encode_predict(request: EmbeddingRequest) -> Encoded:
    """The body, and what it could not say. Raises InvalidRequestError for inputs that are no text."""
    notes = Notes()
    beside: JSONObject = {}
    if request.purpose in google.WRITTEN:
        beside["task_type"] = google.WRITTEN[request.purpose]
    elif request.purpose is not None:
        notes.dropped("purpose", f"there is no word for {request.purpose}")
    if request.title is not None:
        beside["title"] = request.title
    parameters: JSONObject = {}
    if request.dimensions is not None:
        parameters["outputDimensionality"] = request.dimensions
    if request.truncate is not None:
        parameters["autoTruncate"] = request.truncate != "none"
    if request.truncate == "start":
        notes.approximated("truncate", "too long a text is cut at its end")
    note_unsaid(request, ("user",), notes)
    note_types(request.types, notes)
    said: JSONObject = {"instances": [{"content": text, **beside} for text in only_texts(request.inputs)]}
    if parameters:
        said["parameters"] = parameters
    return finished(said, request, (PREDICT,), notes)


def decode_predict(body: bytes) -> EmbeddingRequest:
    """The canonical request. Raises InvalidRequestError."""
    wire = _REQUEST.decode(body)
    if not wire.instances:
        raise InvalidRequestError("`instances` is empty: give at least one", param="instances")
    first, parameters = wire.instances[0], told(wire.parameters) or Parameters()
    for index, one in enumerate(wire.instances):
        if (one.task_type, one.title) != (first.task_type, first.title):
            message = "the instances must agree in what they are for to be sent to this provider"
            raise InvalidRequestError(message, param=f"instances[{index}]")
    cut = told(parameters.auto_truncate)
    return EmbeddingRequest(
        model="",
        inputs=tuple(one.content for one in wire.instances),
        dimensions=told(parameters.output_dimensionality),
        purpose=google.READ.get(told(first.task_type) or ""),
        title=told(first.title),
        truncate=None if cut is None else "end" if cut else "none",
        origin=Origin(PREDICT),
        extra=wire.extra,
    )


def decode_predictions(body: bytes) -> EmbeddingResponse:
    """The canonical answer. Raises ProtocolError."""
    wire = _RESPONSE.decode(body)
    if not wire.predictions:
        raise ProtocolError("the provider's answer has no vectors")
    vectors = [one.embeddings for one in wire.predictions]
    counts = [whole(statistics.token_count) for one in vectors if (statistics := told(one.statistics)) is not None]
    known = len(counts) == len(vectors) and None not in counts
    return EmbeddingResponse(
        model="",
        vectors=tuple(tuple(one.values) for one in vectors),
        usage=TokenUsage(input=sum(cast("list[int]", counts))) if known else None,
        origin=Origin(PREDICT),
        extra=wire.extra,
    )


def encode_predictions(answer: EmbeddingResponse, request: EmbeddingRequest) -> Encoded:
    """The body a client reads."""
    notes = Notes()
    vectors = vectors_in(answer, "float", notes)
    said: JSONObject = {"predictions": [{"embeddings": {"values": vector}} for vector in vectors]}
    return finished(said, answer, (PREDICT,), notes)
