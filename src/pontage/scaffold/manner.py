"""How a new provider is reached, after the one in this house that speaks its format. Floor 8."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from msgspec import Struct

from pontage.errors import ConfigError
from pontage.providers.base import Endpoint, ProviderConfig
from pontage.registry import BUILT_IN, ProviderRegistry
from pontage.scaffold.naming import Naming
from pontage.transport import Transport


class Manner(Struct, frozen=True):
    """The configuration that is followed, and the endpoint of the format in it."""

    config: ProviderConfig
    endpoint: Endpoint

    def base_url(self, naming: Naming) -> str:
        """An address that stands for the provider's own."""
        return f"https://api.{naming.type.replace('_', '-')}.example{urlsplit(self.config.base_url).path}"

    def target(self, naming: Naming) -> str:
        """The path of a request for a whole answer."""
        return urlsplit(self.base_url(naming)).path + self.endpoint.path.replace("{model}", quote(naming.model))

    def endpoint_lines(self) -> list[str]:
        """The arguments of its `Endpoint`."""
        told = (self.endpoint.dialect, self.endpoint.path, self.endpoint.stream_path)
        return [f'    "{value}",' for value in told if value is not None]

    def field_lines(self, naming: Naming) -> list[str]:
        """The arguments of its `ProviderConfig`; what is as usual is not said."""
        config, usual = self.config, ProviderConfig(provider_type="", title="", base_url="", endpoints=())
        headers = "".join(f'("{name}", "{value}"), ' for name, value in config.headers).removesuffix(" ")
        told = [
            f'provider_type="{naming.type}"',
            f'title="{naming.title}"',
            f'base_url="{self.base_url(naming)}"',
            "endpoints=(CHAT,)",
            f'base_url_variables=("{naming.variable}_BASE_URL",)',
            f'key_variables=("{naming.variable}_API_KEY",)',
            f'key_header="{config.key_header}"' if config.key_header != usual.key_header else "",
            f'key_prefix="{config.key_prefix}"' if config.key_prefix != usual.key_prefix else "",
            f"headers=({headers})" if headers else "",
            f'models_path="{config.models_path}"' if config.models_path else "",
            f'models=(ModelInfo(id="{naming.model}"),)',
            f'families=("{naming.type}-*",)',
        ]
        return [f"    {field}," for field in told if field]


def manner_of(dialect: str) -> Manner:
    """The manner of the first built-in provider that speaks `dialect`. Raises ConfigError when none does."""
    registry = ProviderRegistry(Transport())
    for kind in BUILT_IN:
        config = registry.factory(kind).default_config()
        for endpoint in config.endpoints:
            if endpoint.dialect == dialect:
                return Manner(config, endpoint)
    raise ConfigError(f"no built-in provider speaks {dialect!r}")
