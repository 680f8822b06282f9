"""`pontage providers`: who there is to call, and what each needs. Floor 9."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any, cast

import click
import msgspec

from pontage.assemble import assemble
from pontage.cli.console import say, table
from pontage.cli.facts import TITLES, row_of
from pontage.config import ProviderSettings, load
from pontage.engine import Engine
from pontage.overlay import overlaid, to_do
from pontage.providers.base import (
    Endpoint,
    LLMProviderClient,
    Option,
    ProviderConfig,
    ProviderHealth,
)
from pontage.providers.described import DescribedProvider, remedies
from pontage.registry import Configured, ProviderRegistry, provider_types

NOT_ASKED = "not asked (--check asks)"


@click.command()
@click.argument("name", required=False)
@click.option("--config", "path", metavar="FILE", help="The configuration file.")
@click.option("--check", "--health", is_flag=True, help="Ask each provider's free model list: is it well, what is new?")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def providers(name: str | None, path: str | None, check: bool, as_json: bool) -> None:
    """List the providers, or show one: what it needs, where it is, which formats it takes, its models."""
    environ = dict(os.environ)
    engine = assemble(load(path, environ=environ).config, environ)
    shown = engine.registry.all() if name is None else [find(engine.registry, name, environ)]
    asked = asyncio.run(ask(engine, shown, listing=name is not None)) if check else {}
    facts = [describe(engine, configured, asked.get(configured.name), environ) for configured in shown]
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
        table(("", ""), [(key, text(value)) for key, value in facts[0].items() if key != "models"])
        models = engine.inventory.models_of(shown[0])
        table(("model", "title", *TITLES), [(info.id, info.title or "", *row_of(info)) for info in models])


def find(registry: ProviderRegistry, name: str, environ: Mapping[str, str]) -> Configured:
    """The configured provider of that name, else what is known of the type of that name.

    Raises ModelNotFoundError when there is neither.
    """
    if registry.get(name) is not None or name not in provider_types():
        return registry.require(name)
    defaults = registry.factory(name).default_config()
    described = DescribedProvider(overlaid(defaults, defaults.provider_type, ProviderSettings(), environ))
    return Configured(cast(LLMProviderClient, described), ProviderSettings(), ())


def is_configured(configured: Configured) -> bool:
    """Whether it is more than a type that there is."""
    return cast(object, type(configured.client)) is not DescribedProvider


async def ask(engine: Engine, shown: list[Configured], listing: bool) -> dict[str, ProviderHealth]:
    """How every provider is, by its own free endpoint, side by side; with `listing` its models as well."""
    shown = [configured for configured in shown if is_configured(configured)]
    try:
        told = await asyncio.gather(
            *(configured.client.health_check(configured.keys_in_turn()[0]) for configured in shown)
        )
        if listing:
            await engine.inventory.ask(shown)
    finally:
        await engine.aclose()
    return {configured.name: health for configured, health in zip(shown, told, strict=True)}


def describe(
    engine: Engine, configured: Configured, health: ProviderHealth | None, environ: Mapping[str, str]
) -> dict[str, Any]:
    """What there is to know of a provider, as plain values; of its keys only how many there are."""
    config: ProviderConfig = configured.client.config
    needs = configured.client.get_config_requirements()
    return {
        "name": config.name,
        "type": config.provider_type,
        "title": config.title,
        "state": state_of(configured, health),
        "base_url": config.base_url,
        "formats": list(dict.fromkeys(endpoint.dialect for endpoint in config.endpoints)),
        "endpoints": [path_of(endpoint) for endpoint in (*config.endpoints, *config.operations)],
        "keys": len(configured.keys),
        "needs_key": needs.needs_key,
        "key_variables": list(needs.key_variables),
        "key_page": needs.key_page,
        "base_url_variables": list(needs.base_url_variables),
        "options": [option_of(option) for option in needs.options],
        "to_do": "; ".join(steps(engine, configured, environ)) or "nothing",
        "healthy": None if health is None else health.healthy,
        "health": NOT_ASKED if health is None else health.detail,
        "models": [msgspec.to_builtins(info) for info in engine.inventory.models_of(configured)],
    }


def state_of(configured: Configured, health: ProviderHealth | None) -> str:
    """Whether it can be called, in a few words."""
    if health is not None and health.healthy is None:
        return health.detail
    if health is not None:
        return f"well ({(health.latency or 0) * 1000:.0f} ms)" if health.healthy else f"not well: {health.detail}"
    if not is_configured(configured):
        return "not configured"
    return "ready" if configured.ready else f"needs {' or '.join(configured.client.config.key_variables)}"


def steps(engine: Engine, configured: Configured, environ: Mapping[str, str]) -> list[str]:
    """What the user still has to do before it answers."""
    if is_configured(configured):
        return remedies(configured.client.config, keyed=bool(configured.keys))
    return to_do(configured.client.config, environ, named=bool(engine.config.providers))


def path_of(endpoint: Endpoint) -> str:
    """An endpoint: which format, and where below the address."""
    return f"{endpoint.dialect}: POST {endpoint.path}"


def option_of(option: Option) -> str:
    """A setting that only this type of provider has, and where it may be set."""
    return f"{option.name} ({' or '.join(option.variables)})" if option.variables else option.name


def text(value: Any) -> str:
    """A fact for a person."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "-"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # a list of whatever
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
