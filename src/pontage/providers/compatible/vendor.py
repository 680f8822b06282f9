"""A provider that is a row of data: its configuration, its variant of the format, and `HTTPProvider`. Floor 4."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from pontage.dialects import openai_chat
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import PROVIDER_SIDES
from pontage.providers.base import Endpoint, LLMProviderClient, ProviderConfig
from pontage.providers.compatible.client import FACTORY
from pontage.providers.compatible.config import MANNERS, PARTICULARS, PASSTHROUGH
from pontage.providers.http import HTTPProvider
from pontage.providers.rows import Row, rows
from pontage.transport import Transport


class VendorFactory:
    """Makes clients for one row."""

    def __init__(self, name: str, row: Row | None = None) -> None:
        """`row`: the data; None: the one of that name in the table. Raises KeyError when there is none."""
        self.provider_type = name
        self._row = rows()[name] if row is None else row

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        row = self._row
        manner = MANNERS[row.dialect]
        return ProviderConfig(
            provider_type=self.provider_type,
            title=row.title,
            base_url=row.base_url,
            endpoints=(manner.endpoint,) if row.chats else (),
            base_url_variables=row.base_url_variables,
            key_variables=row.key_variables,
            needs_key=row.needs_key,
            key_header=manner.key_header,
            key_prefix=manner.key_prefix,
            key_page=row.key_page,
            headers=(*manner.headers, *((name.lower(), value) for name, value in row.headers.items())),
            forward=row.forward,
            passthrough=PASSTHROUGH,
            operations=tuple(Endpoint(form, path) for form, path in row.operations.items()),
            models_path=row.models_path or None,
            families=row.families,
            family=row.variant.get("family"),
            declared=PARTICULARS,
            options={"dialect": row.dialect},
        )

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. A base URL without a path (the form of some vendors' SDKs) gets the row's own.

        Where the settings name another format than the row, it is a compatible server like any other.
        """
        row = self._row
        if config.options["dialect"] != row.dialect:
            return FACTORY.create_client(config, transport)
        if not urlsplit(config.base_url).path.strip("/"):
            config = msgspec.structs.replace(config, base_url=config.base_url + urlsplit(row.base_url).path)
        sides = [(MANNERS[row.dialect].endpoint, side_of(row))] if row.chats else []
        return HTTPProvider(config, sides, transport)


def side_of(row: Row) -> ProviderSide:
    """How to speak to the row's server."""
    if row.dialect != openai_chat.NAME:
        return PROVIDER_SIDES[row.dialect]
    return openai_chat.provider_side(
        **msgspec.convert({"custom_tools": False, **row.variant}, openai_chat.VariantOptions)
    )
