"""The client for compatible servers: the format that the configuration names, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

import msgspec

from pontage.dialects import openai_chat
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import PROVIDER_SIDES
from pontage.errors import ConfigError
from pontage.providers.base import LLMProviderClient, ProviderConfig
from pontage.providers.compatible.config import CONFIG, MANNERS
from pontage.providers.http import HTTPProvider
from pontage.transport import Transport

USUAL = openai_chat.VariantOptions(
    max_tokens_field="max_tokens", reasoning_field="reasoning_content", custom_tools=False
)
"""Most compatible servers know `max_tokens` and functions only, and take thinking back under the name they gave it."""


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
            forward=manner.forward,
            operations=manner.operations,
            headers=(*config.headers, *(field for field in manner.headers if field[0] not in given)),
        )
        return HTTPProvider(complete, [(manner.endpoint, side_of(dialect, config))], transport)


def side_of(dialect: str, config: ProviderConfig) -> ProviderSide:
    """How to speak `dialect`; what the options say of an OpenAI format's particulars (`done_optional`, ...) holds.

    Raises ConfigError for a particular of the wrong type.
    """
    if dialect != openai_chat.NAME:
        return PROVIDER_SIDES[dialect]
    said = {name: config.options[name] for name in openai_chat.VariantOptions.__annotations__ if name in config.options}
    try:
        return openai_chat.provider_side(**msgspec.convert({**USUAL, **said}, openai_chat.VariantOptions))
    except msgspec.ValidationError as error:
        raise ConfigError(f"providers.{config.name}.options: {error}") from None


FACTORY = CompatibleFactory()
