"""Parameters, tools and forms of the answer: what is said, and what the notes tell."""

from typing import Any

from pontage.dialects.anthropic_messages import provider_side
from pontage.domain import (
    Cache,
    CustomTool,
    FunctionTool,
    OutputFormat,
    ReasoningOptions,
    ServerTool,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from tests.dialects.anthropic_messages import assistant, encode, system, user


def test_parameters_without_a_counterpart() -> None:
    body, notes = encode(
        seed=1, n=2, logprobs=True, top_logprobs=3, frequency_penalty=0.1, presence_penalty=0.2, cache_key="k",
        modalities=("text", "audio"), metadata={"a": "b"}, temperature=1.7, stop=("END", "\n"), service_tier="flex",
        user="u1", cache=Cache("30m"), top_p=0.5, top_k=4,
    )  # fmt: skip
    assert body["temperature"] == 1
    assert body["stop_sequences"] == ["END"]
    assert body["metadata"] == {"user_id": "u1"}
    assert body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert (body["top_p"], body["top_k"]) == (0.5, 4)
    assert {*notes} == {
        ("approximated", "temperature"), ("dropped", "stop"), ("dropped", "service_tier"), ("dropped", "seed"),
        ("dropped", "frequency_penalty"), ("dropped", "presence_penalty"), ("dropped", "cache_key"),
        ("unsupported", "n"), ("unsupported", "logprobs"), ("unsupported", "top_logprobs"),
        ("unsupported", "modalities"), ("dropped", "metadata"), ("approximated", "cache.ttl"),
    }  # fmt: skip
    assert encode(n=1, logprobs=False, modalities=("text",), service_tier="default")[1] == []


def test_service_tiers() -> None:
    assert encode(service_tier="default")[0]["service_tier"] == "standard_only"
    body, notes = encode(service_tier="priority")
    assert body["service_tier"] == "auto"
    assert notes == [("approximated", "service_tier")]


def reasoning(**options: Any) -> tuple[Any, Any, list[tuple[str, str]]]:
    body, notes = encode(reasoning=ReasoningOptions(**options))
    return body.get("thinking"), body.get("output_config"), notes


def test_reasoning_by_effort() -> None:
    assert reasoning(effort="high") == ({"type": "adaptive"}, {"effort": "high"}, [])
    assert reasoning(effort="low", enabled=False) == ({"type": "disabled"}, {"effort": "low"}, [])
    shown = {"type": "adaptive", "display": "summarized"}
    assert reasoning(effort="minimal", show=True) == (shown, {"effort": "low"}, [("approximated", "reasoning.effort")])
    assert reasoning(effort="odd")[1] == {"effort": "high"}
    assert reasoning(effort="none") == ({"type": "disabled"}, None, [("approximated", "reasoning.effort")])
    assert reasoning(enabled=True, show=False)[0] == {"type": "adaptive", "display": "omitted"}
    assert reasoning(show=True) == (None, None, [("dropped", "reasoning.show")])
    assert reasoning(enabled=False, budget_tokens=9) == (
        {"type": "disabled"},
        None,
        [("dropped", "reasoning.budget_tokens")],
    )


def test_reasoning_by_budget_leaves_room_for_the_answer() -> None:
    body, notes = encode(reasoning=ReasoningOptions(budget_tokens=500))
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 1024}
    assert body["max_tokens"] == 1124
    assert notes == [("approximated", "reasoning.budget_tokens"), ("approximated", "max_tokens")]
    body, notes = encode(reasoning=ReasoningOptions(budget_tokens=2000), max_tokens=9000)
    assert (body["max_tokens"], notes) == (9000, [])


def tools(*declared: Tool, **fields: Any) -> tuple[Any, list[tuple[str, str]]]:
    return encode(tools=declared, **fields)


def test_tools() -> None:
    body, notes = tools(
        FunctionTool(name="a", description="A", parameters={"type": "object"}, strict=False, cache=Cache()),
        FunctionTool(name="b"),
        FunctionTool(name="c", parameters={"properties": {}}, extra={"odd": 1}),
        CustomTool(name="d", description="D", format={"type": "grammar"}, extra={"even": 2}),
        ServerTool(kind="web_search", data={"type": "web_search", "search_context_size": "low"}),
        ServerTool(kind="file_search"),
    )
    assert body["tools"][0] == {
        "name": "a", "description": "A", "input_schema": {"type": "object"}, "strict": False,
        "cache_control": {"type": "ephemeral"},
    }  # fmt: skip
    assert body["tools"][1]["input_schema"] == {"type": "object", "properties": {}}
    assert body["tools"][3]["input_schema"]["required"] == ["input"]
    assert body["tools"][4] == {"type": "web_search_20250305", "name": "web_search"}
    assert len(body["tools"]) == 5
    assert notes == [
        ("injected", "tools[1].parameters"),
        ("approximated", "tools[2].parameters"),
        ("dropped", "tools[2].odd"),
        ("approximated", "tools[3]"),
        ("dropped", "tools[3].even"),
        ("approximated", "tools[4].data"),
        ("unsupported", "tools[5]"),
    ]
    newer = provider_side(web_search="web_search_20260318")
    body, notes = tools(ServerTool(kind="web_search", cache=Cache("5m")), side=newer)
    assert body["tools"][0]["type"] == "web_search_20260318"
    assert body["tools"][0]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}
    assert notes == []


def test_tool_choice() -> None:
    pair = (
        FunctionTool(name="a", parameters={"type": "object"}),
        FunctionTool(name="b", parameters={"type": "object"}),
    )
    assert tools(*pair, tool_choice=ToolChoice("auto"))[0]["tool_choice"] == {"type": "auto"}
    assert tools(*pair, tool_choice=ToolChoice("none"))[0]["tool_choice"] == {"type": "none"}
    assert tools(*pair, tool_choice=ToolChoice("any", ("b",)))[0]["tool_choice"] == {"type": "tool", "name": "b"}
    body, notes = tools(*pair, tool_choice=ToolChoice("auto", ("b",)))
    assert [tool["name"] for tool in body["tools"]] == ["b"]
    assert notes == [("approximated", "tool_choice.names"), ("dropped", "tools[0]")]
    assert tools(*pair, parallel_tools=True)[1] == []
    body, notes = tools(*pair, parallel_tools=False)
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert notes == [("injected", "tool_choice")]
    body, notes = tools(*pair, parallel_tools=True, tool_choice=ToolChoice("any"))
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": False}
    assert tools(parallel_tools=False)[1] == [("dropped", "parallel_tools")]
    assert tools(*pair, parallel_tools=False, tool_choice=ToolChoice("none"))[1] == [("dropped", "parallel_tools")]


def output(**form: Any) -> tuple[Any, list[tuple[str, str]]]:
    return encode(system("Be brief."), user("Hi."), output=OutputFormat(**form))


def test_output_formats() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    body, notes = output(kind="schema", schema=schema, name="n", description="d", strict=False)
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
    assert notes == [("dropped", "output.name"), ("dropped", "output.description"), ("approximated", "output.strict")]
    assert output(kind="schema", schema=schema, strict=True)[1] == []
    assert output(kind="text")[1] == []
    body, notes = output(kind="json")
    assert "JSON" in body["system"][1]["text"]
    assert notes == [("approximated", "output"), ("injected", "messages")]


def test_a_schema_that_cannot_be_enforced_is_asked_for_in_words() -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}
    body, notes = output(kind="schema", schema=tree)
    assert "output_config" not in body
    assert '"$ref"' in body["system"][1]["text"]
    assert notes == [("unsupported", "output"), ("injected", "messages")]
    body, _ = encode(user("Hi."), output=OutputFormat(kind="json"))
    assert len(body["system"]) == 1


def test_thinking_and_what_does_not_go_with_it() -> None:
    budget = ReasoningOptions(budget_tokens=2000)
    body, notes = encode(reasoning=budget, max_tokens=9000, temperature=0.2, top_p=0.9, top_k=5)
    assert not {"temperature", "top_p", "top_k"} & set(body)
    assert notes == [("dropped", "temperature"), ("dropped", "top_p"), ("dropped", "top_k")]
    body, notes = encode(reasoning=ReasoningOptions(effort="low"), temperature=1.0, top_p=0.97)
    assert (body["temperature"], body["top_p"], notes) == (1, 0.97, [])
    assert encode(reasoning=ReasoningOptions(enabled=False), temperature=0.2)[1] == []
    tool = FunctionTool(name="a", parameters={"type": "object"})
    body, notes = encode(reasoning=budget, max_tokens=9000, tools=(tool,), tool_choice=ToolChoice("any"))
    assert "thinking" not in body
    assert notes == [("approximated", "reasoning")]


def test_thinking_is_not_taken_up_inside_a_tool_loop_that_lost_its_own() -> None:
    call, result = assistant(ToolCall(id="a", name="t")), user(ToolResult(call_id="a"))
    budget = ReasoningOptions(budget_tokens=2000)
    body, notes = encode(user("Hi."), call, result, reasoning=budget, max_tokens=9000)
    assert "thinking" not in body
    assert notes == [("approximated", "reasoning")]
    assert "thinking" in encode(user("Hi."), call, result, reasoning=ReasoningOptions(effort="low"))[0]
    assert "thinking" in encode(user("Hi."), call, result, assistant("Ah."), user("And?"), reasoning=budget)[0]


def test_the_cap_is_the_callers_where_no_thinking_is_sent() -> None:
    budget = ReasoningOptions(budget_tokens=5000)
    tool = FunctionTool(name="a", parameters={"type": "object"})
    forced, notes = encode(reasoning=budget, max_tokens=50, tools=(tool,), tool_choice=ToolChoice("any"))
    assert (forced["max_tokens"], notes) == (50, [("approximated", "reasoning")])
    call, result = assistant(ToolCall(id="a", name="t")), user(ToolResult(call_id="a"))
    inside, notes = encode(user("Hi."), call, result, reasoning=budget, max_tokens=50)
    assert (inside["max_tokens"], notes) == (50, [("approximated", "reasoning")])
    assert encode(reasoning=budget, max_tokens=50)[0]["max_tokens"] == 5050
