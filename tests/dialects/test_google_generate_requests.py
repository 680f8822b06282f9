"""Requests of generateContent: what is understood, what is refused, what is never sent."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.google_generate import client_side, provider_side
from pontage.dialects.google_generate.request import decode_request
from pontage.domain import (
    Cache,
    ChatRequest,
    FunctionTool,
    Note,
    OutputFormat,
    ReasoningOptions,
    Text,
    ToolResult,
)
from pontage.errors import InvalidRequestError
from tests.dialects.google_generate import asking, decoded, encoded, said, turn


def test_model_and_stream_come_from_the_url() -> None:
    peek = client_side().peek_request(b"{}")
    assert (peek.model, peek.stream) == (None, False)
    request = decoded({"model": "models/elsewhere", "contents": [turn("hi")]})
    assert (request.model, request.stream) == ("", False)
    body, notes = encoded(replace(decoded({"contents": [turn("hi")]}), model="gemini-9", stream=True))
    assert body == {"contents": [turn("hi")]}
    assert notes == []
    raw = b'{"contents":[]}'
    assert provider_side().adjust_request(raw, "other", True) is raw


def test_both_spellings_of_a_field_mean_the_same() -> None:
    call = {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2ln"}
    camel = {
        "contents": [turn(call, role="model")],
        "generationConfig": {"maxOutputTokens": 5, "thinkingConfig": {"thinkingBudget": 9}},
    }
    snake = {
        "contents": [turn({"function_call": call["functionCall"], "thought_signature": "c2ln"}, role="model")],
        "generation_config": {"max_output_tokens": 5, "thinking_config": {"thinking_budget": 9}},
    }
    plain = [decode_request(json.dumps(body).encode(), keep_spelling=False) for body in (camel, snake)]
    assert plain[0] == plain[1]
    assert plain[0].max_tokens == 5


def test_an_edited_value_never_stands_beside_its_old_spelling() -> None:
    request = decoded({"contents": [turn("hi")], "generation_config": {"max_output_tokens": 5, "seed": 1}})
    body, _ = encoded(replace(request, max_tokens=6))
    assert body == {"contents": [turn("hi")], "generationConfig": {"maxOutputTokens": 6, "seed": 1}}


def test_an_edited_schema_never_stands_beside_its_old_dialect() -> None:
    old = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
    config = {"responseMimeType": "application/json", "responseSchema": old}
    tools = [{"functionDeclarations": [{"name": "f", "parameters": old}]}]
    request = decoded({"contents": [turn("hi")], "tools": tools, "generationConfig": config})
    tool = request.tools[0]
    assert isinstance(tool, FunctionTool)
    assert tool.parameters == {"type": "object", "properties": {"a": {"type": "string"}}}
    new = {"type": "object"}
    edited = replace(request, tools=(replace(tool, parameters=new),), output=OutputFormat(kind="schema", schema=new))
    body, _ = encoded(edited)
    assert body["tools"] == [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": new}]}]
    assert body["generationConfig"] == {"responseMimeType": "application/json", "responseJsonSchema": new}


def test_an_edited_result_never_stands_beside_its_old_object() -> None:
    call = turn({"functionCall": {"name": "f", "args": {}}}, role="model")
    request = decoded({"contents": [call, turn({"functionResponse": {"name": "f", "response": {"output": {"a": 1}}}})]})
    part = request.messages[1].parts[0]
    assert isinstance(part, ToolResult)
    assert part.parts == (Text(text='{"a": 1}'),)
    message = replace(request.messages[1], parts=(replace(part, parts=(Text(text="new"),)),))
    body, _ = encoded(replace(request, messages=(request.messages[0], message)))
    assert body["contents"][1]["parts"] == [{"functionResponse": {"name": "f", "response": {"output": "new"}}}]


def with_part(part: Any) -> dict[str, Any]:
    return {"contents": [turn(part)]}


def with_config(**config: Any) -> dict[str, Any]:
    return {"contents": [turn("x")], "generationConfig": config}


def with_function(**declaration: Any) -> dict[str, Any]:
    return {"contents": [turn("x")], "tools": [{"functionDeclarations": [declaration]}]}


PART, FUNCTION, CONFIG = "contents[0].parts[0]", "tools[0].functionDeclarations[0]", "generationConfig"
OBJECT = {"type": "object"}
BAD: list[tuple[Any, str | None]] = [
    ({}, "contents"),
    ({"contents": []}, "contents"),
    ({"contents": "hi"}, "contents"),
    ({"contents": [turn("x", role="tool")]}, "contents[0].role"),
    ({"contents": [{"role": "user"}]}, "contents[0].parts"),
    ({"contents": [turn()]}, "contents[0].parts"),
    (with_part({}), PART),
    (with_part({"text": 4}), f"{PART}.text"),
    (with_part({"inlineData": {"mimeType": "image/png", "data": "not base64!"}}), f"{PART}.inlineData.data"),
    (with_part({"inlineData": {"mimeType": "image/png", "data": "AAAAA"}}), f"{PART}.inlineData.data"),
    (with_part({"inlineData": {"mimeType": "image/png"}}), f"{PART}.inlineData.data"),
    (with_part({"fileData": {"mimeType": "image/png"}}), f"{PART}.fileData.fileUri"),
    (with_part({"functionCall": {"args": {}}}), f"{PART}.functionCall.name"),
    (with_part({"functionCall": {"name": "f", "args": [1]}}), f"{PART}.functionCall.args"),
    (with_part({"functionResponse": {"response": {}}}), f"{PART}.functionResponse.name"),
    (with_part({"functionResponse": {"name": "f", "response": "x"}}), f"{PART}.functionResponse.response"),
    (with_function(), f"{FUNCTION}.name"),
    (with_function(name="f", parameters=OBJECT, parametersJsonSchema=OBJECT), f"{FUNCTION}.parameters"),
    (with_function(name="f", parametersJsonSchema=[1]), f"{FUNCTION}.parametersJsonSchema"),
    (
        {"contents": [turn("x")], "toolConfig": {"functionCallingConfig": {"mode": "SOMETIMES"}}},
        "toolConfig.functionCallingConfig.mode",
    ),
    (with_config(temperature="hot"), f"{CONFIG}.temperature"),
    (with_config(topK=2.5), f"{CONFIG}.topK"),
    (with_config(maxOutputTokens=2.5), f"{CONFIG}.maxOutputTokens"),
    (with_config(responseJsonSchema=5), f"{CONFIG}.responseJsonSchema"),
    (with_config(responseSchema=OBJECT, responseJsonSchema=OBJECT), f"{CONFIG}.responseSchema"),
    ({"contents": [turn("x")], "systemInstruction": "text"}, "systemInstruction"),
    ([], None),
    ("text", None),
]


@pytest.mark.parametrize(("body", "param"), BAD, ids=[str(index) for index in range(len(BAD))])
def test_a_bad_request_names_its_field(body: Any, param: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        decoded(body)
    assert caught.value.param == param


def test_bytes_that_are_no_text_are_refused() -> None:
    body = b'{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"a":"\xff"}}}]}]}'
    for keep in (True, False):
        with pytest.raises(InvalidRequestError):
            decode_request(body, keep)


def test_fields_of_other_formats_are_named_and_never_sent() -> None:
    request = asking(
        replace(said("user", "Hi"), name="Ann", extra={"refusal": None, "mood": "calm"}),
        user="u-1",
        metadata={"a": "b"},
        cache=Cache(),
        cache_key="k",
        parallel_tools=False,
        service_tier="scale",
        extra={"logit_bias": {"50256": -100}, "nothing": None},
    )
    body, notes = encoded(request)
    assert body == {"contents": [turn("Hi")]}
    assert sorted(notes) == sorted(
        ("dropped", where)
        for where in (
            "messages[0].name",
            "messages[0].mood",
            "logit_bias",
            "parallel_tools",
            "service_tier",
            "user",
            "metadata",
            "cache",
            "cache_key",
        )
    )


def test_extra_fields_of_an_sdk_user_are_sent_where_they_belong() -> None:
    extra = {
        "safetySettings": [],
        "imageConfig": {"aspectRatio": "1:1"},
        "retrievalConfig": {},
        "thinkingConfig": {"z": 1},
    }
    body, notes = encoded(ChatRequest(model="m", messages=(said("user", "Hi", origin=None),), extra=extra))
    assert body == {
        "contents": [turn("Hi")],
        "safetySettings": [],
        "generationConfig": {"imageConfig": {"aspectRatio": "1:1"}, "thinkingConfig": {"z": 1}},
        "toolConfig": {"retrievalConfig": {}},
    }
    assert notes == []


def test_limits_of_the_format_are_kept_and_told() -> None:
    body, notes = encoded(asking(said("user", "Hi"), stop=tuple("abcdefg"), seed=2**40 + 7))
    assert body["generationConfig"] == {"seed": 7, "stopSequences": list("abcde")}
    assert notes == [("approximated", "seed"), ("approximated", "stop")]


THINKING: list[tuple[ReasoningOptions, str | None, dict[str, Any] | None, list[tuple[str, str]]]] = [
    (ReasoningOptions(effort="low"), None, {"thinkingLevel": "LOW"}, []),
    (ReasoningOptions(effort="max"), None, {"thinkingLevel": "HIGH"}, [("approximated", "reasoning.effort")]),
    (ReasoningOptions(effort="none"), None, {"thinkingBudget": 0}, []),
    (ReasoningOptions(enabled=False), None, {"thinkingBudget": 0}, []),
    (ReasoningOptions(enabled=True, show=True), None, {"thinkingBudget": -1, "includeThoughts": True}, []),
    (ReasoningOptions(enabled=True, budget_tokens=900), None, {"thinkingBudget": 900}, []),
    (
        ReasoningOptions(effort="high", budget_tokens=900),
        None,
        {"thinkingBudget": 900},
        [("dropped", "reasoning.effort")],
    ),
    (ReasoningOptions(effort="medium"), "budget", {"thinkingBudget": 8192}, [("approximated", "reasoning.effort")]),
    (ReasoningOptions(effort="odd"), "budget", {"thinkingBudget": -1}, [("approximated", "reasoning.effort")]),
    (ReasoningOptions(effort="none"), "level", {"thinkingLevel": "MINIMAL"}, [("approximated", "reasoning")]),
    (
        ReasoningOptions(budget_tokens=900),
        "level",
        {"thinkingLevel": "LOW"},
        [("approximated", "reasoning.budget_tokens")],
    ),
    (
        ReasoningOptions(effort="low", budget_tokens=9),
        "level",
        {"thinkingLevel": "LOW"},
        [("dropped", "reasoning.budget_tokens")],
    ),
    (ReasoningOptions(enabled=True), "level", None, [("approximated", "reasoning.enabled")]),
    (ReasoningOptions(), None, None, []),
]


@pytest.mark.parametrize(("reasoning", "form", "config", "notes"), THINKING)
def test_thinking_is_said_in_the_form_the_model_takes(
    reasoning: ReasoningOptions, form: str | None, config: dict[str, Any] | None, notes: list[tuple[str, str]]
) -> None:
    body, told = encoded(asking(said("user", "Hi"), reasoning=reasoning), thinking=form)
    assert body.get("generationConfig", {}).get("thinkingConfig") == config
    assert told == notes


def test_the_notes_of_a_request_say_why() -> None:
    request = asking(said("user", "Hi"), parallel_tools=False)
    assert provider_side().encode_request(request).notes == (
        Note("dropped", "parallel_tools", "this format cannot forbid calls side by side"),
    )
