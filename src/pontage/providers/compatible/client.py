"""The client for compatible servers: the format that the configuration names, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

import msgspec

from pontage.dialects import openai_chat
from pontage.dialects.table import PROVIDER_SIDES
from pontage.errors import ConfigError
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.compatible.config import CONFIG, MANNERS
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport

SIDES = {
    **PROVIDER_SIDES,
    # Most compatible servers know `max_tokens` only, and take thinking back under the name they gave it.
    openai_chat.NAME: openai_chat.provider_side(max_tokens_field="max_tokens", reasoning_field="reasoning_content"),
}


class CompatibleFactory:
    """Makes clients for compatible servers."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. Raises ConfigError without an address or with a format there is not."""
        dialect = str(config.options["dialect"])
        manner = MANNERS.get(dialect)
        if manner is None:
            raise ConfigError(
                f"providers.{config.name}.dialect {dialect!r} is not a format; there are: {', '.join(MANNERS)}"
            )
        if not config.base_url:
            raise ConfigError(f"providers.{config.name} has no base_url: a compatible server has no address of its own")
        given = {name for name, _ in config.headers}
        complete = msgspec.structs.replace(
            config,
            key_header=manner.key_header,
            key_prefix=manner.key_prefix,
            models_path=manner.models_path,
            headers=(*config.headers, *(field for field in manner.headers if field[0] not in given)),
        )
        return HTTPProvider(complete, [(manner.endpoint, SIDES[dialect])], transport)


FACTORY = CompatibleFactory()
