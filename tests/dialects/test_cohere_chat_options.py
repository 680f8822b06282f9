"""Settings and tools of other origins in Cohere's format: ranges, forms, strictness, effort."""

from typing import Any

import pytest

from pontage.domain import (
    Cache,
    CustomTool,
    FunctionTool,
    OutputFormat,
    ReasoningOptions,
    ServerTool,
    ToolChoice,
)
from tests.dialects.cohere_chat import OWN, encode

LOOKS = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
LOOK = FunctionTool(name="look", description="Look.", parameters=LOOKS)
RING = FunctionTool(name="ring")


@pytest.mark.parametrize(
    ("fields", "said", "notes"),
    [
        ({"top_p": 1.0, "top_k": 900}, {"p": 0.99, "k": 500}, ["top_p", "top_k"]),
        ({"top_p": 0.0}, {"p": 0.01}, ["top_p"]),
        ({"frequency_penalty": -1.0}, {"frequency_penalty": 0}, ["frequency_penalty"]),
        ({"presence_penalty": 2.0}, {"presence_penalty": 1}, ["presence_penalty"]),
        ({"temperature": 1.9, "max_tokens": 5, "seed": 0}, {"temperature": 1.9, "max_tokens": 5, "seed": 0}, []),
        ({"seed": -1}, {}, ["seed"]),
        ({"stop": ("a", "", "b", "c", "d", "e", "f")}, {"stop_sequences": ["a", "b", "c", "d", "e"]}, ["stop"]),
        ({"stop": ("",)}, {}, ["stop"]),
        ({"logprobs": True, "top_logprobs": 3}, {"logprobs": True}, ["top_logprobs"]),
        ({"n": 2, "modalities": ("audio",)}, {}, ["n", "modalities"]),
        ({"n": 1, "modalities": ("text",), "service_tier": "auto", "metadata": {}}, {}, []),
        (
            {"user": "u", "metadata": {"a": "b"}, "cache": Cache(), "cache_key": "k", "service_tier": "flex"},
            {},
            ["user", "metadata", "cache", "cache_key", "service_tier"],
        ),
        ({"extra": {"odd": 1}, "parallel_tools": False}, {}, ["parallel_tools", "odd"]),
        ({"origin": None, "extra": {"safety_mode": "OFF"}}, {"safety_mode": "OFF"}, []),
    ],
)
def test_settings(fields: Any, said: Any, notes: list[str]) -> None:
    body, noted = encode(**fields)
    assert {key: value for key, value in body.items() if key not in ("model", "messages")} == said
    assert [where for _, where in noted] == notes


@pytest.mark.parametrize(
    ("options", "said", "notes"),
    [
        (ReasoningOptions(), None, []),
        (ReasoningOptions(effort="none"), {"type": "disabled"}, []),
        (ReasoningOptions(effort="minimal"), {"type": "enabled", "token_budget": 1024}, ["reasoning"]),
        (ReasoningOptions(effort="low"), {"type": "enabled", "token_budget": 2048}, ["reasoning"]),
        (ReasoningOptions(effort="medium"), {"type": "enabled", "token_budget": 8192}, ["reasoning"]),
        (ReasoningOptions(effort="high"), {"type": "enabled"}, ["reasoning"]),
        (ReasoningOptions(effort="low", budget_tokens=9), {"type": "enabled", "token_budget": 9}, ["reasoning"]),
        (ReasoningOptions(effort="low", enabled=False), {"type": "disabled"}, ["reasoning.effort"]),
        (ReasoningOptions(enabled=True, show=True), {"type": "enabled"}, ["reasoning.show"]),
        (ReasoningOptions(budget_tokens=700), {"type": "enabled", "token_budget": 700}, []),
        (ReasoningOptions(enabled=False, budget_tokens=700), {"type": "disabled"}, ["reasoning.budget_tokens"]),
        (ReasoningOptions(enabled=True, budget_tokens=0), {"type": "enabled"}, ["reasoning.budget_tokens"]),
    ],
)
def test_how_much_to_think(options: ReasoningOptions, said: Any, notes: list[str]) -> None:
    body, noted = encode(reasoning=options)
    assert body.get("thinking") == said
    assert [where for _, where in noted] == notes


@pytest.mark.parametrize(
    ("tools", "choice", "names", "word", "notes"),
    [
        ((LOOK, RING), None, ["look", "ring"], None, ["tools[1].parameters"]),
        ((LOOK,), ToolChoice("auto"), ["look"], None, []),
        ((LOOK,), ToolChoice("any"), ["look"], "REQUIRED", []),
        ((LOOK,), ToolChoice("none", ("look",)), ["look"], "NONE", ["tool_choice.names"]),
        ((LOOK, RING), ToolChoice("any", ("look",)), ["look"], "REQUIRED", ["tool_choice.names", "tools[1]"]),
        ((LOOK, RING), ToolChoice("auto", ("look",)), ["look"], None, ["tool_choice.names", "tools[1]"]),
        ((), ToolChoice("any"), [], None, ["tool_choice"]),
        ((), ToolChoice("auto"), [], None, ["tool_choice"]),
        ((ServerTool(kind="web_search"),), ToolChoice("any"), [], None, ["tools[0]", "tool_choice"]),
        ((FunctionTool(name="look", parameters=LOOKS, cache=Cache()),), None, ["look"], None, ["tools[0].cache"]),
        ((CustomTool(name="free", format={"type": "text"}),), None, ["free"], None, ["tools[0]"]),
    ],
)
def test_tools_and_choice(tools: Any, choice: Any, names: list[str], word: Any, notes: list[str]) -> None:
    body, noted = encode(tools=tools, tool_choice=choice)
    assert [tool["function"]["name"] for tool in body.get("tools", [])] == names
    assert body.get("tool_choice") == word
    assert [where for _, where in noted] == notes


def test_declarations() -> None:
    body, _ = encode(tools=(LOOK, RING, CustomTool(name="free", description="Say.", format={"type": "text"})))
    functions = [tool["function"] for tool in body["tools"]]
    assert functions[0] == {"name": "look", "description": "Look.", "parameters": LOOKS}
    assert functions[1]["parameters"] == {"type": "object", "properties": {}}
    assert functions[2]["parameters"]["required"] == ["input"]
    body, notes = encode(tools=(RING, ServerTool(kind="odd", data={"type": "odd"})), origin=OWN)
    assert body["tools"] == [{"type": "function", "function": {"name": "ring"}}, {"type": "odd"}]
    assert notes == []


def strict(name: str, schema: Any, value: bool | None = True) -> FunctionTool:
    return FunctionTool(name=name, parameters=schema, strict=value)


@pytest.mark.parametrize(
    ("tools", "said", "notes"),
    [
        ((strict("a", LOOKS), strict("b", LOOKS)), True, []),
        ((strict("a", LOOKS, False),), False, []),
        ((strict("a", LOOKS), strict("b", LOOKS, None)), None, ["tools[0].strict"]),
        ((strict("a", LOOKS), strict("b", LOOKS, False)), None, ["tools[0].strict", "tools[1].strict"]),
        ((strict("a", {"type": "object", "properties": {}}),), None, ["tools[0].strict"]),
        ((strict("a", {**LOOKS, "minProperties": 1}),), True, ["tools[0].parameters"]),
        ((strict("a", LOOKS), CustomTool(name="free")), None, ["tools[1]", "tools[0].strict"]),
    ],
)
def test_tools_are_strict_together_or_not_at_all(tools: Any, said: Any, notes: list[str]) -> None:
    body, noted = encode(tools=tools)
    assert body.get("strict_tools") == said
    assert [where for _, where in noted] == notes


def test_a_schema_moves_into_words_what_is_not_enforced() -> None:
    schema = {
        "type": "object",
        "$defs": {"port": {"type": "string", "maxLength": 9}},
        "properties": {
            "port": {"$ref": "#/$defs/port"},
            "depth": {"type": ["number", "null"], "minimum": 0, "description": "In metres."},
            "kind": {"oneOf": [{"const": 1}, {"enum": ["x"]}]},
            "at": {"type": "string", "format": "date"},
            "mail": {"type": "string", "format": "email", "pattern": "^a"},
            "code": {"type": "string", "pattern": "[a-z]+"},
            "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"not": {}}}}},
            "odd": True,
        },
        "required": ["port"],
        "additionalProperties": False,
    }
    body, notes = encode(output=OutputFormat(kind="schema", schema=schema, name="n", strict=False))
    said = body["response_format"]["json_schema"]
    assert said["properties"] == {
        "port": {"$ref": "#/$defs/port"},
        "depth": {"anyOf": [{"type": "number"}, {"type": "null"}], "description": "In metres. (minimum: 0)"},
        "kind": {"anyOf": [{"const": 1}, {"enum": ["x"]}]},
        "at": {"type": "string", "format": "date"},
        "mail": {"type": "string", "description": '(format: "email"; pattern: "^a")'},
        "code": {"type": "string", "pattern": "[a-z]+"},
        "list": {
            "type": "array",
            "items": {"type": "object", "properties": {"a": {"description": "(not: {})"}}, "required": ["a"]},
        },
        "odd": True,
    }
    assert said["$defs"] == {"port": {"type": "string", "description": "(maxLength: 9)"}}
    assert [where for _, where in notes] == ["output.name", "output.strict", "output.schema"]
    assert schema["properties"]["depth"]["type"] == ["number", "null"]  # type: ignore[index] # the caller's is untouched


def test_forms_of_the_answer() -> None:
    assert encode(output=OutputFormat(kind="text"))[0]["response_format"] == {"type": "text"}
    assert encode(output=OutputFormat(kind="json"))[0]["response_format"] == {"type": "json_object"}
    body, notes = encode(output=OutputFormat(kind="schema", schema=LOOKS, strict=True))
    assert body["response_format"] == {"type": "json_object", "json_schema": LOOKS}
    assert notes == []


@pytest.mark.parametrize("output", [OutputFormat(kind="json"), OutputFormat(kind="schema", schema=LOOKS)])
def test_a_form_beside_tools_is_asked_for_in_words(output: OutputFormat) -> None:
    body, notes = encode(tools=(LOOK,), output=output)
    assert "response_format" not in body
    assert body["messages"][0]["role"] == "system"
    assert ('"place"' in body["messages"][0]["content"]) == (output.kind == "schema")
    assert notes == [("unsupported", "output"), ("injected", "messages")]
    body, notes = encode(tools=(LOOK,), output=output, origin=OWN)
    assert (len(body["messages"]), notes) == (1, [])
