"""Providers that are only data: the rows of `compatible.toml`. Floor 4.

The file is read when first asked for, not at import.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

FILE = "compatible.toml"


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is particular about a provider that speaks a known format.

    `chats`: false for who only embeds and reranks. `variant`: the fields of `dialects.openai_chat.Variant`.
    `headers`: sent with every request; `forward`: those of a client that pass in the same format. `models_path`: below
    the base URL; empty where there is no free list of models. `operations`: what it does beside chat, paths below the
    base URL by the format. `source` and `as_of`: the vendor's page on these facts, and the month (2026-11) they were
    written down.
    """

    title: str
    base_url: str
    source: str
    as_of: str
    base_url_variables: tuple[str, ...] = ()
    key_variables: tuple[str, ...] = ()
    key_page: str | None = None
    needs_key: bool = True
    dialect: str = "openai_chat"
    chats: bool = True
    models_path: str = "/models"
    families: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    forward: tuple[str, ...] = ()
    variant: dict[str, Any] = {}
    operations: dict[str, str] = {}


@cache
def rows() -> Mapping[str, Row]:
    """Every row by the provider type it is, in the order of the file."""
    import tomllib  # only here: most processes never ask

    told = tomllib.loads(files("pontage.providers").joinpath(FILE).read_text(encoding="utf-8"))
    return MappingProxyType(msgspec.convert(told, dict[str, Row]))
