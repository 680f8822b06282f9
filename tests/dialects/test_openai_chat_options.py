"""Options, tools and forms of other origins in OpenAI's words, for servers that take more or less of them."""

import json
from typing import Any

import pytest

from pontage.dialects.openai_chat import client_side, provider_side
from pontage.dialects.openai_chat.tools import fits_strict
from pontage.domain import (
    Audio,
    Cache,
    ChatRequest,
    CustomTool,
    Document,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    Note,
    Opaque,
    Origin,
    OutputFormat,
    Part,
    Reasoning,
    ReasoningOptions,
    Ref,
    ServerTool,
    Text,
    ToolChoice,
    Video,
)  # fmt: skip

FOREIGN = Origin("anthropic_messages", "anthropic", "claude-9")
TOOL = FunctionTool(name="tide", parameters={"type": "object"})
PICTURE = Image(source=Inline("image/png", "AAAA"))


def user(*parts: Part, **more: Any) -> Message:
    return Message(role="user", parts=parts, origin=FOREIGN, **more)


def model(*parts: Part, **more: Any) -> Message:
    return Message(role="assistant", parts=parts, origin=FOREIGN, **more)


def write(request: ChatRequest, **options: Any) -> tuple[Any, list[Note]]:
    encoded = provider_side(**options).encode_request(request)
    return json.loads(encoded.body), list(encoded.notes)


def say(*messages: Message, options: Any = None, **fields: Any) -> tuple[Any, list[tuple[str, str]]]:
    """What is written of a foreign request, and the kind and path of every note."""
    request = ChatRequest(model="m", messages=messages or (user(Text(text="Hm.")),), origin=FOREIGN, **fields)
    wire, notes = write(request, **(options or {}))
    return wire, [(note.kind, note.where) for note in notes]


def test_what_a_server_is_known_to_take_is_told_to_it() -> None:
    takes = frozenset({"video_url", "audio_url", "top_k", "cache_control", "images", "web_search_options"})
    content = user(Video(source=Link("v")), Audio(source=Link("a")), Text(text="x", cache=Cache("30m")))
    search = ServerTool(kind="web_search", data={"type": "web_search_20260101"}, cache=Cache())
    wire, notes = say(content, model(PICTURE), top_k=3, tools=(search,), options={"extensions": takes})
    assert [part["type"] for part in wire["messages"][0]["content"]] == ["video_url", "audio_url", "text"]
    assert wire["messages"][0]["content"][2]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert wire["messages"][1]["images"][0]["type"] == "image_url"
    assert (wire["top_k"], wire["web_search_options"]) == (3, {})
    assert set(notes) == {
        ("approximated", "messages[0].parts[2].cache.ttl"), ("approximated", "tools[0]"), ("dropped", "tools[0].cache"),
    }  # fmt: skip


def test_cache_marks_in_openais_words() -> None:
    takes = frozenset({"prompt_cache_breakpoint", "prompt_cache_options"})
    content = user(Text(text="x", cache=Cache("1h")), Text(text="y", cache=Cache()))
    wire, notes = say(content, cache=Cache("5m"), options={"extensions": takes})
    marks = [part["prompt_cache_breakpoint"] for part in wire["messages"][0]["content"]]
    assert marks == [{"mode": "explicit", "ttl": "12h"}, {"mode": "explicit"}]
    assert wire["prompt_cache_options"] == {"mode": "implicit", "ttl": "30m"}
    assert notes == [("approximated", "messages[0].parts[0].cache.ttl"), ("approximated", "cache.ttl")]
    wire, notes = say(cache=Cache(), options={"extensions": frozenset({"cache_control"})})
    assert wire["cache_control"] == {"type": "ephemeral"}
    assert say(cache=Cache())[1] == [("dropped", "cache")]


def test_options_of_another_format() -> None:
    wire, notes = say(
        max_tokens=9, top_k=3, stop=("a", "b", "c", "d", "e"), tool_choice=ToolChoice("any"), parallel_tools=False,
        stream=True, cache_key="k", modalities=("text",), extra={"odd": 1, "none": None},
        options={"max_tokens_field": "max_tokens"},
    )  # fmt: skip
    assert wire["max_tokens"] == 9
    assert wire["stop"] == ["a", "b", "c", "d"]
    assert (wire["stream"], wire["stream_options"]) == (True, {"include_usage": True})
    assert (wire["prompt_cache_key"], wire["modalities"]) == ("k", ["text"])
    assert notes == [
        ("dropped", "tool_choice"), ("dropped", "parallel_tools"), ("dropped", "top_k"), ("dropped", "stop"),
        ("dropped", "odd"),
    ]  # fmt: skip
    assert "stream_options" not in say(stream=True, options={"ask_usage": False})[0]


EFFORTS: list[tuple[ReasoningOptions, Any, list[tuple[str, str]]]] = [
    (ReasoningOptions(effort="low"), {"reasoning_effort": "low"}, []),
    (ReasoningOptions(enabled=False), {"reasoning_effort": "none"}, []),
    (ReasoningOptions(enabled=False, effort="low"), {"reasoning_effort": "none"},
     [("approximated", "reasoning.effort")]),
    (ReasoningOptions(enabled=True), {}, [("approximated", "reasoning.enabled")]),
    (ReasoningOptions(enabled=True, effort="low"), {"reasoning_effort": "low"}, []),
    (ReasoningOptions(budget_tokens=9000), {"reasoning_effort": "medium"},
     [("injected", "reasoning.effort"), ("approximated", "reasoning.budget_tokens")]),
    (ReasoningOptions(budget_tokens=0), {"reasoning_effort": "none"},
     [("injected", "reasoning.effort"), ("approximated", "reasoning.budget_tokens")]),
    (ReasoningOptions(budget_tokens=100_000, effort="high", show=True), {"reasoning_effort": "high"},
     [("dropped", "reasoning.show"), ("approximated", "reasoning.budget_tokens")]),
]  # fmt: skip


@pytest.mark.parametrize(("options", "told", "notes"), EFFORTS)
def test_the_measure_of_thinking_as_effort(options: ReasoningOptions, told: Any, notes: Any) -> None:
    wire, found = say(reasoning=options)
    assert {name: wire[name] for name in wire.keys() - {"model", "messages"}} == told
    assert found == notes


def test_the_measure_of_thinking_as_an_object_or_a_switch() -> None:
    whole = ReasoningOptions(effort="low", enabled=True, budget_tokens=5, show=False)
    wire, notes = say(reasoning=whole, options={"extensions": frozenset({"reasoning"})})
    assert wire["reasoning"] == {"effort": "low", "max_tokens": 5, "enabled": True, "exclude": True}
    assert notes == []
    switch = {"extensions": frozenset({"thinking", "thinking_budget"})}
    wire, notes = say(reasoning=whole, options=switch)
    assert (wire["thinking"], wire["reasoning_effort"]) == ({"type": "enabled", "budget_tokens": 5}, "low")
    assert notes == [("dropped", "reasoning.show")]
    wire, notes = say(reasoning=ReasoningOptions(budget_tokens=5), options=switch)
    assert (wire["thinking"]["type"], notes) == ("enabled", [])
    wire, notes = say(reasoning=ReasoningOptions(enabled=False), options=switch)
    assert (wire["thinking"], notes) == ({"type": "disabled"}, [])
    wire, notes = say(reasoning=ReasoningOptions(show=True), options=switch)
    assert ("thinking" in wire, notes) == (False, [("dropped", "reasoning.show")])
    without_budget = {"extensions": frozenset({"thinking"})}
    wire, notes = say(reasoning=ReasoningOptions(effort="low", budget_tokens=5), options=without_budget)
    assert (wire["thinking"], wire["reasoning_effort"]) == ({"type": "enabled"}, "low")
    assert notes == [("approximated", "reasoning.budget_tokens")]


CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "required": "a"}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({"type": "object"}, False),
        ({**CLOSED, "properties": {"a": {"oneOf": []}}}, False),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({"type": "array", "items": CLOSED}, True),
        ({"anyOf": [CLOSED, {"type": "string", "default": "x"}]}, False),
        ({**CLOSED, "$defs": {"x": {"type": "object"}}}, False),
        (True, True),
    ],
)
def test_strict_schemas(schema: Any, fits: bool) -> None:
    assert fits_strict(schema) is fits


def test_strict_is_given_up_where_the_schema_breaks_its_rules() -> None:
    tools = (FunctionTool(name="f", parameters={"type": "object"}, strict=True), FunctionTool(name="g", strict=True))
    output = OutputFormat(kind="schema", schema={"type": "object"}, strict=True, description="d")
    wire, notes = say(tools=tools, output=output)
    assert "strict" not in wire["tools"][0]["function"]
    assert wire["tools"][1]["function"]["strict"] is True
    assert wire["response_format"]["json_schema"] == {
        "name": "structured_output", "description": "d", "schema": {"type": "object"},
    }  # fmt: skip
    assert notes == [("approximated", "tools[0].strict"), ("approximated", "output.strict")]
    assert client_side().decode_request(json.dumps(wire).encode()).output == OutputFormat(
        kind="schema", schema={"type": "object"}, description="d"
    )


def test_tools_and_choices_of_another_format() -> None:
    tools = (
        FunctionTool(name="f", cache=Cache(), extra={"odd": 1}),
        CustomTool(name="c", description="d", format={"type": "text"}),
        ServerTool(kind="code_execution", name="x", data={"type": "code_execution_20260101"}),
    )  # fmt: skip
    wire, notes = say(tools=tools, tool_choice=ToolChoice("any", ("c",)), parallel_tools=True)
    assert [tool["type"] for tool in wire["tools"]] == ["function", "custom"]
    assert wire["tool_choice"] == {"type": "custom", "custom": {"name": "c"}}
    assert wire["parallel_tool_calls"] is True
    assert notes == [("dropped", "tools[0].cache"), ("dropped", "tools[0].odd"), ("unsupported", "tools[2]")]
    assert say(tools=(TOOL,), tool_choice=ToolChoice("none", ("tide",)))[0]["tool_choice"] == "none"
    subset = say(tools=(TOOL,), tool_choice=ToolChoice("auto", ("tide",)))[0]["tool_choice"]
    assert subset["allowed_tools"] == {"mode": "auto", "tools": [{"type": "function", "function": {"name": "tide"}}]}


def test_what_is_written_by_hand_is_said_in_full_unless_the_server_is_known_not_to_take_it() -> None:
    spoken = Message(role="assistant", parts=(Reasoning(text="a", signature="s"), Opaque(data={"type": "reasoning.x"})))
    hand = Message(
        role="user", parts=(Text(text="x", cache=Cache("7m")), Document(source=Ref("f")), Opaque(data={"type": "o"}))
    )
    request = ChatRequest(
        model="m", messages=(spoken, hand), top_k=3, extra={"odd": 1}, reasoning=ReasoningOptions(budget_tokens=7),
        tools=(ServerTool(kind="web_search"), ServerTool(kind="shell", data={"type": "shell"})), modalities=("text",),
    )  # fmt: skip
    wire, notes = write(request)
    assert notes == []
    assert [detail["type"] for detail in wire["messages"][0]["reasoning_details"]] == ["reasoning.text", "reasoning.x"]
    assert wire["messages"][1]["content"][0]["cache_control"] == {"type": "ephemeral", "ttl": "7m"}
    assert (wire["reasoning"], wire["odd"], wire["tools"]) == ({"max_tokens": 7}, 1, [{"type": "shell"}])
    wire, notes = write(request, extensions=frozenset())
    assert "top_k" not in wire
    assert {note.where for note in notes} == {
        "messages[0].parts[0]", "messages[1].parts[0].cache", "tools[0]", "top_k", "reasoning.budget_tokens",
        "reasoning.effort",
    }  # fmt: skip
