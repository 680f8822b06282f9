"""What clients ask in Cohere's format, and what they cannot ask."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.domain import (
    Document,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    OutputFormat,
    Plain,
    Reasoning,
    ReasoningOptions,
    ServerTool,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pontage.errors import InvalidRequestError
from tests.dialects.cohere_chat import CLIENT, SIDE, request

HI = {"role": "user", "content": "Hi."}
CALL = {"id": "c", "type": "function", "function": {"name": "tide", "arguments": "{}"}}


def one(message: Any) -> Message:
    return request(message).messages[0]


def test_turns_are_read_in_position() -> None:
    asked = request({"role": "system", "content": "Be brief."}, HI, {"role": "assistant", "content": "Aye."}, HI)
    assert [message.role for message in asked.messages] == ["system", "user", "assistant", "user"]
    assert asked.messages[2].parts == (Text(text="Aye."),)
    assert all(message.origin == asked.origin for message in asked.messages)


def test_a_plan_is_thinking_that_keeps_its_place() -> None:
    message = one({"role": "assistant", "tool_plan": "Ask.", "tool_calls": [CALL]})
    assert message.parts == (
        Reasoning(text="Ask.", extra={"tool_plan": {}}),
        ToolCall(id="c", name="tide", arguments="{}"),
    )


def test_content_stands_before_the_plan_and_the_plan_before_calls() -> None:
    message = one({"role": "assistant", "tool_calls": [CALL], "tool_plan": "Ask.", "content": "Hm."})
    assert [type(part) for part in message.parts] == [Text, Reasoning, ToolCall]


def test_pictures_are_links_or_data() -> None:
    urls = ["https://example.com/a.png", "data:image/png;base64,aGk=", "data:,plain"]
    content = [{"type": "image_url", "image_url": {"url": url, "detail": "low"}} for url in urls]
    assert one({"role": "user", "content": content}).parts == (
        Image(source=Link(urls[0]), detail="low"),
        Image(source=Inline("image/png", "aGk="), detail="low"),
        Image(source=Link(urls[2]), detail="low"),
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"text": "Low."}, Document(source=Plain("Low."))),
        ({"text": "Low.", "title": "Tide"}, Document(source=Plain("Low."), title="Tide")),
        ("Low.", Document(source=Plain("Low."))),
        ({"title": "Tide"}, Document(source=Plain('{"title":"Tide"}', "application/json"))),
        ({"text": 1}, Document(source=Plain('{"text":1}', "application/json"))),
        ({"text": "Low.", "at": 4}, Document(source=Plain('{"text":"Low.","at":4}', "application/json"))),
    ],
)
def test_a_result_may_be_documents(data: Any, expected: Document) -> None:
    message = one(
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "document", "document": {"data": data, "id": "d"}}]}
    )
    assert message.role == "user"
    assert message.parts == (ToolResult(call_id="c", parts=(replace(expected, extra={"document": {"id": "d"}}),)),)


def test_settings_are_understood() -> None:
    asked = request(
        HI,
        p=0.5,
        k=3,
        temperature=1.5,
        frequency_penalty=0.5,
        presence_penalty=1,
        seed=9,
        stop_sequences=["x"],
        max_tokens=7,
        logprobs=True,
        thinking={"type": "enabled", "token_budget": 50},
        stream=True,
    )
    assert (asked.top_p, asked.top_k, asked.temperature, asked.seed, asked.max_tokens) == (0.5, 3, 1.5, 9, 7)
    assert (asked.frequency_penalty, asked.presence_penalty) == (0.5, 1)
    assert (asked.stop, asked.logprobs, asked.stream) == (("x",), True, True)
    assert asked.reasoning == ReasoningOptions(enabled=True, budget_tokens=50)
    assert asked.extra == {}


def test_what_only_this_format_asks_stays_beside() -> None:
    fields = {
        "documents": ["a", {"data": {"text": "b"}}],
        "citation_options": {"mode": "FAST"},
        "safety_mode": "OFF",
        "priority": 2,
        "thinking": {"type": "odd"},
        "response_format": {"type": "text", "json_schema": {}},
        "tool_choice": "MAYBE",
        "strict_tools": True,
        "anchor": 1,
    }
    assert request(HI, **fields).extra == fields


def test_tools_and_choice() -> None:
    tools = [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object"}}}, {"type": "gull"}]
    asked = request(HI, tools=tools, strict_tools=True, tool_choice="REQUIRED")
    assert asked.tools == (
        FunctionTool(name="tide", parameters={"type": "object"}, strict=True),
        ServerTool(kind="gull", data={"type": "gull"}),
    )
    assert asked.tool_choice == ToolChoice("any")
    assert request(HI, tool_choice="NONE").tool_choice == ToolChoice("none")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"type": "text"}, OutputFormat(kind="text")),
        ({"type": "json_object"}, OutputFormat(kind="json")),
        ({"type": "json_object", "json_schema": {"a": 1}}, OutputFormat(kind="schema", schema={"a": 1})),
    ],
)
def test_the_form_of_the_answer(form: Any, expected: OutputFormat) -> None:
    assert request(HI, response_format=form).output == expected


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [HI]}, "model"),
        ({"model": "m"}, "messages"),
        ({"model": "m", "messages": []}, "messages"),
        ({"model": 3, "messages": [HI]}, "model"),
        ({"model": "m", "messages": [{"role": "pilot", "content": "Hi."}]}, "messages[0].role"),
        ({"model": "m", "messages": [{"role": "user"}]}, "messages[0].content"),
        ({"model": "m", "messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"model": "m", "messages": [HI, {"role": "tool", "content": "x"}]}, "messages[1].tool_call_id"),
        ({"model": "m", "messages": [{"role": "assistant", "tool_calls": [{}]}]}, "messages[0].tool_calls[0].id"),
        (
            {"model": "m", "messages": [{"role": "assistant", "tool_calls": [{"id": "c", "function": {}}]}]},
            "messages[0].tool_calls[0].function.name",
        ),
        (
            {
                "model": "m",
                "messages": [
                    HI,
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "x"},
                            {"type": "image_url", "image_url": {"url": "data:image/png;base64,a!"}},
                        ],
                    },
                ],
            },
            "messages[1].content[1].image_url.url",
        ),
        (
            {
                "model": "m",
                "messages": [
                    {"role": "tool", "tool_call_id": "c", "content": [{"type": "document", "document": {"data": [1]}}]}
                ],
            },
            "messages[0].content[0].document.data",
        ),
        (
            {"model": "m", "messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}]},
            "messages[0].tool_calls[0].function",
        ),
        ({"model": "m", "messages": [HI], "tools": [{}]}, "tools[0].function"),
        ({"model": "m", "messages": [HI], "p": 2}, "p"),
        ({"model": "m", "messages": [HI], "k": 501}, "k"),
        ({"model": "m", "messages": [HI], "temperature": -1}, "temperature"),
        ({"model": "m", "messages": [HI], "frequency_penalty": -0.5}, "frequency_penalty"),
        ({"model": "m", "messages": [HI], "max_tokens": -1}, "max_tokens"),
        ({"model": "m", "messages": [HI], "documents": [3]}, "documents[0]"),
        ({"model": "m", "messages": [HI], "tools": [{"function": {}}]}, "tools[0].function.name"),
        ({"model": "m", "messages": [HI], "thinking": {"type": "enabled", "token_budget": 0}}, "thinking.token_budget"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_path(body: Any, param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        CLIENT.decode_request(json.dumps(body).encode())
    assert caught.value.param == param
    assert param.split(".")[0].split("[")[0] in caught.value.message


def test_a_peek_reads_model_and_stream() -> None:
    peek = CLIENT.peek_request(b'{"model":"m","stream":true,"messages":7}')
    assert (peek.model, peek.stream, peek.choices) == ("m", True, 1)
    assert not CLIENT.peek_request(b'{"model":"m","stream":null}').stream
    for body, param in ((b"{}", "model"), (b"[", None), (b'{"model":1}', "model")):
        with pytest.raises(InvalidRequestError) as caught:
            CLIENT.peek_request(body)
        assert caught.value.param == param


def test_a_body_is_only_adjusted_where_it_has_to_be() -> None:
    body = b'{"model": "m", "messages": [ 1 ], "k": 1.50}'
    assert SIDE.adjust_request(body, "m", False) is body
    assert SIDE.adjust_request(body, "n", True) == b'{"model":"n","messages":[ 1 ],"k":1.50,"stream":true}'
    assert SIDE.adjust_request(b'{"model":"m","stream":true}', "m", False) == b'{"model":"m","stream":false}'


def test_without_spelling_the_meaning_is_the_same() -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi."}]}]})
    kept = CLIENT.decode_request(body.encode())
    bare = CLIENT.decode_request(body.encode(), keep_spelling=False)
    assert kept.messages[0].spelling
    assert not bare.messages[0].spelling
    assert kept.messages[0].parts == bare.messages[0].parts
    assert json.loads(SIDE.encode_request(bare).body)["messages"] == [HI]
    assert json.loads(SIDE.encode_request(kept).body) == json.loads(body)
