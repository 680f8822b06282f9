"""The journey of one call: what was asked of it, where it was, and the answer it brings back. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from pontage.catalog import Money
from pontage.dialects.envelope import Reply
from pontage.dialects.task import TaskReply
from pontage.domain.chat import ChatResponse, Note, TokenUsage
from pontage.domain.embeddings import EmbeddingResponse
from pontage.domain.rerank import RerankResponse
from pontage.errors import PontageError, UpstreamTimeoutError
from pontage.providers.base import Passing, Pulled, StreamReply
from pontage.router.plan import Plan, RouteTarget
from pontage.router.watch import Watch

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")
R = TypeVar("R", ChatResponse, EmbeddingResponse, RerankResponse)


class CallOptions(Struct, frozen=True, kw_only=True):
    """What a caller asks of the crossing itself. `timeout` in seconds clips the route's own total. `session`: calls of
    one session go to one place, while it is well; `fallbacks`: models to ask when the one named fails."""

    strict: bool = False
    timeout: float | None = None
    tags: tuple[str, ...] = ()
    session: str | None = None
    fallbacks: tuple[str, ...] = ()


class Crossing(Struct, kw_only=True):
    """Where a call may go, where it was, and what it used and cost so far. `began` is in UTC."""

    plan: Plan
    target: RouteTarget
    began: datetime
    attempts: tuple[str, ...] = ()  # "openai:429", "anthropic:200"
    key: str = ""  # the label of the key that was answered
    watch: Watch | None = None  # of the attempt that was answered
    simulated: bool = False
    usage: TokenUsage | None = None
    cost: Money | None = None  # None: not known
    error: PontageError | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """A whole answer and the journey it made."""

    reply: Reply
    notes: tuple[Note, ...]  # what the request lost; the answer's own notes come with its translation
    crossing: Crossing

    @property
    def response(self) -> ChatResponse:
        """The canonical answer, with its journey."""
        return travelled(self.reply.response, self.crossing, self.notes)


class Performed(Struct, Generic[Q, A], frozen=True, kw_only=True):
    """The answer of an operation beside chat, and the journey it made."""

    reply: TaskReply[Q, A]
    notes: tuple[Note, ...]
    crossing: Crossing


class LiveStream(Generic[T]):
    """A stream whose first content is there: from here on it is told truthfully to its end."""

    def __init__(
        self,
        crossing: Crossing,
        reply: StreamReply,
        pulled: Pulled[T],
        held: list[T],
        settle: Callable[[Crossing], None],
    ) -> None:
        self.crossing = crossing
        self.request_notes = reply.notes
        self.elapsed = reply.elapsed
        self._reply = reply
        self._pulled = pulled
        self._held = held
        self._tell = settle
        self._settled = False

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the request lost, and what could not be said of the answer so far."""
        return (*self.request_notes, *self._pulled.notes())

    async def pull(self) -> T | None:
        """The next piece, or None after the truthful end. Raises one of the error tree where the stream breaks."""
        if self._held:
            return self._held.pop(0)
        try:
            piece = await self._pulled.pull()
        except PontageError as error:
            self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            self._settle(None)
        return piece

    def fail(self, error: PontageError) -> T:
        """The last piece for the reader of a stream that broke with `error`."""
        return self._pulled.fail(error)

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._reply.aclose()
        self._settle(None)

    def _settle(self, error: PontageError | None) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error = error
            self.crossing.usage = self._pulled.usage
            self._tell(self.crossing)


class LivePassage:
    """An answer that passes as it comes, and the journey it makes."""

    def __init__(self, crossing: Crossing, passing: Passing, settle: Callable[[Crossing], None]) -> None:
        self.crossing = crossing
        self.status = passing.status
        self.headers = passing.headers
        self.elapsed = passing.elapsed
        self._passing = passing
        self._tell = settle
        self._settled = False

    async def pull(self) -> bytes | None:
        """The next piece, perhaps an empty one; None after the end. Raises one of the error tree."""
        try:
            piece = await self._passing.pull()
        except PontageError as error:
            self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            self._settle(None)
        return piece

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._passing.aclose()
        self._settle(None)

    def _settle(self, error: PontageError | None) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error = error
            self.crossing.usage = self._passing.usage
            self._tell(self.crossing)


def travelled(answer: R, crossing: Crossing, notes: tuple[Note, ...]) -> R:
    """`answer` with what its journey tells: the request's notes, the attempts, the provider and the cost."""
    return msgspec.structs.replace(
        answer,
        notes=(*notes, *answer.notes),
        attempts=crossing.attempts,
        provider=crossing.target.provider,
        cost=crossing.cost,
    )


async def until_content(pulled: Pulled[T]) -> list[T]:
    """Pull until the first content (or the end): until then the attempt can still be given up unseen."""
    held: list[T] = []
    while not pulled.content:
        piece = await pulled.pull()
        if piece is None:
            break
        held.append(piece)
    return held


@asynccontextmanager
async def first_content_within(seconds: float) -> AsyncGenerator[None]:
    """What is done inside ends with the first content. Raises UpstreamTimeoutError when that takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise UpstreamTimeoutError(
            f"the provider sent no content within {seconds:g} s", phase="first_content"
        ) from None


def label(error: PontageError) -> str:
    """An attempt's outcome in a word: the provider's status, or what went wrong on the road."""
    if error.upstream_status is not None and error.upstream_status != 200:  # 200: it went wrong inside the body
        return str(error.upstream_status)
    if isinstance(error, UpstreamTimeoutError):
        return f"timeout-{error.phase}"
    return error.code


def signed(error: PontageError, crossing: Crossing) -> PontageError:
    """`error` with the crossing's attempts, provider and model."""
    error.attempts = crossing.attempts
    error.provider = error.provider or crossing.target.provider
    error.model = error.model or crossing.target.model
    return error
