"""What the simulated provider makes up fits the schema it was given."""

import json
from typing import Any

import pytest

from pontage.providers.simulated.schema import LARGEST, example
from tests.providers.fitting import misfits

TREE: dict[str, Any] = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
            "required": ["value", "next"],
        }
    },
    "$ref": "#/$defs/node",
}
SCHEMAS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "minLength": 20, "maxLength": 22},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "date-time"},
    {"type": "string", "enum": ["red", "green"]},
    {"const": {"deep": [1, 2]}},
    {"type": "integer"},
    {"type": "integer", "minimum": 5, "maximum": 9},
    {"type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 7},
    {"type": "integer", "exclusiveMaximum": -3},
    {"type": "integer", "maximum": -3},
    {"type": "integer", "minimum": 10, "multipleOf": 7},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "minimum": 2.5},
    {"type": "number", "maximum": 0.25, "exclusiveMinimum": 0},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["null", "integer"]},
    {"type": ["null"]},
    {"type": "array", "items": {"type": "string"}},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2},
    {"type": "array", "maxItems": 0},
    {"type": "object"},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a", "b"]},
    {"properties": {"implied": {"type": "boolean"}}, "required": ["implied"]},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {"const": 4}}}]},
    {"$defs": {"point": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
     "type": "object", "properties": {"from": {"$ref": "#/$defs/point"}}, "required": ["from"]},
    {"$defs": {"a/b": {"const": 1}, "c~d": {"const": 2}},
     "type": "object", "properties": {"p": {"$ref": "#/$defs/a~1b"}, "q": {"$ref": "#/$defs/c~0d"}}},
    {"definitions": {"base": {"properties": {"a": {"type": "string"}}, "required": ["a"]}},
     "allOf": [{"$ref": "#/definitions/base"}, {"properties": {"b": {"type": "integer"}}, "required": ["b"]}]},
    TREE,
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=[json.dumps(schema)[:60] for schema in SCHEMAS])
def test_the_example_fits_its_schema(schema: dict[str, Any]) -> None:
    before = json.dumps(schema)
    value = example(schema)
    assert misfits(value, schema) == []
    assert json.loads(json.dumps(value)) == value
    assert example(schema) == value
    assert json.dumps(schema) == before


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/nowhere/at/all"},
        {"$ref": "https://elsewhere.example/schema.json"},
        {"type": "array", "items": {"$ref": "#"}},
        {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["a", "b"]},
        {"properties": {"again": {"$ref": "#"}}},
        {"allOf": [{"$ref": "#"}]},
        {"anyOf": [{"$ref": "#"}]},
    ],
)
def test_a_schema_that_leads_nowhere_ends(schema: dict[str, Any]) -> None:
    assert json.dumps(example(schema)).count("{") <= LARGEST


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 7},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "required": "a"},
        {"type": "array", "items": True},
        {"type": "array", "minItems": "3"},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**12},
        {"type": "string", "minLength": "many"},
        {"type": "number", "minimum": "low"},
        {"type": "number", "multipleOf": 0},
        {"type": "integer", "minimum": 1e400},
        {"enum": "abc"},
        {"anyOf": "abc"},
        {"anyOf": [True]},
        {"allOf": [7]},
        {"$ref": 7},
        {"type": []},
        {"type": [7]},
        {"format": []},
    ],
    ids=str,
)
def test_nonsense_gets_some_value_and_no_error(schema: dict[str, Any]) -> None:
    assert len(json.dumps(example(schema))) < 1_000_000
