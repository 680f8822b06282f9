"""The journey of one call: what was asked of it, where it was, and the answer it brings back. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from time import monotonic
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
from pontage.observing.record import LEFT, AttemptRecord
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
    one session go to one place, while it is well; `fallbacks`: models to ask when the one named fails. `id` and
    `format`: the request's own and its client's, where it came through the gateway; `caller`: whose key it is."""

    strict: bool = False
    timeout: float | None = None
    tags: tuple[str, ...] = ()
    session: str | None = None
    fallbacks: tuple[str, ...] = ()
    id: str = ""
    format: str = ""
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
    """Where a call may go, where it was, and what it used and cost so far. `began` is in UTC, `started` the same moment
    on the monotonic clock, `elapsed` the seconds to its end. `received`: bytes of the answer, as the provider wrote a
    whole one, as the client gets a stream. `left`: its caller did not wait for the end."""

    plan: Plan
    target: RouteTarget
    began: datetime
    started: float = msgspec.field(default_factory=monotonic)
    elapsed: float | None = None
    options: CallOptions = CallOptions()
    streamed: bool = False
    tried: list[AttemptRecord] = []
    key: str = ""  # the label of the key that was answered
    watch: Watch | None = None  # of the attempt that was answered
    simulated: bool = False
    usage: TokenUsage | None = None
    bill: Bill | None = None
    notes: tuple[Note, ...] = ()
    stop: str | None = None  # None: not told, or nobody read it
    received: int = 0
    left: bool = False
    error: PontageError | None = None
    account: Kept | None = None  # None: no books are kept

    @property
    def cost(self) -> Money | None:
        """What it cost; None when that is not known."""
        return None if self.bill is None else self.bill.cost

    @property
    def attempts(self) -> tuple[str, ...]:
        """The attempts in a word each: `openai:429`, `anthropic:200`."""
        return tuple(one.label for one in self.tried)

    def answered(self, usage: TokenUsage | None, notes: tuple[Note, ...], received: int) -> None:
        """A whole answer is there."""
        self.usage, self.notes, self.received = usage, notes, received

    def close(self, now: float) -> None:
        """It is over: what the last attempt took is known. `now`: on the clock of `started`."""
        self.elapsed = now - self.started
        if not self.tried:
            return
        last = self.tried[-1]
        last.usage, last.cost, last.outcome = self.usage, self.cost, last.outcome or LEFT
        if last.elapsed is None:
            last.elapsed = self.elapsed - last.began
        if last.code is None and self.error is not None:
            last.code = self.error.code


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
        crossing.tried[-1].first_byte = reply.elapsed

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the request lost, and what could not be said of the answer so far."""
        return (*self.request_notes, *self._pulled.notes())

    async def pull(self) -> T | None:
        """The next piece, or None after the truthful end. Raises one of the error tree where the stream breaks."""
        if self._held:
            return self._counted(self._held.pop(0))
        try:
            piece = await self._pulled.pull()
        except PontageError as error:
            await self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            await self._settle(None)
            return None
        return self._counted(piece)

    def fail(self, error: PontageError) -> T:
        """The last piece for the reader of a stream that broke with `error`."""
        return self._pulled.fail(error)

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._reply.aclose()
        await self._settle(None, left=True)

    def _counted(self, piece: T) -> T:
        if isinstance(piece, bytes):
            self.crossing.received += len(piece)
        return piece

    async def _settle(self, error: PontageError | None, *, left: bool = False) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error, self.crossing.left = error, left
            self.crossing.usage, self.crossing.notes = self._pulled.usage, self.notes
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
        crossing.tried[-1].first_byte = passing.elapsed

    async def pull(self) -> bytes | None:
        """The next piece, perhaps an empty one; None after the end. Raises one of the error tree."""
        try:
            piece = await self._passing.pull()
        except PontageError as error:
            await self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            await self._settle(None)
        else:
            self.crossing.received += len(piece)
        return piece

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._passing.aclose()
        await self._settle(None, left=True)

    async def _settle(self, error: PontageError | None, *, left: bool = False) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error, self.crossing.left = error, left
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
