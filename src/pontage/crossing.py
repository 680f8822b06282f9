"""The journey of one call: what was asked of it, where it was, and the answer it brings back. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct

from pontage.catalog import Money
from pontage.dialects.envelope import Reply
from pontage.dialects.task import TaskReply
from pontage.domain.chat import ChatResponse, Note, TokenUsage
from pontage.domain.embeddings import EmbeddingResponse
from pontage.domain.rerank import RerankResponse
from pontage.errors import PontageError, UpstreamTimeoutError
from pontage.knowledge import Bill
from pontage.providers.base import Passing, Pulled, StreamReply
from pontage.router.plan import Plan, RouteTarget
from pontage.router.watch import Watch
from pontage.security.keys import Caller
from pontage.security.limits import Standing

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")
R = TypeVar("R", ChatResponse, EmbeddingResponse, RerankResponse)


class CallOptions(Struct, frozen=True, kw_only=True):
    """What a caller asks of the crossing itself. `timeout` in seconds clips the route's own total. `session`: calls of
    one session go to one place, while it is well; `fallbacks`: models to ask when the one named fails. `id` is what the
    books call the request, `caller` who pays for it."""

    strict: bool = False
    timeout: float | None = None
    tags: tuple[str, ...] = ()
    session: str | None = None
    fallbacks: tuple[str, ...] = ()
    id: str | None = None
    caller: Caller | None = None


class Kept(Protocol):
    """An account in the books."""

    @property
    def standings(self) -> list[Standing]:
        """How the limits stand that the call is under."""
        ...

    async def settle(self) -> None:
        """The call has ended, as its crossing tells; returns when that is safe."""
        ...


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
    bill: Bill | None = None
    notes: tuple[Note, ...] = ()
    first: datetime | None = None  # when a stream's first content was there
    left: bool = False  # the client was gone before the end
    error: PontageError | None = None
    account: Kept | None = None  # None: no books are kept

    @property
    def cost(self) -> Money | None:
        """What it cost; None when that is not known."""
        return None if self.bill is None else self.bill.cost


Settle = Callable[[Crossing], Awaitable[None]]
"""Makes the record of a crossing that has ended, and returns when that is safe."""


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
        settle: Settle,
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
            await self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            await self._settle(None)
        return piece

    def fail(self, error: PontageError) -> T:
        """The last piece for the reader of a stream that broke with `error`."""
        return self._pulled.fail(error)

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._reply.aclose()
        await self._settle(None, left=True)

    async def _settle(self, error: PontageError | None, *, left: bool = False) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error = error
            self.crossing.left = left
            self.crossing.notes = self.notes
            self.crossing.usage = self._pulled.usage
            await self._tell(self.crossing)


class LivePassage:
    """An answer that passes as it comes, and the journey it makes."""

    def __init__(self, crossing: Crossing, passing: Passing, settle: Settle) -> None:
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
            await self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            await self._settle(None)
        return piece

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._passing.aclose()
        await self._settle(None, left=True)

    async def _settle(self, error: PontageError | None, *, left: bool = False) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error = error
            self.crossing.left = left
            self.crossing.usage = self._passing.usage
            await self._tell(self.crossing)


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
