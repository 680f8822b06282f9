"""JSON Schemas made fit for constrained decoding."""

from typing import Any

from pontage.dialects.anthropic_messages.schema import close
from pontage.dialects.anthropic_messages.tools import StrictRoom


def closed(schema: Any) -> Any:
    result = close(schema)
    assert result is not None
    return result.schema


def test_a_schema_that_is_closed_stays_as_it_is_and_is_not_touched() -> None:
    schema = {
        "type": "object",
        "title": "Ship",
        "properties": {"name": {"type": "string", "format": "date"}, "kind": {"enum": ["a", 1, None]}},
        "required": ["name", "kind"],
        "additionalProperties": False,
    }
    before = repr(schema)
    result = close(schema)
    assert result is not None
    assert result.schema == schema
    assert (result.moved, result.optional, result.unions) == (False, 0, 0)
    assert repr(schema) == before


def test_bounds_move_into_the_description() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "age": {"type": "integer", "minimum": 0, "description": "Years."},
            "tag": {"type": "string", "pattern": "^a", "format": "color"},
        },
        "required": ["age"],
        "additionalProperties": {"type": "string"},
    }
    before = repr(schema)
    result = close(schema)
    assert repr(schema) == before
    assert result is not None
    assert result.moved
    assert result.optional == 1
    said = result.schema
    assert said["properties"]["age"] == {"type": "integer", "description": "Years. (minimum: 0)"}
    assert said["properties"]["tag"] == {"type": "string", "description": '(pattern: "^a"; format: "color")'}
    assert said["additionalProperties"] is False
    assert "additionalProperties" in said["description"]
    assert "$schema" not in said


def test_unions_tuples_and_references() -> None:
    schema = {
        "type": "object",
        "properties": {
            "one": {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/leaf"}]},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            "maybe": {"type": ["string", "null"]},
            "list": {"type": "array", "items": {"type": "object", "properties": {"x": True}}},
        },
        "$defs": {"leaf": {"type": "object", "properties": {}}},
        "required": ["one", "pair", "maybe", "list"],
    }
    result = close(schema)
    assert result is not None
    properties = result.schema["properties"]
    assert properties["one"] == {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/leaf"}]}
    assert properties["pair"]["items"] == {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    assert properties["list"]["items"] == {"type": "object", "properties": {"x": True}, "additionalProperties": False}
    assert result.schema["$defs"]["leaf"]["additionalProperties"] is False
    assert result.unions == 2
    assert result.optional == 1


def test_all_of_becomes_one_object() -> None:
    schema = {
        "allOf": [
            {"$ref": "#/$defs/base"},
            {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"], "title": "B"},
            {"$ref": "#/nowhere"},
            True,
        ],
        "$defs": {"base": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}},
    }
    said = closed(schema)
    assert set(said["properties"]) == {"a", "b"}
    assert said["required"] == ["a", "b"]
    assert said["additionalProperties"] is False
    assert "allOf" not in said


def test_recursion_is_found() -> None:
    assert close({"type": "array", "items": {"$ref": "#"}}) is None
    loop = {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"items": [{"$ref": "#/$defs/a"}]}}
    assert close({"$ref": "#/$defs/a", "$defs": loop}) is None
    twice = {"anyOf": [{"$ref": "#/$defs/x~1y"}, {"$ref": "#/$defs/x~1y"}], "$defs": {"x/y": {"type": "string"}}}
    assert close(twice) is not None
    assert close({"enum": [{"$ref": "#"}]}) is not None


def test_there_is_room_for_twenty_strict_tools() -> None:
    room = StrictRoom()
    schema = close({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": ["string", "null"]}}})
    assert schema is not None
    taken = [room.takes(schema) for _ in range(21)]
    assert taken == [True] * 12 + [False] * 9  # two optional properties each, 24 in all
    bare = close({"type": "object"})
    assert bare is not None
    assert [room.takes(bare) for _ in range(9)] == [True] * 8 + [False]
