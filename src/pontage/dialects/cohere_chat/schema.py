"""JSON Schema as this format's constrained decoding takes it. Floor 3; pure.

What cannot be said moves into the `description`, so that the model still reads it. The caller's schema is copied, never
changed. Keywords and the rule that every object needs a required property: the vendor's page on structured outputs.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.domain.parts import JSONObject

_KEPT: Final = frozenset(
    ["$ref", "$defs", "definitions", "type", "properties", "required", "items", "anyOf", "enum", "const", "title",
     "description", "default", "additionalProperties", "$schema", "$id", "$comment"]
)  # fmt: skip
_FORMATS: Final = frozenset(["date-time", "uuid", "date", "time"])
_OF_SCHEMAS: Final = ("properties", "$defs", "definitions")
_BEYOND_PATTERNS: Final = ("^", "$", "(?=", "(?!")


class Fitted(Struct):
    """A schema for constrained decoding; `changed`: it was rewritten on the way, `bare`: an object in it demands no
    property, which is refused. `demanding`: such an object shall demand all that it has."""

    schema: JSONObject
    changed: bool = False
    bare: bool = False
    demanding: bool = False


def fit(schema: JSONObject, *, demanding: bool = False) -> Fitted:
    """A copy of `schema` in the keywords that are understood."""
    result = Fitted({}, demanding=demanding)
    result.schema = _fit(schema, result)
    return result


def _fit(schema: JSONObject, result: Fitted) -> JSONObject:
    said: JSONObject = {}
    lost: JSONObject = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, list):
            said["anyOf"] = [{"type": name} for name in cast(list[Any], value)]
            result.changed = True
        elif key == "oneOf":
            said["anyOf"] = _copy("anyOf", value, result)
            result.changed = True
        elif key in _KEPT or _is_understood(key, value):
            said[key] = _copy(key, value, result)
        else:
            lost[key] = value
    if (said.get("type") == "object" or "properties" in said) and not said.get("required"):
        _demand(said, result)
    if lost:
        result.changed = True
        told = "; ".join(f"{key}: {msgspec.json.encode(value).decode()}" for key, value in lost.items())
        before = said.get("description")
        said["description"] = f"{before} ({told})" if before else f"({told})"
    return said


def _demand(said: JSONObject, result: Fitted) -> None:
    """An object without a required property."""
    properties = said.get("properties")
    if result.demanding and isinstance(properties, dict) and properties:
        said["required"] = list(cast(JSONObject, properties))
        result.changed = True
    else:
        result.bare = True


def _is_understood(key: str, value: Any) -> bool:
    if key == "format":
        return value in _FORMATS if isinstance(value, str) else False
    return key == "pattern" and isinstance(value, str) and not any(mark in value for mark in _BEYOND_PATTERNS)


def _copy(key: str, value: Any, result: Fitted) -> Any:
    """The value of a keyword, the schemas in it fitted as well."""
    if key in _OF_SCHEMAS and isinstance(value, dict):
        return {name: _inner(item, result) for name, item in cast(JSONObject, value).items()}
    if key == "anyOf" and isinstance(value, list):
        return [_inner(item, result) for item in cast(list[Any], value)]
    return _inner(value, result) if key in ("items", "additionalProperties") else value


def _inner(value: Any, result: Fitted) -> Any:
    return _fit(cast(JSONObject, value), result) if isinstance(value, dict) else value
