"""The turns of a conversation of another origin, made to fit; and own ones, left as they are."""

import json

from msgspec.structs import replace

from pontage.dialects.anthropic_messages import provider_side
from pontage.domain import Cache, ChatRequest, Image, Link, Note, Text, ToolCall, ToolResult
from tests.dialects.anthropic_messages import CLIENT, OWN, SIDE, assistant, encode, system, texts, user


def test_a_plain_conversation_leaves_no_note() -> None:
    body, notes = encode(system("Be kind."), user("Hi."), assistant("Yes?"), user("Go."), temperature=0.5, stream=True)
    assert notes == []
    assert body["system"] == [{"type": "text", "text": "Be kind."}]
    assert texts(body) == [("user", ["Hi."]), ("assistant", ["Yes?"]), ("user", ["Go."])]
    assert body["stream"] is True


def test_max_tokens_is_injected_where_the_caller_says_none() -> None:
    body, notes = encode(max_tokens=None)
    assert body["max_tokens"] == 4096
    assert notes == [("injected", "max_tokens")]
    body, _ = encode(max_tokens=None, side=provider_side(max_tokens=64_000))
    assert body["max_tokens"] == 64_000


def test_a_client_of_this_format_that_counts_tokens_gets_no_max_tokens() -> None:
    request = CLIENT.decode_request(b'{"model":"m","messages":[{"role":"user","content":"Hi."}]}')
    encoded = SIDE.encode_request(request)
    assert encoded.notes == ()
    assert "max_tokens" not in json.loads(encoded.body)


def test_leading_system_messages_are_blocks_with_their_breakpoints() -> None:
    cached = Text(text="Two.", cache=Cache("1h"))
    body, notes = encode(system("One."), system(cached), user("Hi."))
    assert notes == []
    assert body["system"] == [
        {"type": "text", "text": "One."},
        {"type": "text", "text": "Two.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ]


def test_a_later_system_message_is_marked_text_behind_the_tool_results() -> None:
    call, result = ToolCall(id="c1", name="t"), ToolResult(call_id="c1", parts=(Text(text="4"),))
    body, notes = encode(user("Hi."), assistant(call), system("Now in French."), user(result), assistant("Bon."))
    assert ("approximated", "messages[2]") in notes
    assert texts(body)[2] == ("user", ["tool_result", "<system>\nNow in French.\n</system>"])


def test_a_provider_may_take_system_turns_in_place_where_they_are_legal() -> None:
    side = provider_side(system_in_place=True)
    body, notes = encode(user("Hi."), system("In French."), assistant("Bon."), system("No."), user("Hm."), side=side)
    assert [role for role, _ in texts(body)] == ["user", "system", "assistant", "user"]
    assert notes == [("approximated", "messages[3]")]


def test_system_messages_are_text() -> None:
    picture = Image(source=Link("https://example.com/a.png"))
    body, notes = encode(system("See.", picture), user("Hi."), assistant("Yes."), system(picture))
    assert body["system"] == [{"type": "text", "text": "See."}]
    assert ("unsupported", "messages[0].parts[1]") in notes
    assert ("unsupported", "messages[3].parts[0]") in notes
    assert len(body["messages"]) == 2


def test_turns_of_one_role_are_joined_results_first() -> None:
    calls = assistant(ToolCall(id="a", name="t"), ToolCall(id="b", name="t"))
    body, notes = encode(
        user("One."), user("Two."), calls, user("Wait."), user(ToolResult(call_id="b")), user(ToolResult(call_id="a"))
    )
    assert [role for role, _ in texts(body)] == ["user", "assistant", "user"]
    assert [block.get("tool_use_id") for block in body["messages"][2]["content"]] == ["b", "a", None]
    assert notes == [("approximated", "messages[4].parts[0]"), ("approximated", "messages[5].parts[0]")]


def test_own_turns_stand_as_they_came() -> None:
    own = [user("One.", origin=OWN), user("Two.", origin=OWN), assistant("", origin=OWN), assistant("x ", origin=OWN)]
    body, notes = encode(*own, origin=OWN)
    assert [role for role, _ in texts(body)] == ["user", "user", "assistant", "assistant"]
    assert notes == []


def test_missing_results_are_injected_and_orphans_dropped() -> None:
    call = assistant(ToolCall(id="a", name="t"))
    body, notes = encode(user(ToolResult(call_id="zz"), "Hi."), call, user("Never mind."))
    assert [block["type"] for block in body["messages"][0]["content"]] == ["text"]
    result = body["messages"][2]["content"][0]
    assert (result["tool_use_id"], result["is_error"]) == ("a", True)
    assert notes == [("dropped", "messages[0].parts[0]"), ("injected", "messages[2]")]


def test_the_user_speaks_first_and_an_answer_to_continue_ends_in_ink() -> None:
    body, notes = encode(assistant("Once "))
    assert [role for role, _ in texts(body)] == ["user", "assistant"]
    assert body["messages"][1]["content"][0]["text"] == "Once"
    assert notes == [("injected", "messages[0]"), ("approximated", "messages[0].parts[0].text")]


def test_invisible_text_and_empty_turns_are_left_out() -> None:
    body, notes = encode(user("Hi.", " "), assistant(), user("\n"), user("Still there?"))
    assert texts(body) == [("user", ["Hi.", "Still there?"])]
    assert notes == [
        ("dropped", "messages[0].parts[1]"),
        ("dropped", "messages[1]"),
        ("dropped", "messages[2].parts[0]"),
    ]


def test_ids_are_put_into_the_letters_allowed_and_stay_apart() -> None:
    body, notes = encode(
        user("Hi."),
        assistant(ToolCall(id="call:1", name="t"), ToolCall(id="call.1", name="t")),
        user(ToolResult(call_id="call.1"), ToolResult(call_id="call:1")),
    )
    first, second = [block["id"] for block in body["messages"][1]["content"]]
    assert first != second
    assert set(first) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert [block["tool_use_id"] for block in body["messages"][2]["content"]] == [second, first]
    assert ("approximated", "messages[1].parts[0].id") in notes
    assert ("approximated", "messages[2].parts[1].call_id") in notes


def test_a_replayed_answer_keeps_its_spelling_among_messages_of_the_sdk() -> None:
    answer = SIDE.decode_response(
        b'{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi.","citations":'
        b'null},{"type":"tool_use","id":"a","name":"t","input":{ "x": 1 },"caller":{"type":"direct"}}],"stop_reason":'
        b'"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}'
    )
    result = user(ToolResult(call_id="a", parts=(Text(text="4"),)), origin=None)
    encoded = SIDE.encode_request(
        ChatRequest(model="m", max_tokens=9, messages=(user("Hi.", origin=None), answer.message, result))
    )
    assert encoded.notes == ()
    assert json.loads(encoded.body)["messages"][1]["content"] == [
        {"type": "text", "text": "Hi.", "citations": None},
        {"type": "tool_use", "id": "a", "name": "t", "input": {"x": 1}, "caller": {"type": "direct"}},
    ]


def test_an_edited_value_is_not_overwritten_by_its_spelling() -> None:
    body = {"model": "m", "max_tokens": 5, "stop_sequences": ["a"], "messages": [{"role": "user", "content": "Hi."}]}
    request = CLIENT.decode_request(json.dumps(body).encode())
    edited = replace(request, messages=(replace(request.messages[0], parts=(Text(text="Bye."),)),), stop=("b",))
    said = json.loads(SIDE.encode_request(edited).body)
    assert said["messages"][0]["content"] == [{"type": "text", "text": "Bye."}]
    assert said["stop_sequences"] == ["b"]


def test_notes_are_values() -> None:
    encoded = SIDE.encode_request(ChatRequest(model="m", messages=(user("Hi."),), seed=1, max_tokens=1))
    assert encoded.notes == (Note("dropped", "seed", "not a parameter of this format"),)
