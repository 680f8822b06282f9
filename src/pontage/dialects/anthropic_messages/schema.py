"""JSON Schema as this format's constrained decoding takes it. Floor 3; pure.

Closed objects, no recursion, no bounds on numbers, lengths or patterns: what cannot be said moves into the
`description`, so that the model still reads it. The caller's schema is copied, never changed. Limits and keywords:
the vendor's pages on structured outputs and strict tools.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.domain.parts import JSONObject

OPTIONAL_LIMIT: Final = 24
UNION_LIMIT: Final = 16
STRICT_LIMIT: Final = 20
"""Optional properties, union types and strict tools that one request may have."""

_KEPT = frozenset(
    ["$ref", "$defs", "definitions", "type", "properties", "required", "items", "anyOf", "enum", "const",
     "title", "description", "default", "additionalProperties"]
)  # fmt: skip
_FORMATS = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]
)  # fmt: skip
_SILENT = frozenset(["$schema", "$id", "$comment"])  # they constrain nothing


class Closed(Struct):
    """A schema for constrained decoding, made of `source`; `moved` tells whether it was rewritten on the way, and the
    two counts go against the limits of a request."""

    source: JSONObject
    schema: JSONObject
    moved: bool = False
    optional: int = 0
    unions: int = 0


def close(schema: JSONObject) -> Closed | None:
    """A copy of `schema` fit for constrained decoding, or None when it is recursive."""
    if _is_recursive(schema):
        return None
    result = Closed(schema, {})
    result.schema = _close(schema, result)
    return result


def _close(schema: JSONObject, result: Closed) -> JSONObject:
    said: JSONObject = {}
    lost: JSONObject = {}
    schema = _merge_all(schema, result)
    for key, value in schema.items():
        if key in _KEPT or (key == "format" and isinstance(value, str) and value in _FORMATS):
            said[key] = _copy(key, value, result)
        elif key == "oneOf":
            said["anyOf"] = _copy("anyOf", value, result)
            result.moved = True
        elif key == "prefixItems" and isinstance(value, list) and "items" not in schema:
            said["items"] = {"anyOf": _copy("anyOf", value, result)}
            lost[key] = len(cast(list[Any], value))
        else:
            result.moved = True
            if key not in _SILENT:
                lost[key] = value
    _close_object(said, lost, result)
    result.unions += isinstance(said.get("type"), list) or "anyOf" in said
    if lost:
        result.moved = True
        told = "; ".join(f"{key}: {msgspec.json.encode(value).decode()}" for key, value in lost.items())
        before = said.get("description")
        said["description"] = f"{before} ({told})" if before else f"({told})"
    return said


def _merge_all(schema: JSONObject, result: Closed) -> JSONObject:
    """`schema` with the members of its `allOf` in it: closed one by one, they would exclude each other."""
    members = schema.get("allOf")
    if not isinstance(members, list):
        return schema
    result.moved = True
    merged = {key: value for key, value in schema.items() if key != "allOf"}
    for member in cast(list[Any], members):
        fields = cast(JSONObject, member) if isinstance(member, dict) else {}
        target = fields.get("$ref")
        if isinstance(target, str):
            found = _resolve(result.source, target)
            fields = {**(cast(JSONObject, found) if isinstance(found, dict) else {}), **fields}
            del fields["$ref"]
        for key, value in _merge_all(fields, result).items():
            there = merged.get(key)
            if key == "required" and isinstance(there, list) and isinstance(value, list):
                merged[key] = [*cast(list[Any], there), *(name for name in cast(list[Any], value) if name not in there)]
            elif key == "properties" and isinstance(there, dict) and isinstance(value, dict):
                merged[key] = {**cast(JSONObject, value), **cast(JSONObject, there)}
            else:
                merged.setdefault(key, value)
    return merged


def _close_object(said: JSONObject, lost: JSONObject, result: Closed) -> None:
    """An object has exactly the properties it names."""
    if said.get("type") != "object" and "properties" not in said:
        return
    given = said.pop("additionalProperties", None)
    if given is not False:
        result.moved = True
        if given is not None:
            lost["additionalProperties"] = given
    said["additionalProperties"] = False
    properties, required = said.get("properties"), said.get("required")
    if isinstance(properties, dict):
        named = cast(list[Any], required) if isinstance(required, list) else []
        result.optional += sum(name not in named for name in cast(JSONObject, properties))


def _copy(key: str, value: Any, result: Closed) -> Any:
    """The value of a kept keyword, the schemas in it closed as well."""
    if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
        return {name: _inner(item, result) for name, item in cast(JSONObject, value).items()}
    if key == "anyOf" and isinstance(value, list):
        return [_inner(item, result) for item in cast(list[Any], value)]
    return _inner(value, result) if key == "items" else value


def _inner(value: Any, result: Closed) -> Any:
    return _close(cast(JSONObject, value), result) if isinstance(value, dict) else value


def _is_recursive(schema: JSONObject) -> bool:
    """Whether a `$ref` leads, over any others, back to where it stands."""
    open_targets: list[str] = []
    done: set[str] = set()

    def visit(value: Any) -> bool:
        if isinstance(value, list):
            return any(visit(item) for item in cast(list[Any], value))
        if not isinstance(value, dict):
            return False
        fields = cast(JSONObject, value)
        target = fields.get("$ref")
        if isinstance(target, str) and target not in done:
            if target == "#" or target in open_targets:
                return True
            open_targets.append(target)
            if visit(_resolve(schema, target)):
                return True
            done.add(open_targets.pop())
        return any(visit(item) for key, item in fields.items() if key not in ("enum", "const", "default"))

    return visit(schema)


def _resolve(schema: JSONObject, target: str) -> Any:
    """What a local reference (`#/$defs/name`) points at; None when nothing."""
    place: Any = schema
    for step in target.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        place = cast(JSONObject, place).get(name) if isinstance(place, dict) else None
    return place
