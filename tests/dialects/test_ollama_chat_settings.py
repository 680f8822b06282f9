"""How to answer, asked in other formats and said in Ollama's: tools, thinking, form, sampling; and the notes."""

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
from tests.dialects.ollama_chat import encode, user

TOOLS = (FunctionTool(name="a", parameters={"type": "object"}), FunctionTool(name="b", parameters={"type": "object"}))


@pytest.mark.parametrize(
    ("choice", "declared", "expected"),
    [
        (ToolChoice("auto"), ["a", "b"], []),
        (ToolChoice("none"), [], [("approximated", "tool_choice"), ("dropped", "tools[0]"), ("dropped", "tools[1]")]),
        (ToolChoice("any"), ["a", "b"], [("unsupported", "tool_choice")]),
        (ToolChoice("any", ("b",)), ["b"], [("unsupported", "tool_choice"), ("dropped", "tools[0]")]),
        (ToolChoice("auto", ("a",)), ["a"], [("approximated", "tool_choice"), ("dropped", "tools[1]")]),
    ],
)
def test_a_choice_is_kept_by_what_is_declared(choice: ToolChoice, declared: list[str], expected: Any) -> None:
    body, notes = encode(tools=TOOLS, tool_choice=choice)
    assert [tool["function"]["name"] for tool in body.get("tools", [])] == declared
    assert notes == expected


def test_there_is_nothing_to_choose_without_tools() -> None:
    assert encode(tool_choice=ToolChoice("auto"))[1] == [("dropped", "tool_choice")]


def test_tools_of_other_formats() -> None:
    odd = FunctionTool(name="a", description="A.", strict=True, cache=Cache(), extra={"defer": True})
    custom = CustomTool(name="c", description="C.", format={"type": "grammar"})
    server = ServerTool(kind="web_search", data={"type": "web_search"})
    body, notes = encode(tools=(odd, custom, server))
    assert body["tools"][0] == {
        "type": "function",
        "function": {"name": "a", "description": "A.", "parameters": {"type": "object", "properties": {}}},
    }
    assert body["tools"][1]["function"]["parameters"]["required"] == ["input"]
    assert len(body["tools"]) == 2
    assert notes == [
        ("injected", "tools[0].parameters"), ("dropped", "tools[0].strict"), ("dropped", "tools[0].cache"),
        ("dropped", "tools[0].defer"), ("approximated", "tools[1]"), ("unsupported", "tools[2]"),
    ]  # fmt: skip
    assert encode(tools=(server,), origin=None)[0]["tools"] == [{"type": "web_search"}]


@pytest.mark.parametrize(
    ("options", "think", "expected"),
    [
        (ReasoningOptions(), None, []),
        (ReasoningOptions(enabled=True), True, []),
        (ReasoningOptions(enabled=False), False, []),
        (ReasoningOptions(effort="none"), False, []),
        (ReasoningOptions(effort="max"), "max", []),
        (ReasoningOptions(effort="minimal"), "low", [("approximated", "reasoning.effort")]),
        (ReasoningOptions(effort="xhigh"), "high", [("approximated", "reasoning.effort")]),
        (ReasoningOptions(effort="high", enabled=False), False, [("approximated", "reasoning.effort")]),
        (ReasoningOptions(budget_tokens=9, enabled=False), False, [("dropped", "reasoning.budget_tokens")]),
        (ReasoningOptions(effort="low", budget_tokens=9), "low", [("approximated", "reasoning.budget_tokens")]),
        (
            ReasoningOptions(budget_tokens=10_000),
            "medium",
            [("injected", "reasoning.effort"), ("approximated", "reasoning.budget_tokens")],
        ),
        (
            ReasoningOptions(budget_tokens=0),
            False,
            [("approximated", "reasoning.budget_tokens"), ("approximated", "reasoning")],
        ),
        (
            ReasoningOptions(budget_tokens=-1),
            True,
            [("approximated", "reasoning.budget_tokens"), ("approximated", "reasoning")],
        ),
        (ReasoningOptions(show=True), None, [("approximated", "reasoning.show")]),
    ],
)
def test_thinking_is_a_switch_or_a_level(options: ReasoningOptions, think: Any, expected: Any) -> None:
    body, notes = encode(reasoning=options)
    assert body.get("think") == think
    assert type(body.get("think")) is type(think)
    assert notes == expected


@pytest.mark.parametrize(
    ("output", "form", "expected"),
    [
        (OutputFormat(kind="text"), None, []),
        (OutputFormat(kind="json"), "json", []),
        (OutputFormat(kind="schema", schema={"type": "object"}, strict=True), {"type": "object"}, []),
        (OutputFormat(kind="schema"), "json", [("approximated", "output")]),
        (
            OutputFormat(kind="schema", schema={"type": "object"}, name="n", description="d", strict=False),
            {"type": "object"},
            [("dropped", "output.name"), ("dropped", "output.description"), ("approximated", "output.strict")],
        ),
    ],
)
def test_the_form_of_the_answer(output: OutputFormat, form: Any, expected: Any) -> None:
    body, notes = encode(output=output)
    assert body.get("format") == form
    assert notes == expected


def test_sampling_stands_in_the_options() -> None:
    body, notes = encode(
        max_tokens=9, temperature=1.5, top_p=0.5, top_k=4, seed=7, stop=("a", ""), frequency_penalty=0.1,
        presence_penalty=0.2, logprobs=True, top_logprobs=3, stream=True, service_tier="auto", n=1,
        parallel_tools=True, modalities=("text",),
    )  # fmt: skip
    assert body["options"] == {
        "num_predict": 9, "temperature": 1.5, "top_p": 0.5, "top_k": 4, "seed": 7, "stop": ["a"],
        "frequency_penalty": 0.1, "presence_penalty": 0.2,
    }  # fmt: skip
    assert (body["logprobs"], body["top_logprobs"], body["stream"]) == (True, 3, True)
    assert notes == [("dropped", "stop")]
    assert encode()[0]["stream"] is False


def test_what_there_is_no_field_for() -> None:
    _, notes = encode(
        user("Hm.", origin=None), user="u", metadata={"a": "b"}, service_tier="flex", cache=Cache(), cache_key="k",
        parallel_tools=False, n=2, modalities=("audio",),
    )  # fmt: skip
    assert notes == [
        ("dropped", "user"), ("dropped", "cache"), ("dropped", "cache_key"), ("dropped", "metadata"),
        ("dropped", "service_tier"), ("dropped", "parallel_tools"), ("unsupported", "n"), ("unsupported", "modalities"),
    ]  # fmt: skip
