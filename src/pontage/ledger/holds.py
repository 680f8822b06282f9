"""Holds and what becomes of them, in SQL. Floor 6.

`reserved -> settled | voided | expired`, once: whoever finds the attempt reserved ends it, anybody after that changes
nothing. The attempt and its counters change in one transaction, so a counter is always what is settled plus what is
held open.
"""

from __future__ import annotations

from typing import Final

from pontage.errors import BudgetExhaustedError, BudgetInFlightError
from pontage.ledger.changes import Checkpoint, Expire, Finish, Purge, Recover, Reserve, Settle, Void
from pontage.ledger.connection import Connection
from pontage.ledger.records import BUCKETS, AttemptEnd, Charge, State, buckets_of, packed

_REQUEST: Final = """
INSERT INTO request (id, began, model, route, client, key, tags, stream) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_ATTEMPT: Final = """
INSERT INTO attempt (request, number, began, provider, model, simulated, held, counters) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_CHARGE: Final = """
INSERT INTO counter (budget, subject, period, held) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET held = held + ?4 RETURNING id, settled, held - ?4
"""
_END: Final = f"""
UPDATE attempt SET state = ?, ended = ?, first = ?, outcome = ?, error = ?, stop = ?, cost = ?, breakdown = ?,
    price = ?, estimated = ?, truncated = ?, {", ".join(f"{name} = ?" for name in BUCKETS)}
WHERE request = ? AND number = ? AND state = 'reserved' RETURNING counters
"""  # noqa: S608 - the names are those of our own columns
_COUNT: Final = """
UPDATE counter SET held = counter.held - charge.amount, settled = settled + ?
FROM (SELECT value ->> 0 AS id, value ->> 1 AS amount FROM json_each(?)) AS charge WHERE counter.id = charge.id
"""
_LEFT_OPEN: Final = """
UPDATE attempt SET state = ?, ended = ?, cost = coalesce(checkpoint, nullif(held, 0)), estimated = 1, unreconciled = 1
WHERE state = 'reserved' AND began < ? RETURNING cost, counters
"""
_NO_COUNTERS: Final = "[]"


def reserve(connection: Connection, change: Reserve) -> int:
    """Hold an attempt against all its charges, or against none. Raises BudgetExhaustedError or BudgetInFlightError."""
    row, request = change.attempt, change.request
    counters = [(_charge(connection, charge), charge.amount) for charge in change.charges]
    if request is not None:
        tags = packed(request.tags) if request.tags else "[]"
        connection.execute(
            _REQUEST,
            (
                request.id, request.began, request.model, request.route, request.client, request.key, tags,
                request.stream,
            ),
        )  # fmt: skip
    told = packed(counters) if counters else _NO_COUNTERS
    connection.execute(
        _ATTEMPT, (row.request, row.number, row.began, row.provider, row.model, row.simulated, change.held, told)
    )
    return 1


def _charge(connection: Connection, charge: Charge) -> int:
    """Put a hold on one counter and give its id. Raises, with the counter as it was or not, when it does not fit."""
    found = connection.execute(_CHARGE, (charge.budget, charge.subject, charge.period, charge.amount)).fetchone()
    assert found is not None
    counter, settled, held = (int(value) for value in found)
    # A soft budget lets in whoever comes while something is left of it, a hard one whoever fits in what is left.
    needed = charge.amount if charge.hard else 1
    if settled + held + needed <= charge.limit:
        return counter
    fields = {"budget": charge.budget, "left": (charge.limit - settled) / 1e9}
    if settled + needed > charge.limit:
        raise BudgetExhaustedError(
            "the budget {budget} has ${left:.6f} left, which does not pay for this request".format(**fields),
            hint="raise it, or wait for its next period",
            upstream_code="budget_exhausted",
        )
    raise BudgetInFlightError(
        "what is left of the budget {budget} is held by requests under way".format(**fields),
        retry_after=1,
        upstream_code="budget_in_flight",
    )


def settle(connection: Connection, change: Settle) -> int:
    """Turn a hold into a cost; 0 when it had ended before."""
    return _end(connection, change.end, "settled")


def void(connection: Connection, change: Void) -> int:
    """Give a hold back; 0 when it had ended before."""
    return _end(connection, change.end, "voided")


def _end(connection: Connection, end: AttemptEnd, state: State) -> int:
    breakdown = packed(end.breakdown) if end.breakdown else None
    found = connection.execute(
        _END,
        (
            state, end.ended, end.first, end.outcome, end.error, end.stop, end.cost, breakdown, end.price,
            end.estimated, end.truncated, *buckets_of(end.usage), end.request, end.number,
        ),
    ).fetchone()  # fmt: skip
    if found is None:
        return 0
    (counters,) = found
    if counters != _NO_COUNTERS:
        connection.execute(_COUNT, (end.cost or 0, counters))
    return 1


def checkpoint(connection: Connection, change: Checkpoint) -> int:
    """Remember what an open attempt has cost so far."""
    connection.execute(
        "UPDATE attempt SET checkpoint = ? WHERE request = ? AND number = ? AND state = 'reserved'",
        (change.cost, change.request, change.number),
    )
    return connection.changes()


def finish(connection: Connection, change: Finish) -> int:
    """Tell how a request ended."""
    end = change.end
    connection.execute(
        "UPDATE request SET ended = ?, status = ?, error = ?, notes = ? WHERE id = ?",
        (end.ended, end.status, end.error, packed(end.notes) if end.notes else "[]", end.id),
    )
    return connection.changes()


def recover(connection: Connection, change: Recover) -> int:
    """Settle every open hold as far as it is known, and end the requests they belonged to."""
    count = _close(connection, "settled", change.ended, change.ended + 1)
    connection.execute("UPDATE request SET ended = ? WHERE ended IS NULL", (change.ended,))
    return count


def expire(connection: Connection, change: Expire) -> int:
    """Close holds that are too old to be anybody's."""
    return _close(connection, "expired", change.ended, change.before)


def _close(connection: Connection, state: State, ended: int, before: int) -> int:
    left = list(connection.execute(_LEFT_OPEN, (state, ended, before)))
    for cost, counters in left:
        connection.execute(_COUNT, (cost or 0, counters))
    return len(left)


def purge(connection: Connection, change: Purge) -> int:
    """Delete old rows; what they cost is carried on in their counters."""
    old = "SELECT id FROM request WHERE began < ?1 AND ended IS NOT NULL ORDER BY began LIMIT ?2"
    bound = (change.before, change.most)
    connection.execute(
        f"""UPDATE counter SET carried = carried + coalesce((
            SELECT sum(cost) FROM attempt, json_each(attempt.counters) AS on_counter
            WHERE attempt.request IN ({old}) AND on_counter.value ->> 0 = counter.id), 0)""",  # noqa: S608 - our own text
        bound,
    )
    connection.execute(f"DELETE FROM attempt WHERE request IN ({old})", bound)  # noqa: S608 - our own text
    connection.execute(f"DELETE FROM request WHERE id IN ({old})", bound)  # noqa: S608 - our own text
    return connection.changes()
