"""From a configuration to a working engine: transport, registry, providers. Floor 7; asks nobody anything."""

from __future__ import annotations

from collections.abc import Mapping

from pontage.config import Config, ProviderSettings
from pontage.engine import Engine
from pontage.registry import ProviderRegistry
from pontage.transport import Transport, TransportSettings

SIMULATED = "simulated"
PRODUCTION = "production"


def assemble(config: Config, environ: Mapping[str, str]) -> Engine:
    """An engine with the providers of `config`, or, where it names none, those whose keys are in `environ`.

    The simulated provider is always there, except in production. Raises ConfigError when a provider's settings
    cannot be used. Close it with `Engine.aclose`.
    """
    transport = Transport(TransportSettings(proxy=config.transport.proxy, ca_file=config.transport.ca_file))
    registry = ProviderRegistry(transport)
    for name, settings in config.providers.items():
        registry.configure(name, settings, environ)
    if not config.providers:
        registry.discover(environ)
    if config.environment != PRODUCTION and registry.get(SIMULATED) is None:
        registry.configure(SIMULATED, ProviderSettings(), environ)
    return Engine(config, registry, transport)
