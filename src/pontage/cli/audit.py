"""`pontage audit`: the trail of who changed what. Floor 9."""

from __future__ import annotations

import click

from pontage.accounts.strongroom import StrongRoom
from pontage.cli.console import say
from pontage.cli.room import with_room
from pontage.config import Config
from pontage.security.audit import verify as follow


@click.group()
def audit() -> None:
    """Verify the trail of who changed what."""


@audit.command()
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--head", metavar="HASH", help="The last hash of an earlier time; it must be in the trail.")
@click.pass_context
def verify(context: click.Context, path: str | None, head: str | None) -> None:
    """Follow the chain of hashes from its first row, and check that the counters of budgets are what their rows say.

    Prints the last hash: kept elsewhere, it tells when rows at the end are missing. Exits with 1 when anything is
    wrong.
    """

    async def work(room: StrongRoom, _: Config) -> tuple[list[str], str]:
        trail, faults = await follow(room.store, head), await room.store.faults()
        told = f"{trail.rows} rows, head {trail.head}"
        return ([trail.fault] if trail.fault else []) + faults, told

    faults, told = with_room(path, work)
    say(told)
    for fault in faults:
        click.echo(f"pontage: {fault}", err=True)
    context.exit(1 if faults else 0)
