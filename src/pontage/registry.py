"""ProviderRegistry: from a name to a client. Floor 5.

Built-in factories and those of other packages (entry points, group `pontage.providers`) come through the same door: a
path `module:ATTRIBUTE` that is imported on first use.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping
from itertools import cycle
from typing import Any, cast

from pontage.config import ProviderSettings, Secret
from pontage.errors import ConfigError, ModelNotFoundError, PontageError
from pontage.overlay import found_in, key_names, keys_of, overlaid, overlay, to_do
from pontage.providers.base import LLMProviderClient, ProviderFactory, serving
from pontage.providers.described import missing_key
from pontage.providers.rows import rows
from pontage.transport import Transport

ENTRY_POINTS = "pontage.providers"
BUILT_IN: Mapping[str, str] = {
    "openai": "pontage.providers.openai:FACTORY",
    "anthropic": "pontage.providers.anthropic:FACTORY",
    "google": "pontage.providers.google:FACTORY",
    "vllm": "pontage.providers.vllm:FACTORY",
    "mistral": "pontage.providers.mistral:FACTORY",
    "cohere": "pontage.providers.cohere:FACTORY",
    "ollama": "pontage.providers.ollama:FACTORY",
    "azure": "pontage.providers.azure:FACTORY",
    "vertex": "pontage.providers.vertex:FACTORY",
    "bedrock": "pontage.providers.bedrock:FACTORY",
    "simulated": "pontage.providers.simulated:FACTORY",
    "compatible": "pontage.providers.compatible:FACTORY",
}
VENDOR = "pontage.providers.compatible.vendor:VendorFactory"  # makes the factory of a row of data
ALIASES: Mapping[str, str] = {"sim": "simulated", "gemini": "google"}


class Configured:
    """A provider as this configuration has it: its client and its pool of keys."""

    def __init__(self, client: LLMProviderClient, settings: ProviderSettings, keys: tuple[Secret, ...]) -> None:
        self.client = client
        self.settings = settings
        self.keys = keys
        self._turn: Iterator[int] = cycle(range(len(keys)))

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.client.config.name

    @property
    def ready(self) -> bool:
        """Whether it could be called now: it has a key, or needs none."""
        return bool(self.keys) or not self.client.config.needs_key

    @property
    def simulated(self) -> bool:
        """Whether its answers are made up."""
        return self.client.config.simulated

    def wire_name(self, model: str) -> str:
        """The provider's own name for `model`, where the configuration says it differs."""
        settings = self.settings.models.get(model)
        return settings.name if settings is not None and settings.name else model

    def base_name(self, model: str) -> str:
        """The catalogue's name for `model`: what the configuration says it is, else the provider's own name."""
        settings = self.settings.models.get(model)
        return settings.base_model if settings is not None and settings.base_model else self.wire_name(model)

    def names(self, model: str) -> tuple[str, ...]:
        """All that `model` is called: by the user, by the provider, and last by the catalogue."""
        base = self.base_name(model)
        return (*dict.fromkeys(name for name in (model, self.wire_name(model)) if name != base), base)

    def speaks(self, form: str, model: str) -> bool:
        """Whether chat in this format is sent to `model` as it is."""
        return any(one.dialect == form for one in serving(self.client.config.endpoints, self.wire_name(model)))

    def keys_in_turn(self) -> tuple[Secret | None, ...]:
        """All keys of the pool, each time beginning with the next; one None when there is none."""
        if len(self.keys) < 2:
            return self.keys or (None,)
        first = next(self._turn)
        return (*self.keys[first:], *self.keys[:first])

    def model_ids(self) -> list[str]:
        """The models it has without asking anyone: those of the configuration first, then its folder's."""
        return list(dict.fromkeys([*self.settings.models, *(info.id for info in self.client.get_available_models())]))

    def has(self, model: str) -> bool:
        """Whether `model` is one of its models, or of a family it makes."""
        return model in self.settings.models or self.client.supports_model(model)


class ProviderRegistry:
    """Factories by type, and the configured providers by name."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._factories: dict[str, ProviderFactory] = {}
        self._configured: dict[str, Configured] = {}
        self._searched: Mapping[str, str] | None = None  # for providers; None: all are named
        self.revision = 0  # counts what was configured, so that others know when to look again

    def types(self) -> list[str]:
        """Every provider type there is: built in, registered here, or installed by another package."""
        return sorted({*provider_types(), *self._factories} - ALIASES.keys())

    def register(self, factory: ProviderFactory) -> None:
        """Add a factory for its `provider_type`; the latest one wins."""
        self._factories[factory.provider_type] = factory

    def factory(self, provider_type: str) -> ProviderFactory:
        """The factory of a type, imported on first use. Raises ConfigError when there is none."""
        kind = ALIASES.get(provider_type, provider_type)
        if kind not in self._factories:
            self._factories[kind] = _load(kind)
        return self._factories[kind]

    def configure(self, name: str, settings: ProviderSettings, environ: Mapping[str, str]) -> Configured:
        """Make the provider `name` of these settings and the vendor's own variables in `environ`; keep and return it.

        Raises ConfigError when its type is unknown or its settings cannot be used.
        """
        factory = self.factory(settings.type or name)
        config = overlay(factory.default_config(), name, settings, environ)
        keys = keys_of(config, settings, environ)
        configured = Configured(factory.create_client(config, self._transport), settings, keys)
        self._configured[name] = configured
        self.revision += 1
        return configured

    def discover(self, environ: Mapping[str, str]) -> list[Configured]:
        """Configure every built-in provider whose key (or its address, where it needs no key) and whatever else it
        needs are in `environ`, unless its name is taken."""
        found: list[Configured] = []
        self._searched = environ
        for kind in (*BUILT_IN, *rows()):
            if kind not in self._configured and found_in(self.factory(kind).default_config(), environ):
                found.append(self.configure(kind, ProviderSettings(), environ))
        return found

    def get(self, name: str) -> Configured | None:
        """The configured provider of that name or alias, or None."""
        return self._configured.get(name) or self._configured.get(ALIASES.get(name, name))

    def require(self, name: str) -> Configured:
        """The configured provider of that name. Raises ModelNotFoundError that lists the names there are, or what
        `absent` tells."""
        found = self.get(name)
        if found is None:
            told = f"there is no provider {name!r}; configured are: {', '.join(self._configured)}"
            raise self.absent(name, "") or ModelNotFoundError(told)
        return found

    def absent(self, name: str, model: str) -> PontageError | None:
        """The error for a `model` of a built-in type that is not configured: it says what to do. None where `name` is
        no such type."""
        kind = ALIASES.get(name, name)
        if kind not in BUILT_IN and kind not in rows():
            return None
        defaults, environ = self.factory(kind).default_config(), self._searched
        if environ is not None and defaults.needs_key and not any(map(environ.get, key_names(defaults))):
            return missing_key(overlaid(defaults, kind, ProviderSettings(), environ), model)
        named = f"name it under providers in the configuration; `pontage providers {kind}` tells what it needs"
        hint = named if environ is None else "; ".join(to_do(defaults, environ, named=False))
        return ModelNotFoundError(f"the provider {kind} is not configured", model=model, param="model", hint=hint)

    def forwarded(self, form: str, names: Collection[str]) -> list[str]:
        """The headers by which a caller who speaks `form` reaches one of these providers."""
        configs = [one.client.config for one in map(self.get, names) if one is not None]
        speaking = [one for one in configs if any(endpoint.dialect == form for endpoint in one.endpoints)]
        return sorted({header for one in speaking for header in one.forward})

    def all(self) -> list[Configured]:
        """The configured providers, in the order they were configured."""
        return list(self._configured.values())


def provider_types() -> list[str]:
    """Every provider type there is without registering one: built in, or installed by another package; and aliases."""
    from importlib.metadata import entry_points  # as in `_load`

    return sorted({*BUILT_IN, *rows(), *ALIASES, *(point.name for point in entry_points(group=ENTRY_POINTS))})


def _load(kind: str) -> ProviderFactory:
    if kind in BUILT_IN:
        return cast(ProviderFactory, _imported(BUILT_IN[kind]))
    if kind in rows():
        return cast(ProviderFactory, _imported(VENDOR)(kind))
    from importlib.metadata import entry_points  # only here: importing it costs a tenth of `import pontage`

    point = next(iter(entry_points(group=ENTRY_POINTS, name=kind)), None)
    if point is None:
        raise ConfigError(f"there is no provider type {kind!r}; built in are: {', '.join((*BUILT_IN, *rows()))}")
    return cast(ProviderFactory, point.load())


def _imported(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
