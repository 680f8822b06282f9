"""Documents in the order of what they have to do with a query: the request and its answer. Floor 1; pure data."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from pontage.catalog.money import Money
from pontage.domain.chat import Note, Origin, Stored, TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

RankedDocument = str | JSONObject
"""A text, or fields of which some are texts."""


class RerankRequest(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """Which documents shall be ordered by a query. None means: not said.

    `top_n`: how many of them to tell, `max_tokens_per_doc`: where a document is cut. `return_documents`: the answer
    shall hold them.
    """

    model: str
    query: str
    documents: tuple[RankedDocument, ...]
    top_n: int | None = None
    max_tokens_per_doc: int | None = None
    return_documents: bool | None = None
    origin: Origin | None = None
    extra: JSONObject = msgspec.field(default={})


class Ranked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document: its `index` among those of the request, and a score; only the order of scores means something."""

    index: int
    score: float
    document: RankedDocument | None = None
    extra: JSONObject = msgspec.field(default={})

    def document_in(self, request: RerankRequest) -> RankedDocument | None:
        """The document that was ranked: as the provider echoed it, else as it was sent."""
        if self.document is not None:
            return self.document
        return request.documents[self.index] if 0 <= self.index < len(request.documents) else None


class RerankResponse(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """The documents that fit best, the best one first."""

    model: str
    results: tuple[Ranked, ...] = ()
    id: str | None = None
    usage: TokenUsage | None = None
    notes: tuple[Note, ...] = ()
    cost: Money | None = None  # None: not known
    attempts: tuple[str, ...] = ()
    provider: str | None = None
    origin: Origin | None = None
    extra: JSONObject = msgspec.field(default={})


def fitted(request: RerankRequest, answer: RerankResponse) -> RerankResponse:
    """`answer`, of documents that were sent, each once. Raises ProtocolError where it is not."""
    told = [one.index for one in answer.results]
    strange = [index for index in told if not 0 <= index < len(request.documents)]
    if strange or len(set(told)) != len(told):
        raise ProtocolError(
            f"the provider's answer ranks other documents than the {len(request.documents)} it was sent"
        )
    return answer
