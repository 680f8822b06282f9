"""Floor 3. Google's schema dialect (a subset of OpenAPI 3.0) read as JSON Schema, and the other way with losses named.

Types may be in capitals or be protobuf's numbers; `nullable` is a type of its own in JSON Schema. To write, JSON Schema
goes into the fields made for it; the subset is for hosts that do not know those yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from pontage.dialects.references import References
from pontage.domain.parts import JSONObject

_TYPES: Final = {1: "string", 2: "number", 3: "integer", 4: "boolean", 5: "array", 6: "object", 7: "null"}
_COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_SUBSET = frozenset(
    {
        "type", "format", "title", "description", "nullable", "enum", "items", "properties", "required",
        "propertyOrdering", "minimum", "maximum", "pattern", "anyOf", "default", "example", *_COUNTS,
    }
)  # fmt: skip


def read_schema(schema: Mapping[str, Any]) -> JSONObject:
    """A schema of Google's dialect as JSON Schema."""
    result: JSONObject = {}
    for key, value in schema.items():
        match key:
            case "type":
                name = (
                    value.lower() if isinstance(value, str) else _TYPES.get(value) if isinstance(value, int) else value
                )
                if name != "type_unspecified" and name is not None:
                    result["type"] = name
            case "nullable" | "propertyOrdering":
                pass
            case "items":
                result["items"] = _read(value)
            case "anyOf":
                result["anyOf"] = [_read(item) for item in cast(list[Any], value)] if isinstance(value, list) else value
            case "properties":
                result["properties"] = _read_properties(value, schema.get("propertyOrdering"))
            case "format" if value == "enum":
                pass
            case _ if key in _COUNTS and isinstance(value, str) and value.isdecimal():
                result[key] = int(value)
            case _:
                result[key] = value
    return _with_null(result) if schema.get("nullable") is True else result


def _read(value: Any) -> Any:
    return read_schema(cast(JSONObject, value)) if isinstance(value, dict) else value


def _read_properties(value: Any, ordering: Any) -> Any:
    if not isinstance(value, dict):
        return value
    fields = cast(JSONObject, value)
    listed = cast(list[Any], ordering) if isinstance(ordering, list) else []
    names = [name for name in listed if isinstance(name, str) and name in fields]
    return {name: _read(fields[name]) for name in dict.fromkeys([*names, *fields])}


def _with_null(schema: JSONObject) -> JSONObject:
    if isinstance(schema.get("type"), str):
        nullable: JSONObject = {**schema, "type": [schema["type"], "null"]}
        if isinstance(schema.get("enum"), list):
            nullable["enum"] = [*schema["enum"], None]
        return nullable
    if isinstance(schema.get("anyOf"), list):
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    return schema


class SubsetWriter:
    """JSON Schema in Google's dialect; `lost` names the keywords that it could not keep."""

    def __init__(self, schema: JSONObject) -> None:
        self._root = schema
        self._references = References(schema)
        self.lost: set[str] = set()

    def write(self) -> JSONObject:
        """The whole schema."""
        written = self._write(self._root)
        if self._references.missed:
            self.lost.add("$ref")
        return written

    def _write(self, schema: Any) -> JSONObject:
        result: JSONObject = {}
        if not isinstance(schema, dict):
            self.lost.add("boolean schema")
            return result
        with self._references.within(cast(JSONObject, schema)) as fields:
            for key, value in fields.items():
                self._keyword(key, value, result)
        return result

    def _keyword(self, key: str, value: Any, result: JSONObject) -> None:
        match key:
            case "type" if isinstance(value, list):
                self._type_list([str(name) for name in cast(list[Any], value)], result)
            case "properties" if isinstance(value, dict):
                fields = cast(JSONObject, value)
                result["properties"] = {name: self._write(item) for name, item in fields.items()}
            case "items":
                result["items"] = self._write(value)
            case "anyOf" | "oneOf" if isinstance(value, list):
                self._alternatives(cast(list[Any], value), result)
            case "const":
                self._enum([value], result)
            case "enum" if isinstance(value, list):
                self._enum(cast(list[Any], value), result)
            case _ if key in _SUBSET:
                result[key] = value
            case "$defs" | "definitions" | "$schema" | "$id":
                pass  # resolved, or without effect on what the model writes
            case "additionalProperties" if isinstance(value, bool):
                pass
            case _:
                self.lost.add(key)

    def _type_list(self, names: list[str], result: JSONObject) -> None:
        others = [name for name in names if name != "null"]
        if len(others) < len(names):
            result["nullable"] = True
        if len(others) == 1:
            result["type"] = others[0]
        elif others:
            result["anyOf"] = [{"type": name} for name in others]

    def _alternatives(self, values: list[Any], result: JSONObject) -> None:
        others = [item for item in values if item != {"type": "null"}]
        if len(others) < len(values):
            result["nullable"] = True
        written = [self._write(item) for item in others]
        if len(written) == 1:
            for key, value in written[0].items():
                result.setdefault(key, value)
        else:
            result["anyOf"] = written

    def _enum(self, values: list[Any], result: JSONObject) -> None:
        texts = [value for value in values if isinstance(value, str)]
        if None in values:
            result["nullable"] = True
        if texts and len(texts) == len([value for value in values if value is not None]):
            result["enum"] = texts
            result.setdefault("type", "string")
        elif texts or any(value is not None for value in values):
            self.lost.add("enum")
