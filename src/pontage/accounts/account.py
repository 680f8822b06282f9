"""One request in the books, while it is under way. Floor 7.

It is let in by its key's rights and by the limits, holds money before any can flow, and ends exactly once, however the
request ends. What is written is on its way when a method returns; only before an attempt and before the last byte does
anybody wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Self, TypeVar

import msgspec

from pontage.accounts.asked import Asked
from pontage.accounts.books import Books
from pontage.accounts.entries import (
    CLIENT_GONE,
    Payer,
    estimated,
    last_end,
    may_have_cost,
    narrowed,
    price_of,
    request_end,
    request_row,
    used_by,
)
from pontage.crossing import Crossing, label
from pontage.errors import InvalidRequestError, LedgerUnavailableError, PontageError
from pontage.ledger.budgets import charges, is_hard
from pontage.ledger.changes import Finish, Reserve, Settle, Void
from pontage.ledger.matching import About
from pontage.ledger.records import AttemptEnd, AttemptRow, RequestEnd, micros
from pontage.providers.base import Attempt
from pontage.registry import Configured
from pontage.security.limits import Standing, Ticket

log = logging.getLogger("pontage.books")

T = TypeVar("T")
Once = Callable[[Configured, Attempt], Awaitable[T]]
"""One attempt at a provider. Raises one of the error tree."""

SETTLE_SECONDS: Final = 5.0
"""How long the last byte waits for a ledger that is in trouble. The hold stands, and the writer goes on trying."""


class Refused(Exception):  # noqa: N818 - not an error of the attempt, which was not made: the call is over
    """The books refuse an attempt. It passes those who judge providers by their errors."""

    def __init__(self, error: PontageError) -> None:
        super().__init__(error)
        self.error = error


class Account:
    """The account of one request. Within `async with` it looks for an answer; if it finds none, it ends there."""

    def __init__(self, books: Books, crossing: Crossing, asked: Asked) -> None:
        """Let the request in. Raises PermissionDeniedError and RateLimitedError, and counts nothing then."""
        options = crossing.options
        self._books = books
        self._asked = asked
        self._caller = options.caller
        own = () if options.caller is None else options.caller.key.rights.tags
        self._who = Payer(options.caller, tuple(dict.fromkeys((*own, *options.tags))))
        self._id = options.id or books.new_id()
        self._crossing = crossing
        self._number = 0
        self._held = 0
        self._hard = False
        self._open = False
        self._ended = False
        crossing.plan = narrowed(options.caller, asked, crossing.plan)
        crossing.target = crossing.plan.targets[0]
        about = self._about("", crossing.plan.route)
        self._tickets: list[Ticket] = [books.limiter.admit(books.limits(self._caller, early=True), about, monotonic())]
        crossing.account = self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            await self.settle()

    def around(self, once: Once[T]) -> Once[T]:
        """`once`, with money held before it, and given back or counted where it fails."""

        async def booked(configured: Configured, attempt: Attempt) -> T:
            try:
                attempt = await self._reserve(self._crossing, configured, attempt)
            except PontageError as error:
                raise Refused(error) from error
            try:
                return await once(configured, attempt)
            except PontageError as error:
                self._failed(error)
                raise

        return booked

    @property
    def standings(self) -> list[Standing]:
        """How the limits stand that the request is under."""
        return [standing for ticket in self._tickets for standing in ticket.standings]

    async def settle(self) -> None:
        """The request has ended, as its crossing tells. Returns when that is safe, or when the ledger is in trouble for
        longer than `SETTLE_SECONDS`; a second time does nothing."""
        if self._ended:
            return
        self._ended = True
        crossing = self._crossing
        used = used_by(crossing)
        for ticket in self._tickets:
            self._books.limiter.give_back(ticket, monotonic(), used)
        if self._number == 0:
            return  # refused before anything was written
        changes = [Settle(last_end(self._end, crossing, self._held, hard=self._hard))] if self._open else []
        waiting = self._books.store.apply(*changes, Finish(request_end(self._id, crossing)))
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await waiting
        except (TimeoutError, LedgerUnavailableError) as error:
            log.error("request %s ends before the ledger could be written: %s", self._id, error)

    async def _reserve(self, crossing: Crossing, configured: Configured, attempt: Attempt) -> Attempt:
        """Hold what `attempt` may cost, against every budget that is about it; the attempt as it may be made.

        Raises BudgetExhaustedError, BudgetInFlightError, RateLimitedError and LedgerUnavailableError.
        """
        books, now = self._books, datetime.now(UTC)
        about = self._about(configured.name, crossing.plan.route, crossing.target.name)
        self._tickets.append(books.limiter.admit(books.limits(self._caller, early=False), about, monotonic()))
        attempt = self._capped(attempt)
        rules = () if configured.simulated else books.budgets(self._caller)
        self._hard = is_hard(rules, about)
        price = price_of(books, crossing, (configured, attempt), self._asked, hard=self._hard)
        held = charges(rules, about, price, now)
        self._held = (price.bound if self._hard else price.likely) or 0
        row = AttemptRow(
            request=self._id,
            number=self._number + 1,
            began=micros(now),
            provider=configured.name,
            model=attempt.model,
            simulated=configured.simulated,
        )
        first = request_row(self._id, crossing, self._asked, self._who) if self._number == 0 else None
        waiting = books.store.apply(Reserve(attempt=row, held=self._held, charges=held, request=first))
        try:
            await waiting
        except asyncio.CancelledError:  # the client is gone, and the hold is on its way: it is given back behind it
            end = msgspec.structs.replace(self._end("left", None), number=row.number)
            gone = RequestEnd(id=self._id, ended=end.ended, status=CLIENT_GONE)
            _watch(books.store.apply(Void(end), *([Finish(gone)] if first is not None else [])))
            raise
        self._number, self._open = row.number, True
        return attempt

    def _failed(self, error: PontageError) -> None:
        """The attempt under way has failed: free of cost where the provider cannot have charged for it, else at what
        was held, as an estimate."""
        end = self._end(label(error), error.code)
        self._open = False
        change = Settle(estimated(end, self._held)) if may_have_cost(error) else Void(end)
        _watch(self._books.store.apply(change))

    def _about(self, provider: str, *models: str) -> About:
        keys = () if self._caller is None else self._caller.ids
        return About(keys=keys, tags=self._who.tags, provider=provider, models=models)

    def _capped(self, attempt: Attempt) -> Attempt:
        """`attempt` with the longest answer that the limits allow."""
        cap = min((ticket.max_output for ticket in self._tickets if ticket.max_output is not None), default=None)
        if cap is None or self._asked.request is None:
            return attempt
        wanted = (attempt.params or {}).get("max_tokens") or self._asked.request().max_tokens
        if wanted is not None and wanted <= cap:
            return attempt
        if wanted is not None:
            raise InvalidRequestError(f"answers are limited to {cap} tokens here, not {wanted}", param="max_tokens")
        return msgspec.structs.replace(attempt, params={**(attempt.params or {}), "max_tokens": cap})

    def _end(self, outcome: str, error: str | None) -> AttemptEnd:
        return AttemptEnd(
            request=self._id, number=self._number, ended=micros(datetime.now(UTC)), outcome=outcome, error=error
        )


def _watch(writing: asyncio.Future[int]) -> None:
    """Let a change be written without waiting for it; that it could not be is told in the log."""

    def told(done: asyncio.Future[int]) -> None:
        if not done.cancelled() and done.exception() is not None:
            log.error("the end of an attempt could not be written: %s", done.exception())

    writing.add_done_callback(told)
