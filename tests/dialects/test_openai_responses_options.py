"""Settings and tools of a request, both ways; what stays in its format; the few edits a passing request needs."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.openai_responses import provider_side
from pontage.dialects.openai_responses.options import nearest_effort
from pontage.domain import (
    Cache,
    ChatRequest,
    CustomTool,
    FunctionTool,
    OutputFormat,
    ReasoningOptions,
    ServerTool,
    ToolChoice,
)
from pontage.errors import InvalidRequestError
from tests.dialects.openai_responses import CLAUDE, CLIENT, SIDE, USER, asked, asking, sample, told

CLOSED: Any = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
HI = {"role": "user", "content": "Hi"}


def foreign(**fields: Any) -> ChatRequest:
    return ChatRequest(model="m", messages=(USER,), origin=CLAUDE, **fields)


def test_what_has_a_field_of_its_own_is_said() -> None:
    body, notes = asked(
        foreign(max_tokens=9, temperature=0.5, top_p=0.9, top_logprobs=2, logprobs=True, metadata={"a": "b"},
                service_tier="flex", cache_key="k", user="u", stream=True)
    )  # fmt: skip
    assert notes == ()
    assert {key: body[key] for key in body if key not in ("model", "input", "store")} == {
        "max_output_tokens": 9, "temperature": 0.5, "top_p": 0.9, "top_logprobs": 2, "metadata": {"a": "b"},
        "service_tier": "flex", "prompt_cache_key": "k", "user": "u", "stream": True,
        "include": ["message.output_text.logprobs"],
    }  # fmt: skip


def test_what_has_no_field_is_noted() -> None:
    _, notes = asked(
        foreign(top_k=4, frequency_penalty=0.1, presence_penalty=0.2, seed=7, stop=("END",), n=2, modalities=("audio",))
    )
    assert told(notes) == [
        ("dropped", "top_k"), ("dropped", "frequency_penalty"), ("dropped", "presence_penalty"), ("dropped", "seed"),
        ("dropped", "stop"), ("unsupported", "n"), ("unsupported", "modalities"),
    ]  # fmt: skip
    assert asked(foreign(n=1, modalities=("text",)))[1] == ()


@pytest.mark.parametrize(
    ("extra", "options", "store", "include"),
    [
        ({}, None, False, None),
        ({}, ReasoningOptions(effort="low"), False, ["reasoning.encrypted_content"]),
        ({}, ReasoningOptions(effort="none"), False, None),
        ({}, ReasoningOptions(enabled=False), False, None),
        ({"store": True}, ReasoningOptions(effort="low"), True, None),
        ({"previous_response_id": "resp_1"}, ReasoningOptions(effort="low"), None, None),
    ],
)
def test_what_was_not_made_for_this_format_is_not_stored(
    extra: Any, options: ReasoningOptions | None, store: bool | None, include: Any
) -> None:
    request = ChatRequest(model="m", messages=(USER,), reasoning=options, extra=extra)
    body, _ = asked(request)
    assert (body.get("store"), body.get("include")) == (store, include)
    assert body.items() >= extra.items()
    assert "store" not in asked(replace(request, extra={}), provider_side(stateless=False))[0]


def test_state_that_only_its_provider_has_stays_in_extra() -> None:
    request = asking(HI, previous_response_id="resp_1", conversation="conv_1", store=True)
    assert request.extra == {"previous_response_id": "resp_1", "conversation": "conv_1", "store": True}
    _, notes = asked(foreign(extra={"previous_response_id": "resp_1", "logit_bias": None}))
    assert told(notes) == [("unsupported", "previous_response_id")]


@pytest.mark.parametrize(
    ("options", "said", "notes"),
    [
        (ReasoningOptions(effort="max"), {"effort": "max"}, []),
        (ReasoningOptions(effort="low", show=True), {"effort": "low", "summary": "auto"}, []),
        (ReasoningOptions(show=False), {"summary": None}, []),
        (ReasoningOptions(enabled=False), {"effort": "none"},
         [("approximated", "reasoning.enabled"), ("injected", "reasoning.effort")]),
        (ReasoningOptions(enabled=False, effort="high"), {"effort": "none"},
         [("approximated", "reasoning.enabled"), ("approximated", "reasoning.effort")]),
        (ReasoningOptions(enabled=True), None, [("approximated", "reasoning.enabled")]),
        (ReasoningOptions(enabled=True, budget_tokens=9000), {"effort": "medium"},
         [("approximated", "reasoning.enabled"), ("approximated", "reasoning.budget_tokens"),
          ("injected", "reasoning.effort")]),
        (ReasoningOptions(budget_tokens=9000, effort="low"), {"effort": "low"},
         [("approximated", "reasoning.budget_tokens")]),
    ],
)  # fmt: skip
def test_how_much_to_think(options: ReasoningOptions, said: Any, notes: list[tuple[str, str]]) -> None:
    body, found = asked(foreign(reasoning=options))
    assert (body.get("reasoning"), told(found)) == (said, notes)


def test_a_budget_is_the_nearest_effort() -> None:
    assert [nearest_effort(budget) for budget in (0, 1, 3000, 10_000, 90_000)] == [
        "none", "minimal", "low", "medium", "xhigh",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "options", "extra"),
    [
        ({"effort": "low"}, ReasoningOptions(effort="low"), {}),
        ({"summary": None}, ReasoningOptions(show=False), {}),
        ({"summary": "detailed"}, ReasoningOptions(show=True), {"reasoning": {"summary": "detailed"}}),
        ({"effort": "vast", "mode": "pro", "x": None}, None, {"reasoning": {"effort": "vast", "mode": "pro"}}),
        (None, None, {}),
    ],
)
def test_reading_how_much_to_think(wire: Any, options: ReasoningOptions | None, extra: Any) -> None:
    request = asking(HI, reasoning=wire)
    assert (request.reasoning, request.extra) == (options, extra)
    edited = replace(request, temperature=0.5, spelling=())
    assert json.loads(SIDE.encode_request(edited).body).get("reasoning") == (
        {key: value for key, value in wire.items() if key != "x"} if wire else None
    )


@pytest.mark.parametrize(
    ("output", "said", "notes"),
    [
        (OutputFormat(kind="text"), {"type": "text"}, []),
        (OutputFormat(kind="json"), {"type": "json_object"}, []),
        (OutputFormat(kind="schema", schema=CLOSED, strict=True, description="d"),
         {"type": "json_schema", "name": "structured_output", "description": "d", "schema": CLOSED, "strict": True},
         []),
        (OutputFormat(kind="schema", schema={"type": "object"}, name="n", strict=True),
         {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": False},
         [("approximated", "output.strict")]),
    ],
)  # fmt: skip
def test_the_form_of_the_answer(output: OutputFormat, said: Any, notes: list[tuple[str, str]]) -> None:
    body, found = asked(foreign(output=output))
    assert (body["text"], told(found)) == ({"format": said}, notes)
    again = asking(HI, text=body["text"]).output
    assert again == (
        output if not notes else OutputFormat(kind="schema", schema={"type": "object"}, name="n", strict=False)
    )


def test_tools_are_flat_and_not_strict_unless_said() -> None:
    tools = (
        FunctionTool(name="a", description="d", parameters=CLOSED, strict=True),
        FunctionTool(name="b", parameters={"type": "object"}, strict=True, cache=Cache()),
        FunctionTool(name="c", strict=False),
        CustomTool(name="d", format={"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}),
        ServerTool(kind="web_search", name="search", data={"type": "web_search_20250305", "max_uses": 3}),
        ServerTool(kind="code_execution"),
    )
    body, notes = asked(foreign(tools=tools, parallel_tools=False, tool_choice=ToolChoice("any", ("d",))))
    assert body["tools"] == [
        {"type": "function", "name": "a", "description": "d", "parameters": CLOSED, "strict": True},
        {"type": "function", "name": "b", "parameters": {"type": "object"}, "strict": False},
        {"type": "function", "name": "c", "parameters": {"type": "object", "properties": {}}, "strict": False},
        {"type": "custom", "name": "d", "format": {"type": "grammar", "syntax": "lark", "definition": "x"}},
        {"type": "web_search"},
    ]
    assert (body["parallel_tool_calls"], body["tool_choice"]) == (False, {"type": "custom", "name": "d"})
    assert told(notes) == [
        ("dropped", "tools[1].cache"), ("approximated", "tools[1].strict"), ("approximated", "tools[2].strict"),
        ("injected", "tools[2].parameters"), ("approximated", "tools[4]"), ("unsupported", "tools[5]"),
    ]  # fmt: skip
    again = asking(HI, tools=body["tools"]).tools
    assert again[0] == tools[0]
    assert again[3] == tools[3]
    assert again[2] == FunctionTool(name="c", parameters={"type": "object", "properties": {}})


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({**CLOSED, "properties": {"a": {"oneOf": []}}}, False),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": {"type": "object"}}}}, False),
        ({**CLOSED, "$defs": {"b": {"type": "object"}}}, False),
        ({**CLOSED, "required": 3}, False),
        ({"anyOf": [CLOSED, {"type": "null"}]}, True),
    ],
)
def test_only_closed_schemas_are_strict(schema: Any, fits: bool) -> None:
    body, _ = asked(foreign(tools=(FunctionTool(name="a", parameters=schema, strict=True),)))
    assert body["tools"][0]["strict"] is fits


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("any"), "required"),
        (ToolChoice("none", ("a",)), "none"),
        (ToolChoice("any", ("a",)), {"type": "function", "name": "a"}),
        (ToolChoice("auto", ("a",)),
         {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "a"}]}),
    ],
)  # fmt: skip
def test_the_choice_of_tools(choice: ToolChoice, said: Any) -> None:
    tools = (FunctionTool(name="a", parameters=CLOSED),)
    body, notes = asked(foreign(tools=tools, tool_choice=choice))
    assert (body["tool_choice"], notes) == (said, ())
    read = asking(HI, tool_choice=said).tool_choice
    assert read == (ToolChoice("none") if choice.mode == "none" else choice)


def test_a_choice_without_tools_is_noted() -> None:
    body, notes = asked(foreign(tool_choice=ToolChoice("auto"), parallel_tools=True))
    assert "tool_choice" not in body
    assert told(notes) == [("dropped", "tool_choice"), ("dropped", "parallel_tools")]


def test_a_choice_without_a_canonical_name_stays_whole() -> None:
    choice = {"type": "mcp", "server_label": "port", "name": "berths"}
    request = asking(HI, tools=[{"type": "mcp", "server_label": "port"}], tool_choice=choice)
    assert (request.tool_choice, request.extra["tool_choice"]) == (None, choice)


def test_peeking_and_adjusting() -> None:
    body = sample("tools.request.json")
    assert (CLIENT.peek_request(body).model, CLIENT.peek_request(body).stream) == ("gpt-6-sol", False)
    assert CLIENT.peek_request(b'{"prompt":{}}').model is None
    assert SIDE.adjust_request(body, "gpt-6-sol", False) is body
    streamed = json.loads(SIDE.adjust_request(body, "other", True))
    assert streamed == {**json.loads(body), "model": "other", "stream": True}
    for bad in (b"[]", b"{", b'{"model":3}', b'{"model":"m","stream":1}'):
        with pytest.raises(InvalidRequestError):
            CLIENT.peek_request(bad)


def test_a_prompt_kept_at_the_provider_needs_no_model() -> None:
    request = CLIENT.decode_request(b'{"prompt":{"id":"pmpt_1"}}')
    assert (request.model, request.extra) == ("", {"prompt": {"id": "pmpt_1"}})


def test_thinking_of_other_providers_is_left_out_of_a_passing_request() -> None:
    foreign_thought = {"type": "reasoning", "id": "rs_ptg1", "summary": [], "encrypted_content": "pontage:anthropic:x"}
    own = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "enc"}
    body = json.dumps({"model": "m", "input": [HI, foreign_thought, own, "odd"]}).encode()
    assert json.loads(SIDE.adjust_request(body, "m", False))["input"] == [HI, own, "odd"]
    text = b'{"model":"m","input":"\\"pontage:"}'
    assert json.loads(SIDE.adjust_request(text + b" ", "m", False)) == json.loads(text)
