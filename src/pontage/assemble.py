"""From a configuration to a working engine: transport, registry, providers. Floor 7; asks nobody anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pontage.accounts.books import Books
from pontage.catalog.update import newest
from pontage.config import Config, ProviderSettings, Secret, VirtualModel
from pontage.dialects.envelope import with_params
from pontage.domain.chat import ChatRequest
from pontage.engine import Engine
from pontage.errors import ClientError, ConfigError, InvalidRequestError
from pontage.knowledge import Knowledge
from pontage.ledger.store import Store
from pontage.overlay import usable_key
from pontage.registry import ProviderRegistry
from pontage.transport import Transport, TransportSettings

if TYPE_CHECKING:  # what it needs takes its time to import, and an SDK has no vault
    from pontage.security.vault import Vault

IN_VAULT = "secret://"
"""What a configuration writes before the name of a secret."""
SIMULATED = "simulated"
PRODUCTION = "production"


def assemble(
    config: Config, environ: Mapping[str, str], store: Store | None = None, vault: Vault | None = None
) -> Engine:
    """An engine with the providers of `config`, or, where it names none, those whose keys are in `environ`.

    The simulated provider is always there, except in production. Raises ConfigError when a provider's settings
    cannot be used. Close it with `Engine.aclose`. `store`: where books are kept; without one there are none.
    `vault`: where keys written as `secret://NAME` are; without one they are left out.
    """
    transport = Transport(transport_settings(config))
    registry = ProviderRegistry(transport)
    for name, provider in config.providers.items():
        configured = registry.configure(name, provider, environ)
        if any(_in_vault(key) for key in _keys(provider)):
            unsealed = _unsealed(name, provider, configured.client.config.base_url, vault)
            registry.configure(name, unsealed, environ)
    if not config.providers:
        registry.discover(environ)
    if config.environment != PRODUCTION and registry.get(SIMULATED) is None:
        registry.configure(SIMULATED, ProviderSettings(), environ)
    for name, route in config.models.items():
        _check_route(name, route)
    knowledge = knowledge_of(config, environ)
    return Engine(config, registry, transport, knowledge, None if store is None else Books(store, config, knowledge))


def transport_settings(config: Config) -> TransportSettings:
    """How connections are made by `config`."""
    ways = config.transport
    return TransportSettings(
        proxy=ways.proxy.reveal() if ways.proxy is not None else None,
        no_proxy=tuple(ways.no_proxy),
        ca_file=ways.ca_file,
    )


def knowledge_of(config: Config, environ: Mapping[str, str]) -> Knowledge:
    """The facts on models: the newest catalogue there is, with the prices of `config`."""
    prices = {model: msgspec.structs.asdict(price) for model, price in config.prices.items()}
    return Knowledge(prices, lambda: newest(catalog_file(environ)))


def _keys(provider: ProviderSettings) -> list[Secret]:
    return [*([] if provider.api_key is None else [provider.api_key]), *provider.api_keys]


def _in_vault(key: Secret) -> bool:
    return key.reveal().startswith(IN_VAULT)


def _unsealed(name: str, provider: ProviderSettings, url: str, vault: Vault | None) -> ProviderSettings:
    """`provider` with its keys out of the vault, as far as they are sealed for it and its address."""
    opened: list[Secret] = []
    for key in _keys(provider):
        if not _in_vault(key):
            opened.append(key)
        elif vault is not None:
            try:
                opened.append(vault.get(key.reveal().removeprefix(IN_VAULT), name, url))
            except ClientError as error:
                raise ConfigError(f"providers.{name}: {error.message}", hint=error.hint) from None
    return msgspec.structs.replace(provider, api_key=None, api_keys=opened)


def _check_route(name: str, route: VirtualModel) -> None:
    probe = ChatRequest(model="m", messages=())
    for number, target in enumerate(route.targets):
        try:
            with_params(probe, target.params)
        except InvalidRequestError as error:
            raise ConfigError(f"models.{name}.targets.{number}.params: {error.message}") from None
        if target.api_key is not None:
            usable_key(target.api_key.reveal(), f"models.{name}.targets.{number}")


def catalog_file(environ: Mapping[str, str]) -> Path:
    """Where `pontage catalog update` puts a newer catalogue than the package's, in the user's data folder."""
    return data_folder(environ) / "catalog.jsonl"


def data_folder(environ: Mapping[str, str]) -> Path:
    """What this user's pontage keeps: the newer catalogue, the ledger, the master key."""
    home = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME", "~"), ".local", "share"))
    return Path(home, "pontage")
