"""A value that fits a JSON Schema, the same one every time. Floor 4; pure.

The schema is a stranger's: whatever it says, the value is bounded in depth and size, and making it raises nothing.
"""

from __future__ import annotations

import math
from typing import Any, cast

from pontage.domain.parts import JSONObject
from pontage.providers.simulated.pattern import matching

DEEPEST = 12
"""Levels of nesting; below it only what is required is made, and a schema that recurses without end is cut."""

LARGEST = 10_000
"""Values in all, items of an array, characters of a text."""

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


def example(schema: Any) -> Any:
    """A value that `schema` accepts, as far as it is understood."""
    return _Maker(schema).make(schema, 0)


class _Maker:
    """Makes one value; `root` holds what `$ref` points to."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = LARGEST

    def make(self, told: Any, depth: int) -> Any:
        self._left -= 1
        if depth > 2 * DEEPEST or self._left < 0:
            return None
        schema = _object_of(told)
        if "$ref" in schema:
            return self.make(self._resolve(schema["$ref"]), depth + 1)
        if "const" in schema:
            return schema["const"]
        if values := _list_of(schema.get("enum")):
            return values[0]
        if choices := _list_of(schema.get("anyOf")) or _list_of(schema.get("oneOf")):
            return self.make(_simplest(choices, depth), depth + 1)
        if rules := _list_of(schema.get("allOf")):
            return self.make(self._merged(schema, rules), depth + 1)
        return self._typed(schema, depth)

    def _typed(self, schema: JSONObject, depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next((one for one in cast(list[Any], kind) if one != "null"), "null")
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer" | "number":
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
            case _:
                self._left -= len(str(schema.get("pattern", ""))) // 8  # to follow one is work, too
                return _text(schema)

    def _object(self, schema: JSONObject, depth: int) -> JSONObject:
        properties = _object_of(schema.get("properties"))
        required = [name for name in _list_of(schema.get("required")) if isinstance(name, str)]
        wanted = [name for name in properties if depth < DEEPEST or name in required]
        names = list(dict.fromkeys([*wanted, *required]))[: max(self._left, 0)]
        return {name: self.make(properties.get(name), depth + 1) for name in names}

    def _array(self, schema: JSONObject, depth: int) -> list[Any]:
        first = _list_of(schema.get("prefixItems"))
        most = int(min(_bound(schema, "maxItems", LARGEST), LARGEST, max(self._left, 0)))
        least = max(_bound(schema, "minItems", 0), len(first), 0 if depth >= DEEPEST else 1)
        count = int(min(least, most))
        items = schema.get("items")
        values = [self.make(first[place] if place < len(first) else items, depth + 1) for place in range(count)]
        if schema.get("uniqueItems") and count > 1:
            values = [f"{value}{place}" if isinstance(value, str) else place for place, value in enumerate(values)]
        return values

    def _merged(self, schema: JSONObject, rules: list[Any]) -> JSONObject:
        """One schema that says what `schema` and all of its `allOf` say."""
        merged: JSONObject = {}
        for rule in (*rules, {name: value for name, value in schema.items() if name != "allOf"}):
            told = _object_of(rule)
            told = _object_of(self._resolve(told["$ref"])) if "$ref" in told else told
            properties = {**_object_of(merged.get("properties")), **_object_of(told.get("properties"))}
            required = [*_list_of(merged.get("required")), *_list_of(told.get("required"))]
            merged |= told
            merged |= {"properties": properties} if properties else {}
            merged |= {"required": required} if required else {}
        return merged

    def _resolve(self, reference: Any) -> Any:
        """What `#/a/b` points to; None for what is not there or not in this document."""
        place: Any = self._root
        for step in str(reference).removeprefix("#").strip("/").split("/"):
            if step:
                place = _object_of(place).get(step.replace("~1", "/").replace("~0", "~"))
        return place


def _number(schema: JSONObject, *, whole: bool) -> float:
    low = max(_bound(schema, "minimum", -math.inf), _bound(schema, "exclusiveMinimum", -math.inf))
    high = min(_bound(schema, "maximum", math.inf), _bound(schema, "exclusiveMaximum", math.inf))
    value = 1.0 if low <= 1 <= high else (low if low > -math.inf else high)
    step = 1.0 if whole else 0.5 if math.isinf(high) or math.isinf(low) else (high - low) / 4
    if value == schema.get("exclusiveMinimum"):
        value += step
    if value == schema.get("exclusiveMaximum"):
        value -= step
    multiple = _bound(schema, "multipleOf", 0.0)
    if multiple > 0:
        upward = math.ceil(value / multiple) * multiple
        value = upward if upward <= high else math.floor(value / multiple) * multiple
    return math.ceil(value) if whole else value


def _text(schema: JSONObject) -> str:
    kind, pattern = schema.get("format"), schema.get("pattern")
    least, most = _bound(schema, "minLength", 0), _bound(schema, "maxLength", LARGEST)
    if isinstance(pattern, str):
        text = matching(pattern, min(least, LARGEST), max(0, min(most, LARGEST)))
        if text is not None:
            return text
    text = FORMATS.get(kind, "simulated") if isinstance(kind, str) else "simulated"
    text += "." * (int(min(least, LARGEST)) - len(text))
    return text[: max(0, int(min(most, LARGEST)))]


def _simplest(choices: list[Any], depth: int) -> Any:
    """The first alternative, or deep down one that ends: null before what nests further."""
    ends = [
        choice
        for choice in map(_object_of, choices)
        if choice.get("type") not in ("object", "array") and "$ref" not in choice
    ]
    return ends[0] if depth >= DEEPEST and ends else choices[0]


def _bound(schema: JSONObject, word: str, default: float) -> float:
    """The number that `word` says, or `default` where it says none that can be used."""
    value = schema.get(word)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15:
        return value
    return default


def _object_of(value: Any) -> JSONObject:
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _list_of(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []
