"""The installed package `genai-prices`, if there is one, in the JSON form that `genai` reads. Floor 1."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final, cast

PACKAGE: Final = "genai-prices"


def installed_prices() -> tuple[dict[str, Any], str]:
    """Its data and its version. Raises ImportError when it is not installed."""
    providers: Any = import_module("genai_prices.data").providers
    plain = [{"id": provider.id, "models": _plain(provider.models)} for provider in providers]
    return {"providers": plain}, version(PACKAGE)


def _plain(value: Any) -> Any:
    """A tree of dataclasses as JSON has it. Names that are Python's own words end in an underscore there."""
    match value:
        case Decimal():
            return str(value)
        case date() | time():
            return value.isoformat()
        case list():
            return [_plain(entry) for entry in cast("list[Any]", value)]
        case dict():
            return {key: _plain(entry) for key, entry in cast("dict[str, Any]", value).items()}
        case str() | int() | None:
            return value
        case _:
            told = {name.rstrip("_"): _plain(getattr(value, name, None)) for name in _names(value)}
            return {name: entry for name, entry in told.items() if entry is not None}


def _names(value: Any) -> list[str]:
    if is_dataclass(value):
        return [field.name for field in fields(value)]
    return list(value.__dict__)
