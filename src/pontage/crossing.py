"""The journey of one call: what was asked of it, where it was, and the answer it brings back. Floor 7."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from pontage.catalog import Money
from pontage.dialects.envelope import Reply
from pontage.dialects.task import TaskReply
from pontage.domain.chat import ChatResponse, Note, TokenUsage
from pontage.domain.embeddings import EmbeddingResponse
from pontage.domain.rerank import RerankResponse
from pontage.domain.usage import summed
from pontage.errors import PontageError, UpstreamTimeoutError
from pontage.observing.record import LEFT, AttemptRecord
from pontage.router.plan import Plan, RouteTarget
from pontage.router.watch import Watch

Q = TypeVar("Q")
A = TypeVar("A")
R = TypeVar("R", ChatResponse, EmbeddingResponse, RerankResponse)


class CallOptions(Struct, frozen=True, kw_only=True):
    """What a caller asks of the crossing itself. `timeout` in seconds clips the route's own total. `session`: calls of
    one session go to one place, while it is well; `fallbacks`: models to ask when the one named fails. `id` and
    `format`: the request's own and its client's, where it came through the gateway. `cache`: `no-store` leaves kept
    answers alone, `no-cache` asks anew; `tenant`: whose call it is, for no answer is kept for another.
    `traceparent`: the trace that it is part of; `passed`: headers that every provider gets. `repeats`: the caller sends
    again what failed, whatever it is told, so nobody is asked a second time on its behalf. `service_tier`: what the
    request asks to be served as."""

    strict: bool = False
    timeout: float | None = None
    tags: tuple[str, ...] = ()
    session: str | None = None
    fallbacks: tuple[str, ...] = ()
    cache: tuple[str, ...] = ()
    tenant: str = ""
    id: str = ""
    format: str = ""
    operation: str = "chat"
    traceparent: str = ""
    passed: tuple[tuple[str, str], ...] = ()
    repeats: bool = False
    service_tier: str | None = None


class Crossing(Struct, kw_only=True):
    """Where a call may go, where it was, and what it used and cost so far. `began` is in UTC, `started` the same moment
    on the monotonic clock, `elapsed` the seconds to its end. `received`: bytes of the answer, as the provider wrote a
    whole one, as the client gets a stream. `left`: its caller did not wait for the end. `truncated`: the caller was
    not given all of it. `estimated`: usage, and cost with it, are in part an estimate. `continued`: how often another
    target went on where a stream broke."""

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
    cost: Money | None = None  # None: not known
    notes: tuple[Note, ...] = ()
    stop: str | None = None  # None: not told, or nobody read it
    cache: str = ""  # hit, miss or bypass, where the route keeps or shares answers
    state: str = ""  # the id by which a later request may go on from the answer, where its provider keeps it
    received: int = 0
    left: bool = False
    truncated: bool = False
    estimated: bool = False
    continued: int = 0
    error: PontageError | None = None

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
        used = [one for one in self.tried if one.usage is not None]
        self.estimated = any(one.estimated for one in used)
        if len(used) > 1:
            costs = [one.cost for one in used if one.cost is not None]
            self.cost = sum(costs, Money()) if len(costs) == len(used) else None
        if self.continued:
            self.usage = summed([one.usage for one in used])

    def join(self, others: Sequence[Crossing], plan: Plan) -> None:
        """Take in the attempts of `others`, which were parts of the same call by `plan`, before its own."""
        began = min([self.began, *(one.began for one in others)])
        started = min([self.started, *(one.started for one in others)])
        for one in (self, *others):
            for record in one.tried:
                record.began += one.started - started
        self.tried = [record for one in (*others, self) for record in one.tried]
        self.plan, self.began, self.started = plan, began, started


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


def travelled(answer: R, crossing: Crossing, notes: tuple[Note, ...]) -> R:
    """`answer` with what its journey tells: the request's notes, the attempts, the provider and the cost."""
    return msgspec.structs.replace(
        answer,
        notes=(*notes, *answer.notes),
        attempts=crossing.attempts,
        provider=crossing.target.provider,
        cost=crossing.cost,
    )


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
