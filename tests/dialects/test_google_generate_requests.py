"""Requests of generateContent: what is understood, what is refused, what is written for values of other origins."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.google_generate import FAMILY, NAME, client_side, provider_side
from pontage.dialects.google_generate.request import decode_request
from pontage.domain import (
    Cache,
    ChatRequest,
    FunctionTool,
    Link,
    Message,
    Note,
    Origin,
    OutputFormat,
    Reasoning,
    ReasoningOptions,
    Text,
    ToolCall,
    ToolResult,
)
from pontage.errors import InvalidRequestError

FOREIGN = Origin("openai_chat")
GOOGLE = Origin(NAME, FAMILY)


def decoded(body: Any) -> ChatRequest:
    return client_side().decode_request(json.dumps(body).encode())


def encoded(request: ChatRequest, **options: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    result = provider_side(**options).encode_request(request)
    return json.loads(result.body), [(note.kind, note.where) for note in result.notes]


def asking(*messages: Message, **fields: Any) -> ChatRequest:
    return ChatRequest(model="m", messages=messages, origin=FOREIGN, **fields)


def said(role: Any, *parts: Any, origin: Origin | None = FOREIGN) -> Message:
    return Message(
        role=role, parts=tuple(Text(text=part) if isinstance(part, str) else part for part in parts), origin=origin
    )


def turn(*parts: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


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
    camel = {"contents": [turn({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2ln"}, role="model")],
             "generationConfig": {"maxOutputTokens": 5, "thinkingConfig": {"thinkingBudget": 9}}}  # fmt: skip
    snake = {"contents": [turn({"function_call": {"name": "f", "args": {}}, "thought_signature": "c2ln"}, role="model")],
             "generation_config": {"max_output_tokens": 5, "thinking_config": {"thinking_budget": 9}}}  # fmt: skip
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


BAD: list[tuple[Any, str | None]] = [
    ({}, "contents"),
    ({"contents": []}, "contents"),
    ({"contents": "hi"}, "contents"),
    ({"contents": [{"role": "tool", "parts": [{"text": "x"}]}]}, "contents[0].role"),
    ({"contents": [{"role": "user"}]}, "contents[0].parts"),
    ({"contents": [turn()]}, "contents[0].parts"),
    ({"contents": [turn({})]}, "contents[0].parts[0]"),
    ({"contents": [turn({"text": 4})]}, "contents[0].parts[0].text"),
    ({"contents": [turn({"inlineData": {"mimeType": "image/png", "data": "not base64!"}})]}, "contents[0].parts[0].inlineData.data"),
    ({"contents": [turn({"inlineData": {"mimeType": "image/png", "data": "AAAAA"}})]}, "contents[0].parts[0].inlineData.data"),
    ({"contents": [turn({"inlineData": {"mimeType": "image/png"}})]}, "contents[0].parts[0].inlineData.data"),
    ({"contents": [turn({"fileData": {"mimeType": "image/png"}})]}, "contents[0].parts[0].fileData.fileUri"),
    ({"contents": [turn({"functionCall": {"args": {}}})]}, "contents[0].parts[0].functionCall.name"),
    ({"contents": [turn({"functionCall": {"name": "f", "args": [1]}})]}, "contents[0].parts[0].functionCall.args"),
    ({"contents": [turn({"functionResponse": {"response": {}}})]}, "contents[0].parts[0].functionResponse.name"),
    ({"contents": [turn({"functionResponse": {"name": "f", "response": "x"}})]}, "contents[0].parts[0].functionResponse.response"),
    ({"contents": [turn("x")], "tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
    ({"contents": [turn("x")], "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "object"}, "parametersJsonSchema": {"type": "object"}}]}]}, "tools[0].functionDeclarations[0].parameters"),
    ({"contents": [turn("x")], "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": [1]}]}]}, "tools[0].functionDeclarations[0].parametersJsonSchema"),
    ({"contents": [turn("x")], "toolConfig": {"functionCallingConfig": {"mode": "SOMETIMES"}}}, "toolConfig.functionCallingConfig.mode"),
    ({"contents": [turn("x")], "generationConfig": {"temperature": "hot"}}, "generationConfig.temperature"),
    ({"contents": [turn("x")], "generationConfig": {"topK": 2.5}}, "generationConfig.topK"),
    ({"contents": [turn("x")], "generationConfig": {"maxOutputTokens": 2.5}}, "generationConfig.maxOutputTokens"),
    ({"contents": [turn("x")], "generationConfig": {"responseJsonSchema": 5}}, "generationConfig.responseJsonSchema"),
    ({"contents": [turn("x")], "generationConfig": {"responseSchema": {"type": "STRING"}, "responseJsonSchema": {"type": "string"}}}, "generationConfig.responseSchema"),
    ({"contents": [turn("x")], "systemInstruction": "text"}, "systemInstruction"),
    ([], None),
    ("text", None),
]  # fmt: skip


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


def test_leading_system_messages_are_the_instruction_and_later_ones_a_marked_turn() -> None:
    body, notes = encoded(
        asking(said("system", "One."), said("system", "Two."), said("user", "Hi"), said("system", "Now in verse."))
    )
    assert body["systemInstruction"] == {"parts": [{"text": "One."}, {"text": "Two."}]}
    assert body["contents"] == [turn("Hi"), turn("<system>\nNow in verse.\n</system>")]
    assert notes == [("approximated", "messages[3]")]


def test_an_empty_system_message_says_nothing() -> None:
    assert encoded(asking(said("system"), said("user", "Hi")))[0] == {"contents": [turn("Hi")]}


def test_a_picture_in_a_foreign_instruction_is_dropped_with_a_note() -> None:
    from pontage.domain import Image

    _, notes = encoded(
        asking(said("system", "One.", Image(source=Link("https://x.example/a.png"))), said("user", "Hi"))
    )
    assert notes == [("dropped", "messages[0].parts[1]")]


def test_results_in_messages_of_their_own_become_one_turn() -> None:
    calls = said(
        "assistant", ToolCall(id="a", name="f", arguments='{"x": 1}'), ToolCall(id="b", name="g", arguments="")
    )
    body, notes = encoded(
        asking(
            said("user", "Go"),
            calls,
            said("user", ToolResult(call_id="a", parts=(Text(text="one"),))),
            said("user", ToolResult(call_id="b", parts=(Text(text="boom"),), is_error=True)),
            said("user", "And now?"),
        ),
        placeholder=False,
    )
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user", "user"]
    assert body["contents"][1]["parts"] == [
        {"functionCall": {"id": "a", "name": "f", "args": {"x": 1}}},
        {"functionCall": {"id": "b", "name": "g", "args": {}}},
    ]
    assert body["contents"][2]["parts"] == [
        {"functionResponse": {"id": "a", "name": "f", "response": {"output": "one"}}},
        {"functionResponse": {"id": "b", "name": "g", "response": {"error": "boom"}}},
    ]
    assert notes == []


def test_the_first_foreign_call_of_each_step_of_the_current_turn_gets_the_placeholder() -> None:
    call = ToolCall(id="a", name="f", arguments="{}")
    result = said("user", ToolResult(call_id="a", parts=(Text(text="1"),)))
    history = (said("user", "Old"), said("assistant", call), result, said("assistant", "Done."), said("user", "New"))
    step = said("assistant", "Now", call, replace(call, id="b"))
    request = asking(*history, step, result, said("assistant", replace(call, id="c")))
    body, notes = encoded(request)
    signed = [
        (number, index)
        for number, content in enumerate(body["contents"])
        for index, part in enumerate(content["parts"])
        if part.get("thoughtSignature") == "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
    ]
    assert signed == [(5, 1), (7, 0)]
    assert notes == [("injected", "messages[5].parts[1].signature"), ("injected", "messages[7].parts[0].signature")]
    assert "thoughtSignature" not in json.dumps(encoded(request, placeholder=False)[0])


def test_own_calls_without_a_signature_stay_as_they_are() -> None:
    call = said("assistant", ToolCall(id="a", name="f", arguments="{}"), origin=GOOGLE)
    body, notes = encoded(asking(said("user", "Go"), call))
    assert "thoughtSignature" not in json.dumps(body)
    assert notes == []


def test_signatures_go_to_their_own_family_only() -> None:
    parts = (Reasoning(text="Hm.", signature="c2ln"), ToolCall(id="a", name="f", arguments="{}", signature="c2ln"))
    relative = said("assistant", *parts, origin=Origin("openai_chat", "google"))
    body, notes = encoded(asking(said("user", "Go"), relative))
    assert [part["thoughtSignature"] for part in body["contents"][1]["parts"]] == ["c2ln", "c2ln"]
    assert notes == []
    vertex = said("assistant", *parts, origin=Origin(NAME, "vertex"))
    body, notes = encoded(asking(said("user", "Go"), vertex))
    assert "thoughtSignature" not in json.dumps(body)
    assert notes == [("dropped", "messages[1].parts[0].signature"), ("dropped", "messages[1].parts[1].signature")]
    stranger = said("assistant", *parts, origin=Origin("anthropic_messages", "anthropic"))
    body, notes = encoded(asking(said("user", "Go"), stranger), placeholder=False)
    assert body["contents"][1]["parts"] == [{"functionCall": {"id": "a", "name": "f", "args": {}}}]
    assert notes == [("dropped", "messages[1].parts[0]"), ("dropped", "messages[1].parts[1].signature")]


def test_a_call_that_came_without_an_id_goes_back_without_one_and_its_results_in_order() -> None:
    answer = provider_side().decode_response(
        json.dumps({"responseId": "r", "candidates": [{"content": turn(
            {"functionCall": {"name": "f", "args": {"n": 1}}, "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "f", "args": {"n": 2}}}, role="model"), "finishReason": "STOP"}]}).encode()
    )  # fmt: skip
    first, second = answer.message.tool_calls
    assert first.id != second.id
    assert first.id.startswith("call_")
    results = [ToolResult(call_id=call.id, parts=(Text(text=call.arguments),)) for call in (second, first)]
    request = asking(said("user", "Go"), answer.message, *(said("user", result, origin=None) for result in results))
    body, notes = encoded(request)
    assert [part["functionResponse"] for part in body["contents"][2]["parts"]] == [
        {"name": "f", "response": {"n": 2}},
        {"name": "f", "response": {"n": 1}},
    ]
    together = asking(said("user", "Go"), answer.message, said("user", *results, origin=None))
    body, notes = encoded(together)
    assert [part["functionResponse"]["response"] for part in body["contents"][2]["parts"]] == [{"n": 1}, {"n": 2}]
    assert notes == []
    assert [list(part["functionCall"]) for part in body["contents"][1]["parts"]] == [["name", "args"], ["name", "args"]]


def test_a_result_without_a_call_is_dropped_unless_it_says_its_function() -> None:
    orphan = ToolResult(call_id="z", parts=(Text(text="1"),))
    body, notes = encoded(asking(said("user", "Go", orphan)))
    assert body["contents"] == [turn("Go")]
    assert notes == [("dropped", "messages[0].parts[1]")]
    body, notes = encoded(asking(said("user", "Go", replace(orphan, name="f"))))
    assert body["contents"][0]["parts"][1] == {
        "functionResponse": {"name": "f", "id": "z", "response": {"output": "1"}}
    }
    assert notes == []


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
            "messages[0].name", "messages[0].mood", "logit_bias", "parallel_tools", "service_tier",
            "user", "metadata", "cache", "cache_key",
        )
    )  # fmt: skip


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
    (ReasoningOptions(effort="high", budget_tokens=900), None, {"thinkingBudget": 900}, [("dropped", "reasoning.effort")]),
    (ReasoningOptions(effort="medium"), "budget", {"thinkingBudget": 8192}, [("approximated", "reasoning.effort")]),
    (ReasoningOptions(effort="odd"), "budget", {"thinkingBudget": -1}, [("approximated", "reasoning.effort")]),
    (ReasoningOptions(effort="none"), "level", {"thinkingLevel": "MINIMAL"}, [("approximated", "reasoning")]),
    (ReasoningOptions(budget_tokens=900), "level", {"thinkingLevel": "LOW"}, [("approximated", "reasoning.budget_tokens")]),
    (ReasoningOptions(effort="low", budget_tokens=9), "level", {"thinkingLevel": "LOW"}, [("dropped", "reasoning.budget_tokens")]),
    (ReasoningOptions(enabled=True), "level", None, [("approximated", "reasoning.enabled")]),
    (ReasoningOptions(), None, None, []),
]  # fmt: skip


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
