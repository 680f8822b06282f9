"""What is written of a request: its rows, out of its crossing. Floor 7."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from pontage.accounts.asked import Asked
from pontage.accounts.books import Books
from pontage.catalog.prices import Conditions
from pontage.cost import conditions_of
from pontage.crossing import Crossing
from pontage.domain.chat import TokenUsage
from pontage.errors import PermissionDeniedError, PontageError, ProtocolError, UpstreamTimeoutError
from pontage.ledger.bounds import bound_of_input, likely_cost, upper_bound
from pontage.ledger.budgets import Price
from pontage.ledger.records import AttemptEnd, RequestEnd, RequestRow, micros
from pontage.observing.record import AttemptRecord
from pontage.providers.base import Attempt
from pontage.registry import Configured
from pontage.router.plan import Plan
from pontage.security.keys import Caller
from pontage.security.limits import Kind
from pontage.security.rights import may_ask

CLIENT_GONE: Final = 499
"""The status in the books of a request whose client did not wait."""
_UNSENT: Final = ("pool", "connect")  # the timers that run before a provider has the request


class Hold(Struct, kw_only=True):
    """What one attempt holds. `nano`: at most, where a `hard` budget has to know, else likely; `place` is where its
    price is found; `record` what the crossing tells of it; `left`: its caller did not wait."""

    request: str
    number: int
    nano: int
    hard: bool
    place: str
    simulated: bool
    record: AttemptRecord
    left: bool = False

    def guess(self, end: AttemptEnd) -> AttemptEnd:
        """`end` with what is held as its cost, for want of anything better."""
        return msgspec.structs.replace(end, cost=self.nano or None, estimated=self.nano > 0)


class Payer(Struct, frozen=True):
    """Who pays for a request, and under which tags. No caller: nobody in particular."""

    caller: Caller | None
    tags: tuple[str, ...]


def narrowed(caller: Caller | None, asked: Asked, chosen: Plan) -> Plan:
    """`chosen` without the providers that the caller's key may not use. Raises PermissionDeniedError when none is left,
    or when the key may not ask for that model at all."""
    if caller is None:
        return chosen
    rights = caller.key.rights
    if rights.kind != "call":
        raise PermissionDeniedError("a key that manages keys cannot call models", hint="create one that calls")
    if not may_ask(rights, (asked.model, chosen.route)):
        raise PermissionDeniedError(f"the key may not ask for {asked.model[:100]!r}", param="model")
    if rights.providers is None:
        return chosen
    targets = tuple(target for target in chosen.targets if target.provider in rights.providers)
    if not targets:
        raise PermissionDeniedError(f"the key may use no provider of {chosen.route[:100]!r}", param="model")
    return msgspec.structs.replace(chosen, targets=targets)


def price_of(books: Books, crossing: Crossing, what: tuple[Configured, Attempt], asked: Asked, *, hard: bool) -> Price:
    """What an attempt may cost: likely, and, where a `hard` budget has to know, at most."""
    configured, attempt = what
    if configured.simulated:
        return Price(bound=0, likely=0)
    place = books.place(configured, crossing.target.model)
    rates = books.knowledge.rates(place, Conditions(at=crossing.began, service_tier=tier_of(crossing)))
    likely = likely_cost(asked.size, asked.choices, rates)
    if not hard or not asked.bounded:
        return Price(bound=None, likely=likely)
    if asked.request is None:
        return Price(bound=bound_of_input(asked.size, rates), likely=likely)
    request = asked.request()
    if attempt.params:
        request = msgspec.structs.replace(request, max_tokens=attempt.params.get("max_tokens", request.max_tokens))
    facts = books.knowledge.facts(configured.client.provider_type, configured.base_name(crossing.target.model))
    return Price(bound=upper_bound(request, asked.size, facts, rates), likely=likely)


def tier_of(crossing: Crossing) -> str | None:
    """The service tier that the route sets, or else the request asks for."""
    return (crossing.target.params or {}).get("service_tier") or crossing.options.service_tier


def request_row(number: str, crossing: Crossing, asked: Asked, who: Payer) -> RequestRow:
    """A request as it came."""
    return RequestRow(
        id=number,
        began=micros(crossing.began),
        model=asked.model,
        route=crossing.plan.route,
        client=asked.client,
        key=None if who.caller is None else who.caller.key.id,
        tags=who.tags,
        stream=asked.stream,
    )


def request_end(number: str, crossing: Crossing) -> RequestEnd:
    """How a request ended."""
    error = crossing.error
    return RequestEnd(
        id=number,
        ended=micros(datetime.now(UTC)),
        status=CLIENT_GONE if crossing.left else 200 if error is None else error.status,
        error=None if error is None else error.code,
        notes=tuple(f"{note.kind}:{note.where}" for note in crossing.notes),
    )


def cut_off(hold: Hold, outcome: str, error: str | None) -> AttemptEnd:
    """An attempt that ends now, and of which nothing else is known."""
    now = micros(datetime.now(UTC))
    return AttemptEnd(request=hold.request, number=hold.number, ended=now, outcome=outcome, error=error)


def end_of(books: Books, hold: Hold, crossing: Crossing, *, last: bool) -> AttemptEnd:
    """How an attempt ended that was answered, as its record tells; `last`: it is the one that `crossing` ended with."""
    record = hold.record
    end = msgspec.structs.replace(
        cut_off(hold, record.outcome or "left", record.code),
        first=_first_content(crossing, record),
        stop=crossing.stop if last else None,
        usage=record.usage,
        truncated=hold.left or (last and (crossing.truncated or crossing.left)) or record.code is not None,
    )
    if hold.simulated:
        return end
    if record.usage is not None:
        conditions = conditions_of(record.usage, crossing.began, tier_of(crossing))
        bill = books.knowledge.bill(record.usage, hold.place, conditions)
        if bill.cost is not None and not (hold.hard and record.estimated):
            lines = tuple((line.bucket, line.quantity, line.rate) for line in bill.lines)
            return msgspec.structs.replace(
                end, cost=bill.cost.nano, breakdown=lines, price=bill.source, estimated=record.estimated
            )
    # Nobody knows what it cost. Under a hard budget it counts as the most it can have been, and what was cut off is
    # guessed; else it stays unknown.
    return hold.guess(end) if end.truncated or hold.hard else end


def may_have_cost(error: PontageError) -> bool:
    """Whether a provider may charge for an attempt that ended with `error`: it had begun to answer, or had long enough
    to."""
    return isinstance(error, ProtocolError) or (isinstance(error, UpstreamTimeoutError) and error.phase not in _UNSENT)


def _first_content(crossing: Crossing, record: AttemptRecord) -> int | None:
    """When the first content of a stream was there, in microseconds since 1970."""
    if record.first_content is None:
        return None
    return micros(crossing.began) + round((record.began + record.first_content) * 1_000_000)


def used_by(crossing: Crossing) -> dict[Kind, float]:
    """What a request used of that which limits count afterwards."""
    if crossing.simulated:
        return {}
    usage, cost = crossing.usage or TokenUsage(), crossing.cost
    return {
        "input_tokens": usage.total_input or 0,
        "output_tokens": usage.total_output or 0,
        "usd": 0 if cost is None else cost.nano / 1e9,
    }
