"""Cohere's rerank, v2 and the v1 before it, which Jina, Together, vLLM and most servers speak. Floor 3; pure.

Source: docs.cohere.com (rerank) and the cohere package, docs.vllm.ai, docs.voyageai.com, November 2026. v2 takes texts
only and never sends them back; Voyage has two words of its own (`Spelled`).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pontage.dialects.codec import Codec, Wire
from pontage.dialects.counts import whole
from pontage.dialects.dialect import Encoded
from pontage.dialects.notes import Notes
from pontage.dialects.operation import Format, finished, made_id, told, with_model
from pontage.domain.chat import Origin, TokenUsage
from pontage.domain.parts import JSONObject
from pontage.domain.rerank import Ranked, RankedDocument, RerankRequest, RerankResponse
from pontage.errors import InvalidRequestError, ProtocolError

V2: Final = "cohere_rerank"
V1: Final = "cohere_rerank_v1"
VOYAGE: Final = "voyage_rerank"


class Spelled(Struct, frozen=True):
    """How a server of the format calls the number of `results` wanted and the list of them. `echoes`: it sends
    documents back where they are asked for; `objects`: it takes documents with fields; `cuts`: it takes their length.
    `version`: of Cohere's API."""

    name: str
    top: str = "top_n"
    results: str = "results"
    echoes: bool = True
    objects: bool = True
    cuts: bool = True
    version: str | None = None


SPELLINGS: Final = (
    Spelled(V2, echoes=False, objects=False, version="2"),
    Spelled(V1, version="1"),
    Spelled(VOYAGE, top="top_k", results="data", objects=False, cuts=False),
)


class Asked(Wire):
    """The request."""

    query: str
    documents: list[str | JSONObject]
    model: str = ""
    top_n: int | UnsetType | None = UNSET
    top_k: int | UnsetType | None = UNSET
    max_tokens_per_doc: int | UnsetType | None = UNSET
    return_documents: bool | UnsetType | None = UNSET


class Scored(Wire):
    """One document's place."""

    index: int
    relevance_score: float
    document: str | JSONObject | UnsetType | None = UNSET


class Told(Wire):
    """The answer."""

    results: list[Scored] | UnsetType = UNSET
    data: list[Scored] | UnsetType = UNSET
    id: str | UnsetType | None = UNSET
    model: str = ""
    object: Any = None
    meta: JSONObject | UnsetType | None = UNSET
    usage: JSONObject | UnsetType | None = UNSET


_REQUEST: Final = Codec(Asked)
_RESPONSE: Final = Codec(Told, of="response")


def rerank_format(spelled: Spelled) -> Format[RerankRequest, RerankResponse]:
    """The format as `spelled`."""
    return Format(
        name=spelled.name,
        words="cohere_chat" if spelled.version is not None else "openai_chat",
        encode_request=partial(encode_request, spelled=spelled),
        decode_request=partial(decode_request, spelled=spelled),
        adjust_request=with_model,
        encode_response=partial(encode_response, spelled=spelled),
        decode_response=partial(decode_response, spelled=spelled),
    )


def decode_request(body: bytes, *, spelled: Spelled) -> RerankRequest:
    """The canonical request. Raises InvalidRequestError."""
    wire = _REQUEST.decode(body)
    if not wire.documents:
        raise InvalidRequestError("`documents` is empty: there is nothing to order", param="documents")
    extra = wire.extra
    own, other = ("top_n", "top_k") if spelled.top == "top_n" else ("top_k", "top_n")
    if getattr(wire, other) is not UNSET:
        extra[other] = getattr(wire, other)
    return RerankRequest(
        model=wire.model,
        query=wire.query,
        documents=tuple(wire.documents),
        top_n=told(getattr(wire, own)),
        max_tokens_per_doc=told(wire.max_tokens_per_doc),
        return_documents=told(wire.return_documents),
        origin=Origin(spelled.name),
        extra=extra,
    )


def encode_request(request: RerankRequest, *, spelled: Spelled) -> Encoded:
    """The body, and what it could not say."""
    notes = Notes()
    said: JSONObject = {"model": request.model, "query": request.query}
    said["documents"] = [
        one if spelled.objects else _as_text(one, f"documents[{index}]", notes)
        for index, one in enumerate(request.documents)
    ]
    if request.top_n is not None:
        said[spelled.top] = request.top_n
    if request.max_tokens_per_doc is not None:
        if spelled.cuts:
            said["max_tokens_per_doc"] = request.max_tokens_per_doc
        else:
            notes.dropped("max_tokens_per_doc", "the format cannot say it")
    if request.return_documents is not None and spelled.echoes:
        said["return_documents"] = request.return_documents
    return finished(said, request, (spelled.name,), notes)


def decode_response(body: bytes, *, spelled: Spelled) -> RerankResponse:
    """The canonical answer. Raises ProtocolError."""
    wire = _RESPONSE.decode(body)
    meta: JSONObject = told(wire.meta) or {}
    scored = wire.results if wire.results is not UNSET else wire.data
    if scored is UNSET:
        raise ProtocolError("the provider's answer has no results")
    return RerankResponse(
        model=wire.model,
        results=tuple(
            Ranked(index=one.index, score=one.relevance_score, document=_read(told(one.document)), extra=one.extra)
            for one in scored
        ),
        id=told(wire.id),
        usage=_usage(meta, told(wire.usage) or {}),
        origin=Origin(spelled.name),
        extra=wire.extra,
    )


def encode_response(answer: RerankResponse, request: RerankRequest, *, spelled: Spelled) -> Encoded:
    """The body a client reads; documents it asked for come from its own request where the provider sent none."""
    notes = Notes()
    results: list[JSONObject] = []
    for one in answer.results:
        result: JSONObject = {"index": one.index, "relevance_score": one.score}
        if spelled.echoes and request.return_documents:
            document = one.document_in(request)
            plain = spelled.version is None
            result["document"] = {"text": document} if isinstance(document, str) and not plain else document
        notes.extras(one.extra, "results")
        results.append(result)
    usage = answer.usage or TokenUsage()
    said: JSONObject = (
        {"id": answer.id or made_id("rerank", answer.model, answer.results)}
        if spelled.version is not None
        else {"object": "list"}
    )
    said |= {"model": answer.model or request.model, spelled.results: results}
    if spelled.version is not None:
        billed = {"billed_units": {"search_units": usage.search_units}} if usage.search_units is not None else {}
        said["meta"] = {"api_version": {"version": spelled.version}, **billed}
    if usage.total is not None:
        said["usage"] = {"total_tokens": usage.total}
    return finished(said, answer, (spelled.name,), notes)


def _read(document: RankedDocument | None) -> RankedDocument | None:
    """A text by itself where it is all that the document holds."""
    if isinstance(document, dict) and document.keys() == {"text"} and isinstance(document["text"], str):
        return document["text"]
    return document


def _as_text(document: RankedDocument, where: str, notes: Notes) -> str:
    read = _read(document)
    if isinstance(read, str):
        return read
    notes.approximated(where, "its fields are sent as JSON text")
    return msgspec.json.encode(read).decode()


def _usage(meta: JSONObject, usage: JSONObject) -> TokenUsage | None:
    """What is billed: units of search, or tokens."""
    billed: Any = meta.get("billed_units")
    units = whole(cast(JSONObject, billed).get("search_units")) if isinstance(billed, dict) else None
    read = whole(usage.get("prompt_tokens", usage.get("total_tokens")))
    return None if units is None and read is None else TokenUsage(input=read, search_units=units, raw=usage or meta)
