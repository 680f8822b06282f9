"""What the SDK asks beside chat: arguments as canonical requests, answers with their journey. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict, cast, get_args, get_type_hints

import msgspec
from msgspec import Meta

from pontage.asking import checked, said_in, speakable
from pontage.crossing import CallOptions, travelled
from pontage.dialects.operations import COUNT_TOKENS, EMBEDDINGS, RERANK
from pontage.dialects.task import Task
from pontage.domain.chat import ChatRequest
from pontage.domain.counting import TokenCount
from pontage.domain.embeddings import (
    Content,
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    Purpose,
    TokenIds,
    Truncate,
)
from pontage.domain.parts import JSONObject, Part
from pontage.domain.rerank import RankedDocument, RerankRequest, RerankResponse
from pontage.engine import Engine
from pontage.errors import InvalidRequestError, ProtocolError

Embeddable = EmbeddingInput | Part | Sequence[int]
"""A text, parts (a picture, or several things together), or the model's own token ids."""
PARTS: tuple[type, ...] = get_args(Part)
COUNT = Annotated[int, Meta(ge=1)]
EMBED_KINDS: dict[str, Any] = {**get_type_hints(EmbeddingRequest), "dimensions": COUNT}
RERANK_KINDS: dict[str, Any] = {**get_type_hints(RerankRequest), "top_n": COUNT, "max_tokens_per_doc": COUNT}


class EmbedOptions(TypedDict, total=False):
    """The options of `embed`; see `EmbeddingRequest`. None is the same as not said."""

    dimensions: int | None
    purpose: Purpose | None
    title: str | None
    truncate: Truncate | None
    types: Sequence[str] | None
    user: str | None
    extra: JSONObject | None


class RerankOptions(TypedDict, total=False):
    """The options of `rerank`; see `RerankRequest`. None is the same as not said."""

    top_n: int | None
    max_tokens_per_doc: int | None
    extra: JSONObject | None


async def embed(
    engine: Engine, model: str, inputs: Embeddable | Sequence[Embeddable], options: EmbedOptions, call: CallOptions
) -> EmbeddingResponse:
    """Vectors of `inputs`. Raises one of the error tree."""
    single = not isinstance(inputs, list | tuple) or all(isinstance(one, int) for one in inputs)
    listed = [inputs] if single else list(cast(Sequence[Any], inputs))
    if not listed or listed == [[]]:
        raise InvalidRequestError("`inputs` is empty: there is nothing to make vectors of", param="inputs")
    told = said_in(options, EmbedOptions.__annotations__)
    request = EmbeddingRequest(
        model=checked("model", model, Annotated[str, Meta(min_length=1)]),
        inputs=tuple(_input(one, f"inputs[{index}]") for index, one in enumerate(listed)),
        single=single,
        **{name: checked(name, value, EMBED_KINDS[name]) for name, value in told.items()},
    )
    with speakable(request):
        done = await engine.perform(Task[EmbeddingRequest, EmbeddingResponse].of(EMBEDDINGS, request, model), call)
    answer = travelled(done.reply.response, done.crossing, done.notes)
    try:
        return msgspec.structs.replace(
            answer, vectors=answer.floats(), model=answer.model or done.crossing.target.model
        )
    except ValueError as error:
        raise ProtocolError(f"the provider's vectors cannot be read: {error}") from None


async def rerank(
    engine: Engine, asked: tuple[str, str, Sequence[RankedDocument]], options: RerankOptions, call: CallOptions
) -> RerankResponse:
    """The documents that fit the query best (`asked`: model, query, documents), each as it was sent. Raises one of the
    error tree."""
    model, query, documents = asked
    if not isinstance(documents, list | tuple) or not documents:
        raise InvalidRequestError("`documents` must be a list of at least one text", param="documents")
    told = said_in(options, RerankOptions.__annotations__)
    request = RerankRequest(
        model=checked("model", model, Annotated[str, Meta(min_length=1)]),
        query=checked("query", query, str),
        documents=checked("documents", documents, tuple[RankedDocument, ...]),
        **{name: checked(name, value, RERANK_KINDS[name]) for name, value in told.items()},
    )
    with speakable(request):
        done = await engine.perform(Task[RerankRequest, RerankResponse].of(RERANK, request, model), call)
    answer = travelled(done.reply.response, done.crossing, done.notes)
    results = tuple(msgspec.structs.replace(one, document=one.document_in(request)) for one in answer.results)
    return msgspec.structs.replace(answer, results=results, model=answer.model or done.crossing.target.model)


async def count_tokens(engine: Engine, request: ChatRequest, call: CallOptions) -> TokenCount:
    """The tokens of `request` as a prompt. Raises one of the error tree."""
    with speakable(request):
        done = await engine.perform(Task[ChatRequest, TokenCount].of(COUNT_TOKENS, request, request.model), call)
    answer = done.reply.response
    notes = (*done.notes, *answer.notes)
    return msgspec.structs.replace(answer, notes=notes, provider=done.crossing.target.provider)


def _input(one: Any, where: str) -> EmbeddingInput:
    if isinstance(one, PARTS):
        return Content((cast(Part, one),))
    if isinstance(one, str | TokenIds | Content):
        return one
    try:
        return TokenIds(msgspec.convert(one, tuple[int, ...]))
    except msgspec.ValidationError:
        raise InvalidRequestError(f"`{where}` must be a text, parts or token ids", param=where) from None
