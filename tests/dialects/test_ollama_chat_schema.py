"""Schemas of tools, said with the keywords that Ollama reads."""

import copy
from typing import Any

import pytest

from pontage.dialects.ollama_chat.schema import plain_schema
from pontage.domain import FunctionTool
from tests.dialects.ollama_chat import encode

OBJECT = {"type": "object"}
PLACE = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({**OBJECT, "properties": {"a": {"type": ["string", "null"]}}, "additionalProperties": False}, None),
        ({**OBJECT, "properties": {"a": True}}, {**OBJECT, "properties": {"a": {}}}),
        ({**OBJECT, "properties": {"a": {"const": 1}}}, {**OBJECT, "properties": {"a": {"enum": [1]}}}),
        (
            {**OBJECT, "properties": {"a": {"oneOf": [{"type": "string"}, {"const": 2}]}}},
            {**OBJECT, "properties": {"a": {"anyOf": [{"type": "string"}, {"enum": [2]}]}}},
        ),
        (
            {**OBJECT, "$defs": {"P": PLACE}, "properties": {"a": {"$ref": "#/$defs/P", "description": "Where."}}},
            {**OBJECT, "properties": {"a": {**PLACE, "description": "Where."}}},
        ),
        (
            {**OBJECT, "definitions": {"P": PLACE}, "properties": {"a": {"items": {"$ref": "#/definitions/P"}}}},
            {**OBJECT, "properties": {"a": {"items": PLACE}}},
        ),
        ({"$ref": "#/$defs/P", "$defs": {"P": PLACE}}, PLACE),
        ({**OBJECT, "properties": {"a": {"$ref": "#/$defs/Gone"}}}, {**OBJECT, "properties": {"a": {}}}),
        (
            {"allOf": [{**PLACE, "required": ["name"]}, {"properties": {"b": {}}, "required": ["b"]}, True]},
            {**OBJECT, "properties": {"name": {"type": "string"}, "b": {}}, "required": ["name", "b"]},
        ),
    ],
)  # fmt: skip
def test_what_would_not_be_read_is_said_otherwise(schema: Any, plain: Any) -> None:
    before = copy.deepcopy(schema)
    assert plain_schema(schema) == (schema if plain is None else plain)
    assert schema == before
    notes = encode(tools=(FunctionTool(name="f", parameters=schema),))[1]
    assert notes == ([] if plain is None else [("approximated", "tools[0].parameters")])


def test_a_recursive_schema_comes_to_an_end() -> None:
    tree = {**OBJECT, "properties": {"left": {"$ref": "#/$defs/T"}, "right": {"$ref": "#/$defs/T"}}}
    assert plain_schema({**tree, "$defs": {"T": tree}}) == {
        **OBJECT,
        "properties": {
            "left": {**OBJECT, "properties": {"left": {}, "right": {}}},
            "right": {**OBJECT, "properties": {"left": {}, "right": {}}},
        },
    }


def test_a_schema_that_grows_without_bound_is_cut() -> None:
    wide = {f"L{n}": {**OBJECT, "properties": {k: {"$ref": f"#/$defs/L{n + 1}"} for k in "abcd"}} for n in range(20)}
    assert plain_schema({"$ref": "#/$defs/L0", "$defs": wide})["type"] == "object"
