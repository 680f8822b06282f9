"""Calls of chat as they are asked of providers, whole or as a stream: nothing is kept of them or shared. Floor 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from pontage.accounts.account import on_account
from pontage.accounts.asked import Asked
from pontage.accounts.books import Books
from pontage.attempts import Attempts
from pontage.config import OnDisconnect
from pontage.crossing import CallOptions, Crossing, Outcome
from pontage.dialects.envelope import Call, Reply
from pontage.domain.chat import Note
from pontage.hedging import Hedges
from pontage.leaving import Leavings
from pontage.live import LiveStream, Settle
from pontage.opening import Opener, Shape
from pontage.planning import Planner
from pontage.providers.base import Attempt
from pontage.registry import Configured
from pontage.router.plan import Plan

T = TypeVar("T")


class Direct:
    """Asks by a plan. `policy`: what becomes of an answer whose caller leaves, where its route does not say."""

    def __init__(
        self,
        planner: Planner,
        attempts: Attempts,
        leavings: Leavings,
        settle: Settle,
        policy: OnDisconnect,
        books: Books | None = None,
    ) -> None:
        self._books = books
        self._planner = planner
        self._leavings = leavings
        self._hedges = Hedges(attempts, settle, planner.price)
        self._opener = Opener(attempts, self._hedges, leavings, settle, planner.price)
        self._settle = settle
        self._policy: OnDisconnect = policy

    async def send(self, call: Call, options: CallOptions, cache: str = "") -> Outcome:
        """The whole answer; `cache`: what its crossing says of the cache. Raises one of the error tree."""
        options = _with_tier(options, call)
        chosen, options = on_account(self._books, self._planner.chosen(call, options), options, Asked.of(call))
        if self._policy_of(chosen) == "drain":
            return await self._leavings.through(self._send(call, chosen, options, cache))
        return await self._send(call, chosen, options, cache)

    async def open(self, call: Call, options: CallOptions, shape: Shape[T], cache: str = "") -> LiveStream[T]:
        """The stream, once its first content is there. Raises one of the error tree."""
        options = _with_tier(options, call)
        chosen, options = on_account(self._books, self._planner.chosen(call, options), options, Asked.of(call))
        live = await self._opener.open(call, chosen, options, shape, self._policy_of(chosen))
        live.crossing.cache = cache
        live.crossing.state = _state_in(call, live.held)
        return live

    def _policy_of(self, chosen: Plan) -> OnDisconnect:
        return self._policy if chosen.on_disconnect is None else chosen.on_disconnect

    async def _send(self, call: Call, chosen: Plan, options: CallOptions, cache: str) -> Outcome:
        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
            return await configured.client.send(call, attempt)

        async def discard(found: tuple[Reply, tuple[Note, ...]], crossing: Crossing) -> None:
            crossing.usage = found[0].usage

        found = await self._hedges.run(call, chosen, options, attempt_once, discard, streamed=False)
        (reply, notes), crossing = found
        crossing.answered(reply.usage, notes, len(reply.body))
        crossing.cache = cache
        crossing.state = reply.state_for(call.client)
        crossing.stop, crossing.tried[-1].first_byte = reply.stop, reply.first_byte
        self._settle(crossing)
        await crossing.safe()
        return Outcome(reply=reply, notes=notes, crossing=crossing)


def _with_tier(options: CallOptions, call: Call) -> CallOptions:
    """`options` with the service tier that the call asks for: its price hangs on it, where the answer tells none."""
    tier = call.service_tier
    return options if tier is None else msgspec.structs.replace(options, service_tier=tier)


def _state_in(call: Call, held: Sequence[object]) -> str:
    read = call.client.state_of if call.client is not None else None
    return read(b"".join(piece for piece in held if isinstance(piece, bytes))) if read is not None else ""
