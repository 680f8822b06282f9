"""One call in the books, while it is under way. Floor 7.

It is let in by its key's rights and by the limits; every attempt holds money before any can flow; all of it ends
exactly once, however the call ends. What is written is on its way when a method returns; only before an attempt and
before the last byte does anybody wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import Final, TypeVar

import msgspec

from pontage.accounts.asked import Asked
from pontage.accounts.books import Books
from pontage.accounts.entries import (
    CLIENT_GONE,
    Hold,
    Payer,
    cut_off,
    end_of,
    may_have_cost,
    narrowed,
    price_of,
    request_end,
    request_row,
    used_by,
)
from pontage.crossing import CallOptions, Crossing, Once, label
from pontage.errors import InvalidRequestError, LedgerUnavailableError, PontageError
from pontage.ledger.budgets import charges, is_hard
from pontage.ledger.changes import Finish, Reserve, Settle, Void
from pontage.ledger.matching import About
from pontage.ledger.records import AttemptRow, RequestEnd, micros
from pontage.providers.base import Attempt
from pontage.registry import Configured
from pontage.router.plan import Plan
from pontage.security.limits import Standing, Ticket

log = logging.getLogger("pontage.books")

T = TypeVar("T")

SETTLE_SECONDS: Final = 5.0
"""How long the last byte waits for a ledger that is in trouble. The hold stands, and the writer goes on trying."""


class Refused(Exception):  # noqa: N818 - not an error of the attempt, which was not made: the call is over
    """The books refuse an attempt. It passes those who judge providers by their errors."""

    def __init__(self, error: PontageError) -> None:
        super().__init__(error)
        self.error = error


def on_account(books: Books | None, chosen: Plan, options: CallOptions, asked: Asked) -> tuple[Plan, CallOptions]:
    """A call with an account of its own, and the part of its plan that its caller may use; as it is where no books are
    kept. Raises PermissionDeniedError and RateLimitedError, and counts nothing then."""
    if books is None:
        return chosen, options
    chosen = narrowed(options.caller, asked, chosen)
    return chosen, msgspec.structs.replace(options, account=Account(books, chosen, asked, options))


class Account:
    """The account of one call, with a hold for each of its attempts. See `on_account`."""

    def __init__(self, books: Books, chosen: Plan, asked: Asked, options: CallOptions) -> None:
        self._books = books
        self._asked = asked
        self._caller = options.caller
        own = () if options.caller is None else options.caller.key.rights.tags
        self._who = Payer(options.caller, tuple(dict.fromkeys((*own, *options.tags))))
        self._id = options.id or books.new_id()
        self._number = 0
        self._open: dict[int, Hold] = {}
        self._writing: asyncio.Future[int] | None = None
        about = self._about("", chosen.route)
        self._tickets: list[Ticket] = [books.limiter.admit(books.limits(self._caller, early=True), about, monotonic())]

    @property
    def standings(self) -> list[Standing]:
        """How the limits stand that the call is under."""
        return [standing for ticket in self._tickets for standing in ticket.standings]

    def around(self, once: Once[T], crossing: Crossing) -> Once[T]:
        """`once`, with money held before it, and given back or counted where it fails."""

        async def booked(configured: Configured, attempt: Attempt) -> T:
            try:
                attempt, hold = await self._reserve(crossing, configured, attempt)
            except PontageError as error:
                raise Refused(error) from error
            try:
                return await once(configured, attempt)
            except PontageError as error:
                self._failed(hold, error)
                raise
            except BaseException:
                hold.left = True
                raise

        return booked

    def settle(self, crossing: Crossing) -> None:
        """The call has ended, as `crossing` tells: what is held is counted, and the request has its end."""
        used = used_by(crossing)
        for ticket in self._tickets:
            self._books.limiter.give_back(ticket, monotonic(), used)
        if self._number == 0:
            return  # refused before anything was written
        holds, self._open = list(self._open.values()), {}
        last = crossing.tried[-1] if crossing.tried else None
        ends = [Settle(end_of(self._books, hold, crossing, last=hold.record is last)) for hold in holds]
        self._writing = self._books.store.apply(*ends, Finish(request_end(self._id, crossing)))
        _watch(self._writing)

    async def safe(self) -> None:
        """Wait until what was written is safe, or for `SETTLE_SECONDS` where the ledger is in trouble."""
        if self._writing is None or self._writing.done():
            return
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await asyncio.shield(self._writing)
        except (TimeoutError, LedgerUnavailableError) as error:
            log.error("request %s ends before the ledger could be written: %s", self._id, error)

    async def _reserve(self, crossing: Crossing, configured: Configured, attempt: Attempt) -> tuple[Attempt, Hold]:
        """Hold what `attempt` may cost, against every budget that is about it; the attempt as it may be made.

        Raises BudgetExhaustedError, BudgetInFlightError, RateLimitedError and LedgerUnavailableError.
        """
        books, now = self._books, datetime.now(UTC)
        about = self._about(configured.name, crossing.plan.route, crossing.target.name)
        self._tickets.append(books.limiter.admit(books.limits(self._caller, early=False), about, monotonic()))
        attempt = self._capped(attempt)
        rules = () if configured.simulated else books.budgets(self._caller)
        hard = is_hard(rules, about)
        price = price_of(books, crossing, (configured, attempt), self._asked, hard=hard)
        held = charges(rules, about, price, now)
        self._number += 1
        hold = Hold(
            request=self._id,
            number=self._number,
            nano=(price.bound if hard else price.likely) or 0,
            hard=hard,
            place=books.place(configured, crossing.target.model),
            simulated=configured.simulated,
            record=crossing.tried[-1],
        )
        row = AttemptRow(
            request=self._id,
            number=hold.number,
            began=micros(now),
            provider=configured.name,
            model=attempt.model,
            simulated=configured.simulated,
        )
        first = request_row(self._id, crossing, self._asked, self._who)
        waiting = books.store.apply(Reserve(attempt=row, held=hold.nano, charges=held, request=first))
        try:
            await waiting
        except asyncio.CancelledError:  # the client is gone, and the hold is on its way: it is given back behind it
            end = cut_off(hold, "left", None)
            _watch(books.store.apply(Void(end), Finish(RequestEnd(id=self._id, ended=end.ended, status=CLIENT_GONE))))
            raise
        self._open[hold.number] = hold
        return attempt, hold

    def _failed(self, hold: Hold, error: PontageError) -> None:
        """The attempt has failed: free of cost where the provider cannot have charged for it, else at what was held, as
        an estimate."""
        del self._open[hold.number]
        end = cut_off(hold, label(error), error.code)
        change = Settle(hold.guess(end)) if may_have_cost(error) else Void(end)
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


def _watch(writing: asyncio.Future[int]) -> None:
    """Let a change be written without waiting for it; that it could not be is told in the log."""

    def told(done: asyncio.Future[int]) -> None:
        if not done.cancelled() and done.exception() is not None:
            log.error("the end of an attempt could not be written: %s", done.exception())

    writing.add_done_callback(told)
