"""`pontage providers`: who there is to call, and what each needs. Floor 9."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import click
import msgspec

from pontage.assemble import assemble
from pontage.cli.console import say, table
from pontage.config import load
from pontage.engine import Engine
from pontage.providers.base import ProviderConfig, ProviderHealth
from pontage.registry import Configured


@click.command()
@click.argument("name", required=False)
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--health", is_flag=True, help="Ask each provider's free model list whether it is well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def providers(name: str | None, path: str | None, health: bool, as_json: bool) -> None:
    """List the providers, or show one: its address, its models, the key it needs."""
    environ = dict(os.environ)
    engine = assemble(load(path, environ=environ).config, environ)
    shown = engine.registry.all() if name is None else [engine.registry.require(name)]
    asked = asyncio.run(ask(engine, shown)) if health else {}
    facts = [describe(configured, asked.get(configured.name)) for configured in shown]
    if as_json:
        say(msgspec.json.format(msgspec.json.encode(facts if name is None else facts[0])).decode())
    elif name is None:
        table(
            ("provider", "state", "address", "models"),
            [(fact["name"], fact["state"], fact["base_url"], str(len(fact["models"]))) for fact in facts],
        )
        others = sorted(set(engine.registry.types()) - {configured.client.provider_type for configured in shown})
        click.echo(f"also there, not configured: {', '.join(others)}", err=True)
    else:
        table(("", ""), [(key, text(value)) for key, value in facts[0].items()])


async def ask(engine: Engine, shown: list[Configured]) -> dict[str, ProviderHealth]:
    """Every provider's own free endpoint, side by side."""
    try:
        told = await asyncio.gather(
            *(configured.client.health_check(configured.keys_in_turn()[0]) for configured in shown)
        )
    finally:
        await engine.aclose()
    return {configured.name: health for configured, health in zip(shown, told, strict=True)}


def describe(configured: Configured, health: ProviderHealth | None) -> dict[str, Any]:
    """What there is to know of a provider, as plain values."""
    config: ProviderConfig = configured.client.config
    state = "ready" if configured.ready else f"needs {' or '.join(config.key_variables)}"
    if health is not None:
        state = f"well ({(health.latency or 0) * 1000:.0f} ms)" if health.healthy else f"not well: {health.detail}"
    return {
        "name": config.name,
        "type": config.provider_type,
        "title": config.title,
        "state": state,
        "base_url": config.base_url,
        "formats": [endpoint.dialect for endpoint in config.endpoints],
        "keys": len(configured.keys),
        "key_variables": list(config.key_variables),
        "base_url_variables": list(config.base_url_variables),
        "key_page": config.key_page,
        "models": [model.id for model in configured.models()],
    }


def text(value: Any) -> str:
    """A fact for a person."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "-"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # a list of whatever
    return "-" if value is None else str(value)
