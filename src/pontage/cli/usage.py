"""`pontage usage`: the books. Floor 9."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, cast, get_args

import click
import msgspec

from pontage.accounts.strongroom import StrongRoom, now_micros
from pontage.assemble import knowledge_of
from pontage.cli.console import say, table
from pontage.cli.room import with_room
from pontage.config import Config
from pontage.ledger.export import Form, export
from pontage.ledger.report import cache_savings, what_if
from pontage.ledger.store import Page
from pontage.ledger.usage import Side, UsageQuery, UsageRow

SIDES: tuple[Side, ...] = get_args(Side)
_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
COLUMNS = ("requests", "input", "cached", "output", "usd", "failed usd", "unpriced", "simulated")


@click.command()
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--by", default="model", show_default=True, help="Sides to sum by, with commas between.")
@click.option("--since", default="30d", show_default=True, help="How far back: 90m, 24h, 7d, 4w.")
@click.option("--key", help="Only of this virtual key.")
@click.option("--tag", help="Only under this tag.")
@click.option("--what-if", "model", metavar="PROVIDER/MODEL", help="What it would have cost on this model.")
@click.option("--savings", is_flag=True, help="What prompt caches saved.")
@click.option("--export", "form", type=click.Choice(["csv", "json"]), help="Print every attempt, not sums.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print sums as comma-separated values.")
def usage(path: str | None, **wanted: Any) -> None:
    """Show what was used and spent.

    Sums by key, tag, model, provider, virtual (model) and day. What has no price is counted under `unpriced`, never
    as 0 USD; simulated answers cost nothing.
    """
    sides = _sides(wanted["by"])
    since = now_micros() - _seconds(wanted["since"]) * 1_000_000
    query = UsageQuery(by=sides, since=since, key=wanted["key"], tag=wanted["tag"])
    if wanted["form"] is not None:
        with_room(path, lambda room, _: _export(room, wanted["form"], since))
    elif wanted["model"] is not None or wanted["savings"]:
        with_room(path, lambda room, config: _report(room, config, query, wanted["model"]))
    else:
        rows = with_room(path, lambda room, _: room.store.usage(query))
        _show(rows, sides, as_json=wanted["as_json"], as_csv=wanted["as_csv"])


def _sides(text: str) -> tuple[Side, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in SIDES]
    if unknown:
        raise click.UsageError(f"--by knows {', '.join(SIDES)}, not {unknown[0]}")
    return cast("tuple[Side, ...]", names)


def _seconds(text: str) -> int:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise click.UsageError("--since is a number and one of s, m, h, d, w: 7d")
    return int(found[1]) * _SECONDS[found[2]]


async def _export(room: StrongRoom, form: Form, since: int) -> None:
    async for piece in export(room.store, form, Page(since=since)):
        say(piece, newline=False)


async def _report(room: StrongRoom, config: Config, query: UsageQuery, model: str | None) -> None:
    calculator = knowledge_of(config, os.environ).calculator
    if model is not None:
        told = await what_if(room.store, calculator, query, model)
        say(f"actual\t{told.actual} USD\n{told.model}\t{told.instead} USD")
        say(f"counted\t{told.counted} attempts; not: {told.uncounted}, whose usage, cost or other price is not known")
    else:
        saved = await cache_savings(room.store, query, calculator)
        say(f"read from caches\t{saved.read_tokens} tokens\npaid\t{saved.paid} USD\nuncached\t{saved.uncached} USD")
        say(f"saved\t{saved.saved} USD; not counted: {saved.uncounted} attempts without a price")


def _show(rows: Sequence[UsageRow], sides: Sequence[str], *, as_json: bool, as_csv: bool) -> None:
    told = [_cells(row) for row in rows]
    if as_json:
        titled = [{**dict(zip(sides, row.names, strict=True)), **_as_data(row)} for row in rows]
        say(msgspec.json.format(msgspec.json.encode(titled)).decode())
    elif as_csv:
        say("\n".join(",".join(map(_quoted, cells)) for cells in ([*sides, *COLUMNS], *told)))
    else:
        table([*sides, *COLUMNS], told)


def _cells(row: UsageRow) -> list[str]:
    cached = row.cache_read + row.cache_write
    counts = (row.requests, row.input, cached, row.output, row.cost, row.failed_cost, row.unpriced, row.simulated)
    return [*row.names, *map(str, counts)]


def _as_data(row: UsageRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in UsageRow.__struct_fields__ if name != "names"}
    return {name: value if isinstance(value, int) else str(value) for name, value in told.items()}


def _quoted(cell: str) -> str:
    if cell[:1] in ("=", "+", "-", "@"):
        cell = f"'{cell}"  # what a stranger wrote must not be a formula
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\n') else cell
