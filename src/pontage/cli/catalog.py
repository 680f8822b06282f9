"""`pontage catalog`: the facts on models, and newer ones. Floor 9. Nothing is ever fetched."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from pontage.assemble import catalog_file
from pontage.catalog.installed import installed_prices
from pontage.catalog.update import install, newest, renew, write
from pontage.cli.console import say


@click.group()
def catalog() -> None:
    """Show where the facts on models are from, or take newer ones."""


@catalog.command()
def show() -> None:
    """Tell the day and the sources of the facts in use."""
    known = newest(catalog_file(os.environ))
    say(f"built\t{known.built}")
    for source in known.sources.values():
        say(f"source\t{source.name}\t{source.date}")
    for provider in known.providers():
        say(f"provider\t{provider}\t{len(known.models(provider))} models")


@catalog.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--installed", is_flag=True, help="Take the prices of the installed package genai-prices.")
def update(file: Path | None, installed: bool) -> None:
    """Take a newer catalogue FILE, or the prices of the installed genai-prices package."""
    if (file is None) == (not installed):
        raise click.UsageError("name a file, or say --installed")
    target = catalog_file(os.environ)
    if file is not None:
        known = install(file, target)
    else:
        prices, version = installed_prices()
        write(renew(newest(target), prices, version, datetime.now(UTC).date()), target)
        known = newest(target)
    click.echo(f"{target}: facts of {known.built}", err=True)
