"""The books read back, in SQL. Floor 6."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pontage.ledger.connection import Connection
from pontage.ledger.records import BUCKETS, AttemptEnd, AttemptRow, Booked, RequestRow, usage_of
from pontage.ledger.store import Page

_COLUMNS: Final = f"""
    request.id, request.began, request.model, request.route, request.client, request.key, request.tags, request.stream,
    request.status, request.notes,
    attempt.number, attempt.began, attempt.provider, attempt.model, attempt.simulated,
    attempt.state, attempt.held, attempt.unreconciled,
    attempt.ended, attempt.first, attempt.outcome, attempt.error, attempt.stop, attempt.cost, attempt.breakdown,
    attempt.price, attempt.estimated, attempt.truncated, {", ".join(f"attempt.{name}" for name in BUCKETS)}
FROM attempt JOIN request ON request.id = attempt.request
"""
_OF_REQUEST: Final = f"SELECT {_COLUMNS} WHERE request.id = ? ORDER BY attempt.number"
_OF_PAGE: Final = f"""
SELECT {_COLUMNS} WHERE attempt.began >= :since AND attempt.began < :until
    AND (attempt.began, attempt.request, attempt.number) < (:began, :request, :number)
ORDER BY attempt.began DESC, attempt.request DESC, attempt.number DESC LIMIT :most
"""
_WRONG_COUNTERS: Final = """
WITH booked AS (
    SELECT on_counter.value ->> 0 AS id,
        sum(CASE WHEN state = 'reserved' THEN on_counter.value ->> 1 ELSE 0 END) AS held,
        sum(CASE WHEN state = 'reserved' THEN 0 ELSE coalesce(cost, 0) END) AS settled
    FROM attempt, json_each(attempt.counters) AS on_counter GROUP BY 1
)
SELECT budget, subject, period, counter.settled, carried + coalesce(booked.settled, 0), counter.held,
    coalesce(booked.held, 0)
FROM counter LEFT JOIN booked ON booked.id = counter.id
WHERE counter.settled <> carried + coalesce(booked.settled, 0) OR counter.held <> coalesce(booked.held, 0)
"""
_LAST: Final = (2**62, "", 0)


def attempts_of(connection: Connection, request: str) -> list[Booked]:
    """The attempts of one request."""
    return [_booked(row) for row in connection.execute(_OF_REQUEST, (request,))]


def attempts_in(connection: Connection, page: Page) -> list[Booked]:
    """One page of attempts, newest first."""
    began, request, number = page.after or _LAST
    bound = {"since": page.since, "until": page.until if page.until is not None else 2**62, "most": page.most}
    bound |= {"began": began, "request": request, "number": number}
    return [_booked(row) for row in connection.execute(_OF_PAGE, bound)]


def _booked(row: tuple[Any, ...]) -> Booked:
    number, came, route, tags = row[0], row[1], row[3], row[6]
    request = RequestRow(
        id=number,
        began=came,
        model=row[2],
        route=route,
        client=row[4],
        key=row[5],
        tags=tuple(msgspec.json.decode(tags)),
        stream=bool(row[7]),
    )
    attempt = AttemptRow(
        request=number, number=row[10], began=row[11], provider=row[12], model=row[13], simulated=bool(row[14])
    )
    end = None if row[18] is None else _end(number, row)
    return Booked(
        request=request,
        attempt=attempt,
        state=row[15],
        held=row[16],
        end=end,
        status=row[8],
        unreconciled=bool(row[17]),
        notes=tuple(msgspec.json.decode(row[9])),
    )


def _end(request: str, row: tuple[Any, ...]) -> AttemptEnd:
    ended, first, outcome, error, stop, cost, breakdown, price, estimated, truncated = row[18:28]
    lines = msgspec.json.decode(breakdown, type=tuple[tuple[str, int, int | None], ...]) if breakdown else ()
    return AttemptEnd(
        request=request,
        number=row[10],
        ended=ended,
        outcome=outcome or "",
        first=first,
        error=error,
        stop=stop,
        usage=usage_of(dict(zip(BUCKETS, row[28:], strict=True))),
        cost=cost,
        breakdown=lines,
        price=price,
        estimated=bool(estimated),
        truncated=bool(truncated),
    )


def faults_of(connection: Connection) -> list[str]:
    """Counters that are not what their rows say, and whatever SQLite itself finds wrong with the file."""
    found = [
        f"the counter {budget}/{subject} of {period} says {settled} settled and {held} held; its rows say "
        f"{settled_by_rows} and {held_by_rows}"
        for budget, subject, period, settled, settled_by_rows, held, held_by_rows in connection.execute(_WRONG_COUNTERS)
    ]
    checked = [str(row[0]) for row in connection.execute("PRAGMA quick_check(20)")]
    return found if checked == ["ok"] else [*found, *checked]
