"""Floor 3. Names of the format, and how its objects are read: what it calls itself, which fields are kept whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET

from pontage.dialects.codec import Wire
from pontage.domain.parts import JSONObject

NAME: Final = "google_generate"
"""The format's name in `Origin.dialect`."""

FAMILY: Final = "google"
"""Whose thought signatures the Gemini API makes and takes. Vertex AI does not take them: its side says its own."""


def camel_case(name: str) -> str:
    """`max_output_tokens` as `maxOutputTokens`; protobuf's JSON takes both."""
    if "_" not in name:
        return name
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


class Google(Wire, rename="camel"):
    """Base of this format's objects: camelCase on the wire."""


def wire_names(kind: type[Google], *fields: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a Struct's field and its name on the wire, for `kept`."""
    on_wire = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    return tuple((field, on_wire[field]) for field in fields)


def kept(value: Google, names: tuple[tuple[str, str], ...]) -> JSONObject:
    """The fields of `value` that have no canonical name, as they were written; null ones that are known say nothing."""
    found = {name: told for field, name in names if (told := getattr(value, field)) is not UNSET and told is not None}
    return {**found, **value.extra} if value.extra else found


def enum_name(value: Any, numbers: Mapping[int, str]) -> str | None:
    """An enum's name in capitals; protobuf's JSON also writes its number."""
    if isinstance(value, str):
        return value.upper()
    return numbers.get(value) if isinstance(value, int) else None
