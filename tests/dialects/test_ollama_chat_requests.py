"""Requests of Ollama's clients: what they mean, what is wrong with them, and what goes out unchanged."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.ollama_chat import provider_side
from pontage.domain import (
    FunctionTool,
    Image,
    Inline,
    Message,
    OutputFormat,
    Reasoning,
    ReasoningOptions,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from pontage.errors import InvalidRequestError
from tests.dialects.ollama_chat import CLIENT, OTHER, OWN, PNG, SAMPLES, SIDE, assistant, encode, read, user


def sample(case: str) -> Any:
    return CLIENT.decode_request((SAMPLES / f"{case}.request.json").read_bytes())


def test_a_message_is_read_in_one_order() -> None:
    call = {"function": {"name": "look", "arguments": {"at": "sea"}}, "id": "c1"}
    said = {"role": "assistant", "content": "So.", "thinking": "Hm.", "images": [PNG], "tool_calls": [call]}
    assert read(said).messages[0].parts == (
        Reasoning(text="Hm."),
        Image(source=Inline("image/png", PNG)),
        Text(text="So."),
        ToolCall(id="c1", name="look", arguments='{"at": "sea"}'),
    )


def test_system_messages_stay_where_they_are() -> None:
    request = sample("system_in_position")
    assert [message.role for message in request.messages] == ["system", "user", "assistant", "system", "user"]
    assert request.messages[0].origin == OWN


def test_pictures_are_told_by_their_first_bytes() -> None:
    messages = sample("pictures").messages
    found = [part.source.media_type for message in messages for part in message.parts if isinstance(part, Image)]
    assert found == ["image/png", "image/jpeg", "image/webp"]
    (unknown,) = read({"role": "user", "images": ["R0lGODdh", "AAAA"]}).messages
    assert [part.source.media_type for part in unknown.parts] == ["image/gif", "image/png"]


def test_results_find_the_calls_that_had_no_ids() -> None:
    request = sample("calls_without_ids")
    first, second = request.messages[1].tool_calls
    assert first.id != second.id
    assert [message.parts[0].call_id for message in request.messages[2:]] == [first.id, second.id]
    assert sample("calls_without_ids") == request  # ids come from nowhere but the request
    nameless = sample("results_without_names")
    wind, tide = nameless.messages[1].tool_calls
    found = [message.parts[0] for message in nameless.messages[2:]]
    assert [result.call_id for result in found[:2]] == [wind.id, tide.id]
    assert found[2].call_id not in {wind.id, tide.id}
    assert found[0] == ToolResult(call_id=wind.id, parts=(Text(text="NW 4"),))


def test_results_by_id_may_come_in_any_order() -> None:
    request = sample("results_by_id")
    assert [message.parts[0].call_id for message in request.messages[2:4]] == ["call_t", "call_w"]
    assert request.messages[3].parts[0].parts == ()
    picture = sample("result_with_picture").messages[2].parts[0]
    assert [type(part) for part in picture.parts] == [Image, Text]


def test_options_are_what_other_formats_call_them() -> None:
    request = sample("options")
    assert (request.max_tokens, request.temperature, request.top_p, request.top_k) == (64, 0.4, 0.8, 30)
    assert (request.seed, request.stop, request.frequency_penalty) == (11, ("END", "--"), 0.2)
    assert request.presence_penalty == -0.1
    assert request.extra == {
        "keep_alive": "10m",
        "truncate": False,
        "shift": False,
        "options": {"min_p": 0.05, "num_ctx": 16384, "repeat_penalty": 1.1, "num_gpu": 0},
    }
    free = sample("without_limits")
    assert (free.max_tokens, free.top_k, free.stop, free.temperature) == (None, None, ("END",), 0)
    assert free.extra == {"keep_alive": -1, "options": {"num_predict": -1, "top_k": -1}}
    assert sample("sparse").extra == {}


@pytest.mark.parametrize(
    ("think", "meant"),
    [
        (True, ReasoningOptions(enabled=True)),
        (False, ReasoningOptions(enabled=False)),
        ("low", ReasoningOptions(effort="low")),
        ("max", ReasoningOptions(effort="max")),
        (None, None),
    ],
)
def test_think_is_a_switch_or_a_level(think: Any, meant: Any) -> None:
    assert read(think=think).reasoning == meant


def test_the_form_of_the_answer() -> None:
    assert read(format="json").output == OutputFormat(kind="json")
    assert read(format={"type": "object"}).output == OutputFormat(kind="schema", schema={"type": "object"})
    assert read(format="").output is None


def test_tools() -> None:
    tools = sample("schemas").tools
    assert isinstance(tools[0], FunctionTool)
    assert tools[1] == FunctionTool(name="bare")
    odd = sample("unknown_everywhere").tools
    assert odd[0].extra == {"feather": True, "function": {"color": "grey"}}
    assert odd[1] == ServerTool(kind="nest", data={"type": "nest", "eggs": 3})


def test_it_streams_unless_it_says_no() -> None:
    for body, streams in ((b'{"model":"m"}', True), (b'{"model":"m","stream":null}', True)):
        assert CLIENT.peek_request(body).stream is streams
    assert CLIENT.peek_request(b'{"model":"m","stream":false}').stream is False
    assert sample("streams_by_default").stream is True
    assert read(stream=False).stream is False


def test_what_means_nothing_is_not_kept() -> None:
    body = (SAMPLES / "one_call.request.json").read_bytes()
    spelled, plain = CLIENT.decode_request(body), CLIENT.decode_request(body, keep_spelling=False)
    assert plain == replace(spelled, spelling=(), messages=tuple(replace(m, spelling=()) for m in spelled.messages))


BAD: list[tuple[Any, str | None]] = [
    ({"model": ...}, "model"),
    ({"model": 3}, "model"),
    ({"messages": ...}, "messages"),
    ({"messages": []}, "messages"),
    ({"messages": "Hi."}, "messages"),
    ({"messages": [{"content": "Hi."}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": "Hi."}, {"role": "pilot", "content": "x"}]}, "messages[1].role"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "images": ["data:image/png;base64,AAAA"]}]}, "messages[0].images[0]"),
    ({"messages": [{"role": "user", "images": ["AAAA", "AAA"]}]}, "messages[0].images[1]"),
    ({"messages": [{"role": "user", "images": ["A==="]}]}, "messages[0].images[0]"),
    ({"messages": [{"role": "user", "images": [""]}]}, "messages[0].images[0]"),
    ({"messages": [{"role": "user", "images": ["AÄA="]}]}, "messages[0].images[0]"),
    (
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}]},
        "messages[0].tool_calls[0].function.arguments",
    ),
    ({"messages": [{"role": "tool", "content": "x", "thinking": "Hm."}]}, "messages[0].thinking"),
    ({"think": ""}, "think"),
    ({"think": 3}, "think"),
    ({"format": "yaml"}, "format"),
    ({"format": ["json"]}, "format"),
    ({"options": {"temperature": -1}}, "options.temperature"),
    ({"options": {"top_p": 2}}, "options.top_p"),
    ({"options": {"seed": "x"}}, "options.seed"),
    ({"options": []}, "options"),
    ({"top_logprobs": -1}, "top_logprobs"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"tools": [{}]}, "tools[0].function"),
    ({"tools": [{"function": {"description": "x"}}]}, "tools[0].function.name"),
]


@pytest.mark.parametrize(("fields", "param"), BAD)
def test_what_is_wrong_is_named(fields: Any, param: str | None) -> None:
    whole = {"model": "m", "messages": [{"role": "user", "content": "Hi."}], **fields}
    body = json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()
    with pytest.raises(InvalidRequestError) as caught:
        CLIENT.decode_request(body)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"model": 3}', b'{"stream": true}'])
def test_a_body_that_cannot_be_peeked_into(body: bytes) -> None:
    for read_it in (CLIENT.peek_request, lambda sent: SIDE.adjust_request(sent, "m", True)):
        with pytest.raises(InvalidRequestError):
            read_it(body)


def test_a_request_that_is_right_goes_out_as_it_is() -> None:
    body = b'{ "model": "m", "messages": [], "odd": 1e400 }'
    assert SIDE.adjust_request(body, "m", True) is body
    assert json.loads(SIDE.adjust_request(b'{"model":"m","odd":[1]}', "n", False)) == {
        "model": "n",
        "odd": [1],
        "stream": False,
    }
    assert json.loads(SIDE.adjust_request(b'{"model":"m","stream":false}', "m", True))["stream"] is True


def test_a_configured_window_is_asked_for_where_the_client_asks_for_none() -> None:
    side = provider_side(context=8192)
    adjusted = side.adjust_request(b'{"model":"m","options":{"seed":1}}', "m", True)
    assert json.loads(adjusted)["options"] == {"seed": 1, "num_ctx": 8192}
    assert json.loads(side.adjust_request(b'{"model":"m"}', "m", True))["options"] == {"num_ctx": 8192}
    for told in (b'{"model":"m","options":{"num_ctx":1}}', b'{"model":"m","options":3}'):
        assert side.adjust_request(told, "m", True) is told
    body, notes = encode(side=side)
    assert body["options"] == {"num_ctx": 8192}
    assert notes == [("injected", "options.num_ctx")]
    body, notes = encode(side=side, origin=None, extra={"options": {"num_ctx": 1}})
    assert (body["options"], notes) == ({"num_ctx": 1}, [])
    body, _ = encode(side=side, origin=None, extra={"options": "odd"})
    assert body["options"] == "odd"


def test_a_message_is_sent_back_as_it_came_with_an_id_where_a_result_names_it() -> None:
    called, *_ = (message for message in sample("calls_without_ids").messages if message.tool_calls)
    own = [message for message in sample("calls_without_ids").messages if message.role == "user"][1:]
    body, notes = encode(user("Hm."), called, *own)
    assert "id" not in body["messages"][1]["tool_calls"][0]
    assert "tool_call_id" not in body["messages"][2]
    assert notes == []
    first, second = called.tool_calls
    results = [ToolResult(call_id=call.id, parts=(Text(text="!"),)) for call in (second, first)]
    body, _ = encode(user("Hm."), called, user(*results))
    assert [call["id"] for call in body["messages"][1]["tool_calls"]] == [first.id, second.id]
    assert [turn["tool_call_id"] for turn in body["messages"][2:]] == [second.id, first.id]
    assert {turn["tool_name"] for turn in body["messages"][2:]} == {"tide"}


def test_an_edited_message_is_not_respelled() -> None:
    spelled = read({"role": "user", "content": "Hm.", "images": []}).messages[0]
    edited = replace(spelled, parts=(Text(text="One."), Text(text="Two.")))
    body, notes = encode(edited, origin=OWN)
    assert body["messages"] == [{"role": "user", "content": "One."}, {"role": "user", "content": "Two."}]
    assert notes == []


def test_a_request_too_deep_is_refused() -> None:
    deep: Any = {}
    for _ in range(3000):
        deep = {"type": "array", "items": deep}
    with pytest.raises(InvalidRequestError):
        encode(tools=(FunctionTool(name="f", parameters=deep),))
    with pytest.raises(InvalidRequestError):
        CLIENT.decode_request(b'{"model":"m","messages":' + b"[" * 1000)


def test_without_a_message_nothing_is_loaded_by_accident() -> None:
    body, notes = encode(Message(role="user", parts=(), origin=OTHER))
    assert body["messages"] == [{"role": "user", "content": ""}]
    assert notes == [("dropped", "messages[0]"), ("injected", "messages")]


def test_a_result_without_an_id_leaves_the_calls_to_results_that_name_them() -> None:
    function = {"name": "tide", "arguments": {}}
    told = [{"id": "c", "function": function}, {"id": "c", "function": function}, {"function": function}]
    calls = {"role": "assistant", "content": "", "tool_calls": told}
    bare, named = {"role": "tool", "content": "1", "tool_name": "tide"}, {"role": "tool", "tool_call_id": "c"}
    asked, *answered = read(calls, bare, {**named, "content": "2"}, {**named, "content": "3"}).messages
    made = asked.tool_calls[2].id
    assert [part.call_id for turn in answered for part in turn.parts if isinstance(part, ToolResult)] == [
        made,
        "c",
        "c",
    ]


@pytest.mark.parametrize("parts", [("", "Hi."), ("Hi.", "")])
def test_an_empty_text_beside_another_is_noted(parts: tuple[str, ...]) -> None:
    for turn in (user(*parts), assistant(*parts)):
        body, notes = encode(turn)
        assert [message["content"] for message in body["messages"]] == ["Hi."]
        assert notes == [("dropped", f"messages[0].parts[{parts.index('')}]")]
