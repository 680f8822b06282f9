"""Tools, choices, schemas and forms of answers of generateContent, from and to values of other origins."""

import json
from typing import Any

import pytest

from pontage.dialects.google_generate import client_side, provider_side
from pontage.domain import (
    Cache,
    ChatRequest,
    CustomTool,
    FunctionTool,
    Message,
    Origin,
    OutputFormat,
    ServerTool,
    Text,
    Tool,
    ToolChoice,
)
from tests.dialects.google_generate import FOREIGN, Notes


def tooling(
    *tools: Tool, side: Any = None, origin: Origin | None = FOREIGN, **fields: Any
) -> tuple[dict[str, Any], Notes]:
    request = ChatRequest(
        model="m", messages=(Message(role="user", parts=(Text(text="-"),)),), tools=tools, origin=origin, **fields
    )
    result = (side or provider_side()).encode_request(request)
    body = json.loads(result.body)
    del body["contents"]
    return body, [(note.kind, note.where) for note in result.notes]


F = FunctionTool(name="f")


def test_functions_stand_together_and_server_tools_alone() -> None:
    search = ServerTool(kind="web_search", data={"type": "web_search_20250305", "max_uses": 2}, cache=Cache())
    shell = ServerTool(kind="bash", data={"type": "bash"})
    free = CustomTool(name="c", description="d", format={"type": "grammar"})
    strict = FunctionTool(
        name="g", description="", parameters={"type": "object"}, strict=True, cache=Cache(), extra={"z": 1}
    )
    body, notes = tooling(F, search, strict, shell, free)
    text = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    assert body["tools"] == [
        {
            "functionDeclarations": [
                {"name": "f"},
                {"name": "g", "description": "", "parametersJsonSchema": {"type": "object"}},
                {"name": "c", "description": "d", "parametersJsonSchema": text},
            ]
        },
        {"googleSearch": {}},
    ]
    assert notes == [
        ("dropped", "tools[1].cache"),
        ("approximated", "tools[1]"),
        ("dropped", "tools[2].strict"),
        ("dropped", "tools[2].cache"),
        ("dropped", "tools[2].z"),
        ("unsupported", "tools[3]"),
        ("approximated", "tools[4]"),
    ]


def test_a_bare_web_search_of_an_sdk_user_is_googles() -> None:
    assert tooling(ServerTool(kind="web_search"), origin=None) == ({"tools": [{"googleSearch": {}}]}, [])
    fetch = ServerTool(kind="urlContext", data={"urlContext": {}})
    assert tooling(fetch, origin=None) == ({"tools": [{"urlContext": {}}]}, [])


CHOICES: list[tuple[ToolChoice, dict[str, Any], Notes]] = [
    (ToolChoice("auto"), {"mode": "AUTO"}, []),
    (ToolChoice("none"), {"mode": "NONE"}, []),
    (ToolChoice("any"), {"mode": "ANY"}, []),
    (ToolChoice("any", ("f",)), {"mode": "ANY", "allowedFunctionNames": ["f"]}, []),
    (
        ToolChoice("auto", ("f",)),
        {"mode": "VALIDATED", "allowedFunctionNames": ["f"]},
        [("approximated", "tool_choice")],
    ),
]


@pytest.mark.parametrize(("choice", "config", "notes"), CHOICES)
def test_a_choice_is_a_mode(choice: ToolChoice, config: dict[str, Any], notes: Notes) -> None:
    body, told = tooling(F, tool_choice=choice)
    assert body["toolConfig"] == {"functionCallingConfig": config}
    assert told == notes


def test_a_choice_without_functions_is_dropped() -> None:
    search = ServerTool(kind="web_search")
    assert tooling(search, tool_choice=ToolChoice("any")) == (
        {"tools": [{"googleSearch": {}}]},
        [("dropped", "tool_choice")],
    )


def test_a_mode_left_out_is_auto() -> None:
    body = {
        "contents": [{"parts": [{"text": "x"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "MODE_UNSPECIFIED"}},
    }
    side = client_side()
    assert side.decode_request(json.dumps(body).encode()).tool_choice == ToolChoice("auto")
    body["toolConfig"] = {"novel": 1, "functionCallingConfig": {"novel": 2}}
    request = side.decode_request(json.dumps(body).encode())
    assert request.tool_choice == ToolChoice("auto")
    assert request.extra == {"toolConfig": {"novel": 1}, "functionCallingConfig": {"novel": 2}}


OUTPUTS: list[tuple[OutputFormat, dict[str, Any], Notes]] = [
    (OutputFormat(kind="text"), {"responseMimeType": "text/plain"}, []),
    (OutputFormat(kind="json"), {"responseMimeType": "application/json"}, []),
    (
        OutputFormat(kind="schema", schema={"type": "object"}, name="n", description="d", strict=True),
        {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}},
        [("dropped", "output.name"), ("dropped", "output.description")],
    ),
    (
        OutputFormat(kind="schema", schema={"type": "object"}, strict=False),
        {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}},
        [("approximated", "output.strict")],
    ),
]


@pytest.mark.parametrize(("output", "config", "notes"), OUTPUTS)
def test_the_form_of_the_answer_is_a_media_type_and_a_schema(
    output: OutputFormat, config: dict[str, Any], notes: Notes
) -> None:
    body, told = tooling(output=output)
    assert body["generationConfig"] == config
    assert told == notes


SCHEMAS: list[tuple[dict[str, Any], dict[str, Any], set[str]]] = [
    ({"type": ["string", "null"], "minLength": 2}, {"type": "string", "nullable": True, "minLength": 2}, set()),
    ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, set()),
    ({"type": ["null"]}, {"nullable": True}, set()),
    ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}, set()),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, set()),
    ({"const": "x"}, {"enum": ["x"], "type": "string"}, set()),
    ({"enum": ["a", None]}, {"enum": ["a"], "type": "string", "nullable": True}, set()),
    ({"enum": [1, 2], "type": "integer"}, {"type": "integer"}, {"enum"}),
    ({"type": "number", "exclusiveMinimum": 1, "not": {}}, {"type": "number"}, {"exclusiveMinimum", "not"}),
    ({"$schema": "s", "type": "object", "additionalProperties": False}, {"type": "object"}, set()),
    ({"type": "object", "additionalProperties": {"type": "string"}}, {"type": "object"}, {"additionalProperties"}),
    (
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
            ]
        },
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a", "b"]},
        set(),
    ),
    (
        {"$defs": {"p": {"type": "string"}}, "type": "array", "items": {"$ref": "#/$defs/p", "description": "d"}},
        {"type": "array", "items": {"type": "string", "description": "d"}},
        set(),
    ),
    ({"$ref": "#/$defs/none"}, {}, {"$ref"}),
    (
        {"$defs": {"n": {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"},
        {"type": "object", "properties": {"next": {}}},
        {"$ref"},
    ),
    ({"type": "array", "items": True}, {"type": "array", "items": {}}, {"boolean schema"}),
]


@pytest.mark.parametrize(("schema", "subset", "lost"), SCHEMAS, ids=[str(index) for index in range(len(SCHEMAS))])
def test_json_schema_in_googles_subset_names_what_it_lost(
    schema: dict[str, Any], subset: dict[str, Any], lost: set[str]
) -> None:
    before = json.dumps(schema)
    side = provider_side(json_schema=False)
    request = ChatRequest(
        model="m",
        messages=(Message(role="user", parts=(Text(text="-"),)),),
        tools=(FunctionTool(name="f", parameters=schema),),
        output=OutputFormat(kind="schema", schema=schema),
        origin=FOREIGN,
    )
    result = side.encode_request(request)
    body = json.loads(result.body)
    assert body["tools"] == [{"functionDeclarations": [{"name": "f", "parameters": subset}]}]
    assert body["generationConfig"]["responseSchema"] == subset
    assert [note.where for note in result.notes] == (["tools[0].parameters", "output.schema"] if lost else [])
    assert all(word in note.detail for note in result.notes for word in lost)
    assert json.dumps(schema) == before


def test_a_schema_that_unfolds_without_end_is_cut_and_told() -> None:
    definitions = {
        f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]} for n in range(40)
    }
    schema = {"$defs": {**definitions, "d40": {"type": "string"}}, "$ref": "#/$defs/d0"}
    body, notes = tooling(FunctionTool(name="f", parameters=schema), side=provider_side(json_schema=False))
    assert len(json.dumps(body)) < 1_000_000
    assert notes == [("approximated", "tools[0].parameters")]


def test_googles_subset_is_read_as_json_schema() -> None:
    google = {
        "type": 6,
        "properties": {
            "b": {"type": "STRING", "nullable": True, "format": "enum", "enum": ["X"]},
            "a": {"type": "ARRAY", "minItems": "2", "items": {"type": "TYPE_UNSPECIFIED"}},
            "c": {"anyOf": [{"type": "NUMBER"}, {"type": "BOOLEAN"}], "nullable": True},
            "d": {"nullable": True},
        },
        "propertyOrdering": ["a", "b"],
    }
    body = {
        "contents": [{"parts": [{"text": "x"}]}],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": google}]}],
    }
    (tool,) = client_side().decode_request(json.dumps(body).encode()).tools
    assert isinstance(tool, FunctionTool)
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "a": {"type": "array", "minItems": 2, "items": {}},
            "b": {"type": ["string", "null"], "enum": ["X", None]},
            "c": {"anyOf": [{"type": "number"}, {"type": "boolean"}, {"type": "null"}]},
            "d": {},
        },
    }
    assert list(tool.parameters["properties"]) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("field", ["parameters", "parametersJsonSchema"])
def test_a_schema_that_takes_anything_is_no_missing_one(field: str) -> None:
    asked = {"contents": [{"parts": [{"text": "-"}]}], "tools": [{"functionDeclarations": [{"name": "f", field: {}}]}]}
    request = client_side().decode_request(json.dumps(asked).encode())
    assert request.tools == (FunctionTool(name="f", parameters={}),)
