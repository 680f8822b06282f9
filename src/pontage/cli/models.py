"""`pontage models`: what can be named. Floor 9."""

from __future__ import annotations

import asyncio
import os

import click
import msgspec

from pontage.assemble import assemble
from pontage.cli.console import say, table
from pontage.cli.facts import TITLES, row_of
from pontage.config import load
from pontage.engine import Engine
from pontage.errors import ModelNotFoundError
from pontage.providers.base import ModelInfo


@click.command()
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--provider", help="Only this provider's.")
@click.option("--refresh", is_flag=True, help="Ask every provider for its own list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(path: str | None, provider: str | None, refresh: bool, as_json: bool) -> None:
    """List the models that can be named: virtual ones first, then provider/model."""
    environ = dict(os.environ)
    engine = assemble(load(path, environ=environ).config, environ)
    found = asyncio.run(listed(engine, refresh))
    if provider is not None:
        wanted = engine.registry.get(provider)
        if wanted is None:
            raise ModelNotFoundError(f"there is no provider {provider!r}")
        found = [model for model in found if model.provider == wanted.name]
    if as_json:
        say(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    table(("model", "title", *TITLES), [(model.id, model.title or "", *row_of(model)) for model in found])


async def listed(engine: Engine, refresh: bool) -> list[ModelInfo]:
    """The models, and the engine closed behind them."""
    try:
        return await engine.inventory.get_available_models(refresh)
    finally:
        await engine.aclose()
