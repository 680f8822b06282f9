"""Gemini's embeddings: `:embedContent` for one input, `:batchEmbedContents` for up to a hundred. Floor 3; pure.

Source: ai.google.dev/api/embeddings and the google-genai package, November 2026. As in all of protobuf's JSON fields
may be written in snake_case. What a vector is for, its length and a title are said with each input of a batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, Raw, UnsetType

from pontage.dialects.codec import Codec, Wire
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.embeddings.google_inputs import Whole, read_input, write_input
from pontage.dialects.embeddings.inputs import note_types, note_unsaid, vectors_in
from pontage.dialects.notes import Notes
from pontage.dialects.operation import Format, fields_of, finished, told
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse, Purpose
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, ProtocolError

NAME: Final = "google_embeddings"
BATCH: Final = "google_batch_embeddings"
MOST: Final = 100
READ: Final[dict[str, Purpose]] = {
    "RETRIEVAL_DOCUMENT": "document",
    "RETRIEVAL_QUERY": "query",
    "SEMANTIC_SIMILARITY": "similarity",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
    "QUESTION_ANSWERING": "question",
    "FACT_VERIFICATION": "fact",
    "CODE_RETRIEVAL_QUERY": "code_query",
}
"""What a vector is for, from the wire."""
WRITTEN: Final = {purpose: word for word, purpose in READ.items()}
"""The same, to the wire."""
_UNSPECIFIED: Final = "TASK_TYPE_UNSPECIFIED"
_COUNTED: Final = {"IMAGE": "input_image", "VIDEO": "input_video", "AUDIO": "input_audio"}
_SNAKE: Final = re.compile(r"_([a-z])")


class One(Wire, rename="camel"):
    """A request for one vector; one of many in a batch."""

    content: Whole
    model: str | UnsetType = UNSET
    task_type: str | int | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    output_dimensionality: int | UnsetType | None = UNSET


class Many(Wire):
    """A batch."""

    requests: list[One]
    model: str | UnsetType = UNSET


class Values(Wire):
    """One vector."""

    values: list[float]


class Told(Wire, rename="camel"):
    """The answer."""

    embedding: Values | UnsetType = UNSET
    embeddings: list[Values] | UnsetType = UNSET
    usage_metadata: JSONObject | UnsetType | None = UNSET


def _camel(name: str) -> str:
    return _SNAKE.sub(lambda found: found[1].upper(), name)


_ONE: Final = Codec(One, alias=_camel)
_MANY: Final = Codec(Many, alias=_camel)
_RESPONSE: Final = Codec(Told, of="response", alias=_camel)


def google_format(name: str) -> Format[EmbeddingRequest, EmbeddingResponse]:
    """The format of that name."""
    return Format(
        name=name,
        words="google_generate",
        encode_request=partial(encode_request, name=name),
        decode_request=partial(decode_request, name=name),
        adjust_request=partial(adjust_request, name=name),
        encode_response=partial(encode_response, name=name),
        decode_response=partial(decode_response, name=name),
        most=MOST if name == BATCH else 1,
    )


def adjust_request(body: bytes, model: str, *, name: str) -> bytes:
    """`body` for another model: the path names it, and what the body says of it must agree."""
    fields, wire = fields_of(body), _qualified(model)
    if name != BATCH:
        return body if _names(fields, model, optional=True) else msgspec.json.encode({**fields, "model": wire})
    try:
        listed = msgspec.json.decode(fields.get("requests", b"[]"), type=list[Raw])
    except msgspec.ValidationError:
        raise InvalidRequestError("`requests` must be a list", param="requests") from None
    requests = [fields_of(bytes(one)) for one in listed]
    if _names(fields, model, optional=True) and all(_names(one, model) for one in requests):
        return body
    named = {"model": wire} if "model" in fields else {}
    return msgspec.json.encode({**fields, **named, "requests": [{**one, "model": wire} for one in requests]})


def _names(fields: Mapping[str, Raw], model: str, *, optional: bool = False) -> bool:
    """Whether the fields name this model; with `optional` also when they name none."""
    named = fields.get("model")
    names = (msgspec.json.encode(model), msgspec.json.encode(_qualified(model)))
    return optional if named is None else bytes(named) in names


def decode_request(body: bytes, *, name: str) -> EmbeddingRequest:
    """The canonical request. Raises InvalidRequestError."""
    requests = _MANY.decode(body).requests if name == BATCH else [_ONE.decode(body)]
    if not requests:
        raise InvalidRequestError("`requests` is empty: give at least one", param="requests")
    first = requests[0]
    for index, one in enumerate(requests):
        for field in ("task_type", "title", "output_dimensionality", "extra"):
            if getattr(one, field) != getattr(first, field):
                message = f"the requests of a batch must agree in {field} to be sent to this provider"
                raise InvalidRequestError(message, param=f"requests[{index}].{_camel(field)}")
    task: Any = told(first.task_type)
    extra = first.extra
    if task not in (None, _UNSPECIFIED, 0) and task not in READ:
        extra["taskType"] = task
    before = "requests[{}]." if name == BATCH else ""
    return EmbeddingRequest(
        model=told(first.model) or "",
        inputs=tuple(read_input(one.content, f"{before.format(index)}content") for index, one in enumerate(requests)),
        dimensions=told(first.output_dimensionality),
        purpose=READ.get(task) if isinstance(task, str) else None,
        title=told(first.title),
        single=name != BATCH,
        origin=Origin(name),
        extra=extra,
    )


def encode_request(request: EmbeddingRequest, *, name: str) -> Encoded:
    """The body, and what it could not say. Raises InvalidRequestError for token ids."""
    notes = Notes()
    said: JSONObject = {"model": _qualified(request.model)}
    if request.purpose in WRITTEN:
        said["taskType"] = WRITTEN[request.purpose]
    elif request.purpose is not None:
        notes.dropped("purpose", f"there is no word for {request.purpose}")
    if request.title is not None:
        said["title"] = request.title
    if request.dimensions is not None:
        said["outputDimensionality"] = request.dimensions
    if request.truncate in ("none", "start"):
        notes.dropped("truncate", "too long a text is cut at its end")
    note_unsaid(request, ("user",), notes)
    note_types(request.types, notes)
    if request.origin is not None and request.origin.dialect in (NAME, BATCH):
        said.update(request.extra)
    else:
        notes.extras(request.extra)
    contents = [{"parts": write_input(one, number)} for number, one in enumerate(request.inputs)]
    if name != BATCH:
        return Encoded(msgspec.json.encode({**said, "content": contents[0]}), notes.all())
    requests = [{**said, "content": content} for content in contents]
    return Encoded(msgspec.json.encode({"requests": requests}), notes.all())


def decode_response(body: bytes, *, name: str) -> EmbeddingResponse:
    """The canonical answer. Raises ProtocolError."""
    wire = _RESPONSE.decode(body)
    vectors = [wire.embedding] if wire.embedding is not UNSET else wire.embeddings
    if vectors is UNSET:
        raise ProtocolError("the provider's answer has no vectors")
    return EmbeddingResponse(
        model="",
        vectors=tuple(tuple(one.values) for one in vectors),
        usage=_usage(told(wire.usage_metadata)),
        origin=Origin(name),
        extra=wire.extra,
    )


def encode_response(answer: EmbeddingResponse, request: EmbeddingRequest, *, name: str) -> Encoded:
    """The body a client reads."""
    notes = Notes()
    vectors = [{"values": vector} for vector in vectors_in(answer, "float", notes)]
    said: JSONObject = {"embeddings": vectors} if name == BATCH else {"embedding": vectors[0] if vectors else {}}
    if answer.usage is not None and answer.usage.total_input is not None:
        said["usageMetadata"] = {"promptTokenCount": answer.usage.total_input}
    return finished(said, answer, (NAME, BATCH), notes)


def _qualified(model: str) -> str:
    return model if model.startswith(("models/", "tunedModels/")) else f"models/{model}"


def _usage(raw: JSONObject | None) -> TokenUsage | None:
    """The tokens, told apart by what they are where the answer does, for media have prices of their own."""
    total = whole((raw or {}).get("promptTokenCount"))
    if raw is None or total is None:
        return None
    details = _counts(raw.get("promptTokenDetails", raw.get("promptTokensDetails")))
    if not details or total < sum(count for _, count in details):
        return TokenUsage(input=total, raw=raw)
    counted: dict[str, Any] = dict.fromkeys(_COUNTED.values(), 0)
    for modality, count in details:
        if modality not in (*_COUNTED, "TEXT"):
            return TokenUsage(input=total, raw=raw)
        if modality in _COUNTED:
            counted[_COUNTED[modality]] += count
    return TokenUsage(input=total - sum(counted.values()), raw=raw, **counted)


def _counts(details: Any) -> list[tuple[str, int]]:
    """How many tokens of which kind."""
    listed = cast("list[Any]", details) if isinstance(details, list) else []
    told = [cast(JSONObject, one) for one in listed if isinstance(one, dict)]
    return [(str(one.get("modality")), whole(one.get("tokenCount")) or 0) for one in told]
