"""The providers as they would be configured, and the formats that each is spoken to in."""

import functools
import re

from msgspec import Struct

from pontage.config import ProviderSettings, Secret
from pontage.dialects.dialect import ProviderSide
from pontage.providers.base import LLMProviderClient
from pontage.providers.http import HTTPProvider
from pontage.providers.rows import rows
from pontage.registry import BUILT_IN, ProviderRegistry
from pontage.transport import Transport

ADDRESS = "http://127.0.0.1:9"
CLASS = re.compile(r"\[(.)[^]]*\]")
"""Letters one of which stands at a place of a pattern."""


class Spoken(Struct, frozen=True):
    """Some of a provider's models (`models`: their patterns; none: all that no other pattern claims) and the formats
    they are spoken to in, the preferred one first."""

    kind: str
    models: tuple[str, ...]
    sides: tuple[ProviderSide, ...]

    def side_for(self, client: str) -> ProviderSide:
        """The format in which a client's request goes to it: the client's own where it is taken."""
        return next((side for side in self.sides if side.name == client), self.sides[0])


def kinds() -> list[str]:
    """Every type of provider that comes with the package: folders, then rows."""
    return [*BUILT_IN, *rows()]


@functools.cache
def client_of(kind: str) -> LLMProviderClient:
    """A provider of this type with all that it needs."""
    registry = ProviderRegistry(Transport())
    declared = registry.factory(kind).default_config().declared
    options = {option.name: "x" for option in declared if option.variables}
    settings = ProviderSettings(type=kind, base_url=ADDRESS, api_key=Secret("k"), options=options)
    return registry.configure(kind, settings, {}).client


@functools.cache
def spoken(kind: str) -> tuple[Spoken, ...]:
    """Its models by the formats they are spoken to in; nothing for a provider that is spoken to in none."""
    client = client_of(kind)
    if not isinstance(client, HTTPProvider):
        return ()
    patterns = dict.fromkeys([(), *(endpoint.models for endpoint in client.config.endpoints)])
    found = [(models, client.sides_for(_fitting(models[0]) if models else "")) for models in patterns]
    return tuple(Spoken(kind, models, tuple(side for _, side in sides)) for models, sides in found if sides)


def _fitting(pattern: str) -> str:
    """A name that a glob pattern fits."""
    return CLASS.sub(r"\1", pattern).replace("*", "x")
