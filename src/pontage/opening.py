"""How a stream is opened, and by which of its route's rules it goes on from there. Floor 7."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Protocol, TypeVar

import msgspec

from pontage.attempts import Attempts
from pontage.config import OnDisconnect
from pontage.continuing import Continued, Events, Voice, is_plain
from pontage.crossing import CallOptions, Crossing, label
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.domain.chat import Note, TokenUsage
from pontage.domain.stream import StreamEvent
from pontage.errors import PontageError
from pontage.estimate import filled
from pontage.hedging import Hedges
from pontage.leaving import Leavings, Price
from pontage.live import LiveStream, Opened, Settle, first_content_within, prompt_tokens, until_content
from pontage.providers.base import Attempt, Pulled, StreamReply
from pontage.registry import Configured
from pontage.router.classify import judge
from pontage.router.plan import Plan

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Shape(Protocol[T_co]):
    """What a reader wants a stream to be."""

    def of(self, reply: StreamReply) -> Pulled[T_co]:
        """A provider's stream in this shape."""
        ...

    def voice(self, call: Call) -> Voice[T_co]:
        """What puts the events of an answer to `call` into this shape."""
        ...


class InFormat:
    """The bytes of a client's format."""

    def __init__(self, client: ClientSide) -> None:
        self._client = client

    def of(self, reply: StreamReply) -> Pulled[bytes]:
        """See `Shape`."""
        return reply.into(self._client)

    def voice(self, call: Call) -> Voice[bytes]:
        """See `Shape`."""
        return _Spoken(self._client, call)


class InEvents:
    """Canonical events."""

    def of(self, reply: StreamReply) -> Pulled[Sequence[StreamEvent]]:
        """See `Shape`."""
        return reply.events()

    def voice(self, call: Call) -> Voice[Sequence[StreamEvent]]:
        """See `Shape`."""
        return _AsTheyAre()


class Opener:
    """Opens streams by a plan. `settle` is told of every one that has ended; `price`: of a usage at a crossing's
    target."""

    def __init__(self, attempts: Attempts, hedges: Hedges, leavings: Leavings, settle: Settle, price: Price) -> None:
        self._attempts = attempts
        self._hedges = hedges
        self._leavings = leavings
        self._settle = settle
        self._price = price

    async def open(
        self, call: Call, chosen: Plan, options: CallOptions, shape: Shape[T], policy: OnDisconnect = "cancel"
    ) -> LiveStream[T]:
        """The stream, once its first content is there; `policy`: what becomes of it when its reader leaves. Raises one
        of the error tree."""
        if policy == "cancel":
            return await self._open(call, chosen, options, shape, policy)
        work = self._open(call, chosen, options, shape, policy)
        return await self._leavings.through(work, partial(self._leavings.drain, policy=policy))

    async def _open(
        self, call: Call, chosen: Plan, options: CallOptions, shape: Shape[T], policy: OnDisconnect
    ) -> LiveStream[T]:
        following = Following(self._attempts, self._price, chosen, options) if chosen.continues else None
        if following is not None and not is_plain(call):
            following = None

        async def attempt_once(configured: Configured, attempt: Attempt) -> Opened[T]:
            return await opened(call, configured, attempt, shape, following)

        lose = partial(discard, call)
        found, crossing = await self._hedges.run(call, chosen, options, attempt_once, lose, streamed=True)
        if following is not None:
            following.crossing = crossing
        heir = None if policy == "cancel" else partial(self._leavings.drain, policy=policy)
        return LiveStream(crossing, found, self._settle, lambda: prompt_tokens(call), heir)


class Following:
    """The targets that continue a stream which broke, one after the other. `crossing` is set when there is one."""

    crossing: Crossing

    def __init__(self, attempts: Attempts, price: Price, chosen: Plan, options: CallOptions) -> None:
        self._attempts = attempts
        self._price = price
        self._chosen = chosen
        self._options = options

    async def __call__(self, call: Call, error: PontageError, used: TokenUsage) -> Opened[Events]:
        """See `continuing.Next`."""
        crossing, chosen = self.crossing, self._chosen
        asked = {(one.provider, one.model) for one in crossing.tried}
        targets = tuple(one for one in chosen.targets if (one.provider, one.model) not in asked)
        left = chosen.attempts - len(crossing.tried)
        seconds = self._attempts.total(chosen, self._options) - (monotonic() - crossing.started)
        if not targets or left < 1 or seconds <= 0 or judge(error, content=True).effect == "none":
            raise error

        async def attempt_once(configured: Configured, attempt: Attempt) -> Opened[Events]:
            return await opened(call, configured, attempt, InEvents())

        lost: list[Crossing] = []
        rest = msgspec.structs.replace(chosen, targets=targets, attempts=left, hedge=None)
        options = msgspec.structs.replace(self._options, timeout=seconds)
        try:
            found, following = await self._attempts.telling(lost.append).run(rest, options, attempt_once, streamed=True)
        except PontageError:
            for one in lost:
                one.close(monotonic())
                crossing.tried[-1:-1] = one.tried
            raise error from None
        self._turn(following, error, used)
        following.tried[-1].first_byte = found.elapsed
        return found

    def _turn(self, following: Crossing, error: PontageError, used: TokenUsage) -> None:
        """The call goes on at another place; what it took at the one before is known."""
        crossing = self.crossing
        broken = crossing.tried[-1]
        broken.outcome, broken.code, broken.usage, broken.estimated = label(error), error.code, used, True
        broken.elapsed = following.started - crossing.started - broken.began
        broken.cost = None if crossing.simulated else self._price(crossing, used)
        crossing.error = error
        self._attempts.ended(crossing)
        crossing.error = None
        for record in following.tried:
            record.began += following.started - crossing.started
        crossing.tried = [*crossing.tried, *following.tried]
        crossing.target, crossing.simulated = following.target, following.simulated
        crossing.key, crossing.watch = following.key, following.watch
        crossing.continued += 1


class _Spoken:
    def __init__(self, client: ClientSide, call: Call) -> None:
        self._encoder = client.stream_encoder(call.request)
        self.fail = self._encoder.fail
        self.notes = self._encoder.notes

    def feed(self, events: Events) -> bytes:
        return b"".join(map(self._encoder.feed, events))


class _AsTheyAre:
    def feed(self, events: Events) -> Events:
        return events

    def fail(self, error: PontageError) -> Events:
        return ()  # a reader of events is told by the exception itself

    def notes(self) -> tuple[Note, ...]:
        return ()


async def opened(
    call: Call, configured: Configured, attempt: Attempt, shape: Shape[T], following: Following | None = None
) -> Opened[T]:
    """One attempt at a stream, up to its first content; with `following`, one that others can continue. Raises one of
    the error tree."""
    async with first_content_within(attempt.first_content):
        reply = await configured.client.open(call, attempt)
        close = reply.aclose
        try:
            if following is None:
                pulled = shape.of(reply)
            else:
                pulled = Continued(reply, shape.voice(call), call, following)
                close = pulled.aclose
            held = await until_content(pulled)
        except BaseException:
            await reply.aclose()
            raise
    return Opened(reply.notes, reply.elapsed, pulled, held, close)


async def discard(call: Call, found: Opened[T], crossing: Crossing) -> None:
    """Give up a stream that came second with an answer to `call`."""
    await found.close()
    if crossing.watch is not None:
        crossing.watch.left(monotonic())
    crossing.usage = filled(found.pulled.usage, found.pulled.estimate(), lambda: prompt_tokens(call))
    crossing.tried[-1].estimated = True
