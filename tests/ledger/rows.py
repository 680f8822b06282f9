"""Rows to write into books, in few words."""

from typing import Any

from pontage.domain.chat import TokenUsage
from pontage.ledger.changes import Finish, Reserve, Settle, Void
from pontage.ledger.records import AttemptEnd, AttemptRow, Charge, RequestEnd, RequestRow

USD = 1_000_000_000
"""In nano-USD."""
DAY = 86_400_000_000
"""In microseconds."""


def charge(budget: str = "team", amount: int = USD, limit: int = 5 * USD, **more: Any) -> Charge:
    return Charge(**{"budget": budget, "subject": "", "period": 0, "amount": amount, "limit": limit, **more})


def reserve(request: str, *charges: Charge, number: int = 1, began: int = 1, **more: Any) -> Reserve:
    """The first attempt of a request brings the request; `more` says what is special about either."""
    told: dict[str, Any] = {name: more.pop(name) for name in ("key", "tags", "route", "client") if name in more}
    row = RequestRow(id=request, began=began, model="fast", **{"route": "fast", **told}) if number == 1 else None
    named = {"provider": "acme", "model": "small", **more}
    held = named.pop("held", max((each.amount for each in charges), default=0))
    attempt = AttemptRow(request=request, number=number, began=began, **named)
    return Reserve(attempt=attempt, held=held, charges=charges, request=row)


def ended(request: str, cost: int | None = None, number: int = 1, **more: Any) -> AttemptEnd:
    return AttemptEnd(**{"request": request, "number": number, "ended": 9, "outcome": "200", "cost": cost, **more})


def settle(request: str, cost: int | None = None, number: int = 1, **more: Any) -> Settle:
    return Settle(ended(request, cost, number, **more))


def void(request: str, number: int = 1) -> Void:
    return Void(ended(request, None, number, outcome="503", error="PTG-1506"))


def finish(request: str, status: int = 200, at: int = 9, **more: Any) -> Finish:
    return Finish(RequestEnd(id=request, ended=at, status=status, **more))


def usage(given: int, told: int, **more: int) -> TokenUsage:
    return TokenUsage(input=given, output=told, **more)
