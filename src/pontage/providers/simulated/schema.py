"""A value that fits a JSON Schema, the same one every time. Floor 4; pure."""

from __future__ import annotations

import math
from typing import Any, cast

from pontage.domain.parts import JSONObject

DEEPEST = 12
"""Levels of nesting; a schema that recurses without end is cut there."""

FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: JSONObject, root: JSONObject | None = None, depth: int = 0) -> Any:
    """A value that `schema` accepts, as far as it is understood; `root` holds what `$ref` points to."""
    root = root if root is not None else schema
    if "$ref" in schema:
        return example(_resolve(str(schema["$ref"]), root), root, depth + 1) if depth < DEEPEST else None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for word in ("anyOf", "oneOf"):
        if schema.get(word):
            return example(_simplest(cast(list[JSONObject], schema[word]), depth), root, depth + 1)
    if schema.get("allOf"):
        return example(_merged(cast(list[JSONObject], schema["allOf"]), root), root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((one for one in cast(list[str], kind) if one != "null"), "null")
    match kind:
        case "object":
            return _object(schema, root, depth)
        case "array":
            return _array(schema, root, depth)
        case "integer" | "number":
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _text(schema)


def _object(schema: JSONObject, root: JSONObject, depth: int) -> JSONObject:
    properties = cast(dict[str, JSONObject], schema.get("properties") or {})
    required = cast(list[str], schema.get("required") or [])
    wanted = [name for name in properties if depth < DEEPEST or name in required]
    return {
        name: example(properties.get(name, {}), root, depth + 1)
        for name in dict.fromkeys([*wanted, *required])
        if depth < DEEPEST * 2
    }


def _array(schema: JSONObject, root: JSONObject, depth: int) -> list[Any]:
    first = cast(list[JSONObject], schema.get("prefixItems") or [])
    items = schema.get("items")
    count = max(int(schema.get("minItems", 0)), len(first), 0 if depth >= DEEPEST else 1)
    rest = cast(JSONObject, items) if isinstance(items, dict) else {}
    values = [example(first[place] if place < len(first) else rest, root, depth + 1) for place in range(count)]
    if schema.get("uniqueItems") and len(values) > 1:
        values = [f"{value}{place}" if isinstance(value, str) else place for place, value in enumerate(values)]
    return values


def _number(schema: JSONObject, *, whole: bool) -> float:
    low = float(schema.get("minimum", schema.get("exclusiveMinimum", -math.inf)))
    high = float(schema.get("maximum", schema.get("exclusiveMaximum", math.inf)))
    value = 1.0 if low <= 1 <= high else (low if low > -math.inf else high)
    step = 1.0 if whole else 0.5 if math.isinf(high) or math.isinf(low) else (high - low) / 4
    if value == schema.get("exclusiveMinimum"):
        value += step
    if value == schema.get("exclusiveMaximum"):
        value -= step
    if "multipleOf" in schema:
        multiple = float(schema["multipleOf"])
        value = math.ceil(value / multiple) * multiple
    return math.ceil(value) if whole else value


def _text(schema: JSONObject) -> str:
    text = FORMATS.get(str(schema.get("format")), "simulated")
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    text += "." * (shortest - len(text))
    return text if longest is None else text[: int(longest)]


def _simplest(choices: list[JSONObject], depth: int) -> JSONObject:
    """The first alternative, or deep down one that ends: null before what nests further."""
    ends = [choice for choice in choices if choice.get("type") not in ("object", "array") and "$ref" not in choice]
    return ends[0] if depth >= DEEPEST and ends else choices[0]


def _merged(schemas: list[JSONObject], root: JSONObject) -> JSONObject:
    merged: JSONObject = {}
    for schema in schemas:
        told = _resolve(str(schema["$ref"]), root) if "$ref" in schema else schema
        properties = {**merged.get("properties", {}), **told.get("properties", {})}
        required = [*merged.get("required", []), *told.get("required", [])]
        merged = {**merged, **told}
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = required
    return merged


def _resolve(reference: str, root: JSONObject) -> JSONObject:
    """What `#/a/b` points to; {} for what is not there or not in this document."""
    place: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            name = step.replace("~1", "/").replace("~0", "~")
            place = cast(JSONObject, place).get(name) if isinstance(place, dict) else None
    return cast(JSONObject, place) if isinstance(place, dict) else {}
