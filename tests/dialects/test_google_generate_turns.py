"""Turns of generateContent: the system instruction, results in one turn, signatures and the placeholder, ids."""

import json
from typing import Any

from msgspec.structs import replace

from pontage.dialects.google_generate import NAME
from pontage.domain import Image, Link, Origin, Reasoning, Text, ToolCall, ToolResult
from tests.dialects.google_generate import GOOGLE, answered, asking, candidate, decoded, encoded, said, turn


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
    calls: list[dict[str, Any]] = [{"functionCall": {"name": "f", "args": {"n": n}}} for n in (1, 2)]
    calls[0]["thoughtSignature"] = "c2ln"
    answer = answered(
        {"responseId": "r", "candidates": [{"content": turn(*calls, role="model"), "finishReason": "STOP"}]}
    )
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


def test_something_must_be_asked() -> None:
    body, notes = encoded(asking(said("system", "One."), said("system", "Write.")))
    assert body == {
        "systemInstruction": {"parts": [{"text": "One."}]},
        "contents": [turn("<system>\nWrite.\n</system>")],
    }
    assert notes == [("approximated", "messages[1]")]


def test_calls_of_answers_without_ids_are_told_apart_by_what_they_call() -> None:
    def made(name: str, count: int) -> list[str]:
        call = {"functionCall": {"name": name, "args": {"n": count}}}
        return [found.id for found in answered(candidate(call, call)).message.tool_calls]

    ids = [*made("f", 1), *made("f", 2), *made("g", 1)]
    assert len(set(ids)) == 6
    assert made("f", 1) == ids[:2]


def test_a_result_without_an_id_leaves_the_calls_that_others_name() -> None:
    calls = [{"functionCall": {"id": "1", "name": "f"}}, {"functionCall": {"name": "f"}}]
    results = [
        {"functionResponse": {"name": "f", "response": {"output": "unnamed"}}},
        {"functionResponse": {"id": "1", "name": "f", "response": {"output": "named"}}},
        {"functionResponse": {"name": "f", "response": {"output": "nobody's"}}},
    ]
    request = decoded({"contents": [turn("Go"), turn(*calls, role="model"), turn(*results)]})
    first, second = request.messages[1].tool_calls
    bound = [part.call_id for part in request.messages[2].parts if isinstance(part, ToolResult)]
    assert bound[:2] == [second.id, first.id]
    assert bound[2] not in (first.id, second.id)


def test_a_turn_that_says_nothing_is_left_out_with_a_note() -> None:
    body, notes = encoded(asking(said("user", "Go"), said("user")))
    assert body["contents"] == [turn("Go")]
    assert notes == [("dropped", "messages[1]")]
