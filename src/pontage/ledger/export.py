"""The books copied out: one line an attempt, as CSV or as JSON lines. Floor 6.

Money is in USD as exact decimals, times are ISO 8601 in UTC. What is not known is empty, or null.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from pontage.catalog.money import Money
from pontage.ledger.records import BUCKETS, Booked
from pontage.ledger.store import Page, Store

Form = Literal["csv", "json"]

COLUMNS: Final = (
    "request", "attempt", "began", "first_content", "ended", "key", "tags", "asked", "route", "client", "stream",
    "provider", "model", "state", "outcome", "status", "error", "stop", *BUCKETS, "cost_usd", "price", "held_usd",
    "simulated", "estimated", "truncated", "unreconciled", "notes",
)  # fmt: skip
"""The columns, in their order."""


async def export(store: Store, form: Form, page: Page) -> AsyncIterator[str]:
    """Attempts from `page` on, newest first, in pieces of text; a CSV begins with the names of its columns."""
    if form == "csv":
        yield _csv([COLUMNS])
    while found := await store.attempts(page):
        rows = [_row(booked) for booked in found]
        yield _csv(map(_cells, rows)) if form == "csv" else "".join(_line(row) for row in rows)
        last = found[-1].attempt
        page = msgspec.structs.replace(page, after=(last.began, last.request, last.number))


def _row(booked: Booked) -> dict[str, Any]:
    request, attempt, end = booked.request, booked.attempt, booked.end
    usage = None if end is None else end.usage
    values = (
        request.id, attempt.number, _moment(attempt.began), _moment(end and end.first), _moment(end and end.ended),
        request.key, list(request.tags), request.model, request.route, request.client, request.stream,
        attempt.provider, attempt.model, booked.state, end and end.outcome, booked.status, end and end.error,
        end and end.stop, *(getattr(usage, name, None) for name in BUCKETS), _usd(end and end.cost),
        end and end.price, _usd(booked.held), attempt.simulated, bool(end and end.estimated),
        bool(end and end.truncated), booked.unreconciled, list(booked.notes),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _moment(micros: int | None) -> str | None:
    return (
        None if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat(timespec="microseconds")
    )


def _usd(nano: int | None) -> str | None:
    return None if nano is None else str(Money(nano))


def _line(row: dict[str, Any]) -> str:
    return msgspec.json.encode(row).decode() + "\n"


def _cells(row: dict[str, Any]) -> list[Any]:
    return [_cell(value) for value in row.values()]


def _cell(value: Any) -> Any:
    """A value in a table. What a stranger wrote must not be a formula to the program that opens the table."""
    match value:
        case bool():
            return int(value)
        case list():
            return msgspec.json.encode(value).decode()
        case str() if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
            return f"'{value}"
        case _:
            return value


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
