"""What was used and spent in a time, summed by some of its sides. Floor 6; values, and the SQL of the sums.

Simulated attempts cost nothing and are counted apart. Usage without a price is told as such and never as 0 USD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from pontage.catalog.money import Money

Side = Literal["key", "tag", "model", "provider", "virtual", "day"]

_SIDES: Final[Mapping[Side, str]] = {
    "key": "coalesce(request.key, '')",
    "tag": "coalesce(tag.value, '')",
    "model": "attempt.provider || '/' || attempt.model",
    "provider": "attempt.provider",
    "virtual": "request.route",
    "day": "date(attempt.began / 1000000, 'unixepoch')",
}
_ENDED_WELL: Final = "attempt.outcome = '200' AND NOT attempt.truncated"
_SUMS: Final = f"""
    count(DISTINCT attempt.request), count(*),
    sum(coalesce(input, 0) + coalesce(input_audio, 0) + coalesce(input_image, 0) + coalesce(input_video, 0)),
    sum(coalesce(cache_read, 0)),
    sum(coalesce(cache_write, 0) + coalesce(cache_write_5m, 0) + coalesce(cache_write_1h, 0)),
    sum(coalesce(output, 0) + coalesce(reasoning, 0) + coalesce(output_audio, 0)),
    sum(coalesce(cost, 0)),
    sum(CASE WHEN {_ENDED_WELL} THEN 0 ELSE coalesce(cost, 0) END),
    sum(CASE WHEN estimated THEN coalesce(cost, 0) ELSE 0 END),
    sum(state <> 'voided' AND state <> 'reserved' AND cost IS NULL AND NOT simulated),
    sum(simulated), sum(unreconciled), sum(state = 'reserved')
"""


class UsageQuery(Struct, frozen=True, kw_only=True):
    """Attempts that began in [since, until) microseconds, summed by `by` (nothing: all together), perhaps of one key
    or tag. A request with two tags counts under both. The dearest `most` sums are given."""

    by: tuple[Side, ...] = ()
    since: int = 0
    until: int | None = None
    key: str | None = None
    tag: str | None = None
    most: int = 1000


class UsageRow(Struct, frozen=True, kw_only=True):
    """One sum. `names`: what it is the sum of, in the order of the query's `by`. Tokens in `input` are neither read
    from a cache nor written to one; `unpriced`: attempts that cost nobody knows what; `open`: holds under way."""

    names: tuple[str, ...]
    requests: int
    attempts: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    cost: Money
    failed_cost: Money
    estimated_cost: Money
    unpriced: int
    simulated: int
    unreconciled: int
    open: int


def statement(query: UsageQuery) -> tuple[str, dict[str, Any]]:
    """The SQL of a query and its parameters. The text holds nothing of the caller's."""
    sides = [_SIDES[side] for side in query.by]
    tags = ""
    if "tag" in query.by or query.tag is not None:
        tags = "LEFT JOIN json_each(request.tags) AS tag"
    where = ["attempt.began >= :since", "attempt.began < :until"]
    where += ["request.key = :key"] if query.key is not None else []
    where += ["tag.value = :tag"] if query.tag is not None else []
    text = f"""
        SELECT {", ".join([*sides, _SUMS])}
        FROM attempt JOIN request ON request.id = attempt.request {tags}
        WHERE {" AND ".join(where)}
        {"GROUP BY " + ", ".join(sides) if sides else ""}
        ORDER BY sum(coalesce(cost, 0)) DESC, count(*) DESC LIMIT :most
    """  # noqa: S608 - our own text
    until = query.until if query.until is not None else 2**62
    told = {"since": query.since, "until": until, "most": query.most, "key": query.key, "tag": query.tag}
    return text, {name: value for name, value in told.items() if f":{name}" in text}


def row_of(values: tuple[Any, ...], names: int) -> UsageRow:
    """One row of the answer, of which the first `names` values are names."""
    counts = [int(value or 0) for value in values[names:]]
    requests, attempts, given, read, written, output, cost, failed, estimated, *rest = counts
    unpriced, simulated, unreconciled, under_way = rest
    return UsageRow(
        names=tuple(str(value) for value in values[:names]),
        requests=requests,
        attempts=attempts,
        input=given,
        cache_read=read,
        cache_write=written,
        output=output,
        cost=Money(cost),
        failed_cost=Money(failed),
        estimated_cost=Money(estimated),
        unpriced=unpriced,
        simulated=simulated,
        unreconciled=unreconciled,
        open=under_way,
    )
