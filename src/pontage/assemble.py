"""From a configuration to a working engine: transport, registry, providers. Floor 7; asks nobody anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pontage.catalog.update import newest
from pontage.config import Config, ProviderSettings
from pontage.engine import Engine
from pontage.knowledge import Knowledge
from pontage.registry import ProviderRegistry
from pontage.transport import Transport, TransportSettings

SIMULATED = "simulated"
PRODUCTION = "production"


def assemble(config: Config, environ: Mapping[str, str]) -> Engine:
    """An engine with the providers of `config`, or, where it names none, those whose keys are in `environ`.

    The simulated provider is always there, except in production. Raises ConfigError when a provider's settings
    cannot be used. Close it with `Engine.aclose`.
    """
    ways = config.transport
    settings = TransportSettings(
        proxy=ways.proxy.reveal() if ways.proxy is not None else None,
        no_proxy=tuple(ways.no_proxy),
        ca_file=ways.ca_file,
    )
    transport = Transport(settings)
    registry = ProviderRegistry(transport)
    for name, provider in config.providers.items():
        registry.configure(name, provider, environ)
    if not config.providers:
        registry.discover(environ)
    if config.environment != PRODUCTION and registry.get(SIMULATED) is None:
        registry.configure(SIMULATED, ProviderSettings(), environ)
    prices = {model: msgspec.structs.asdict(price) for model, price in config.prices.items()}
    return Engine(config, registry, transport, Knowledge(prices, lambda: newest(catalog_file(environ))))


def catalog_file(environ: Mapping[str, str]) -> Path:
    """Where `pontage catalog update` puts a newer catalogue than the package's, in the user's data folder."""
    home = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME", "~"), ".local", "share"))
    return Path(home, "pontage", "catalog.jsonl")
