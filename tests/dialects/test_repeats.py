"""Calls that share an id: told apart where the id alone binds a result to its call."""

import json
from typing import Any

import pytest

from pontage.dialects import anthropic_messages, cohere_chat, openai_chat, openai_responses
from pontage.dialects.notes import Notes
from pontage.dialects.repeats import told_apart
from pontage.domain import ChatRequest, Message, Origin, Part, Text, ToolCall, ToolResult

GEMINI = Origin("google_generate", "google")
SIDES: dict[str, Any] = {
    "anthropic_messages": anthropic_messages.provider_side(),
    "cohere_chat": cohere_chat.provider_side(),
    "openai_chat": openai_chat.provider_side(),
    "openai_responses": openai_responses.provider_side(),
}


def said(role: Any, *parts: Part, origin: Origin | None = GEMINI) -> Message:
    return Message(role=role, parts=parts, origin=origin)


def call(identity: str = "c") -> ToolCall:
    return ToolCall(id=identity, name="poll", arguments="{}")


def result(text: str, identity: str = "c") -> ToolResult:
    return ToolResult(call_id=identity, parts=(Text(text=text),))


def conversation(*messages: Message, origin: Origin | None = GEMINI) -> ChatRequest:
    return ChatRequest(model="m", messages=(said("user", Text(text="Go")), *messages), origin=origin, max_tokens=9)


POLLING = conversation(
    said("assistant", call()),
    said("user", result("one")),
    said("assistant", call()),
    said("user", result("two")),
)


def test_a_conversation_without_repeats_is_left_alone() -> None:
    request = conversation(said("assistant", call("a"), call("b")), said("user", result("1", "b"), result("2", "a")))
    assert told_apart(request, notes := Notes()) is request
    assert notes.all() == ()


def test_later_calls_and_their_results_get_an_id_of_their_own() -> None:
    request = conversation(
        said("assistant", call(), call(), call("c_2")),
        said("user", result("one"), result("two"), result("late"), result("none", "z")),
    )
    done = told_apart(request, notes := Notes())
    assert [found.id for found in done.messages[1].tool_calls] == ["c", "c_3", "c_2"]
    answered = [part.call_id for part in done.messages[2].parts if isinstance(part, ToolResult)]
    assert answered == ["c", "c_3", "c_3", "z"]
    assert [(note.kind, note.where) for note in notes.all()] == [("approximated", "messages[1].parts[1].id")]
    assert done.messages[0] is request.messages[0]


@pytest.mark.parametrize("name", SIDES)
def test_crossing_tells_repeats_apart(name: str) -> None:
    encoded = SIDES[name].encode_request(POLLING)
    text = encoded.body.decode()
    assert text.count('"c"') == 2
    assert text.count('"c_2"') == 2
    assert text.index('"c"') < text.index("one") < text.index('"c_2"') < text.index("two")
    assert ("approximated", "messages[3].parts[0].id") in [(note.kind, note.where) for note in encoded.notes]


@pytest.mark.parametrize("name", SIDES)
def test_the_own_format_says_what_it_was_told(name: str) -> None:
    own = Origin(name)
    messages = [Message(role=one.role, parts=one.parts, origin=own) for one in POLLING.messages[1:]]
    encoded = SIDES[name].encode_request(conversation(*messages, origin=own))
    assert "c_2" not in json.dumps(json.loads(encoded.body))
    assert "messages[3].parts[0].id" not in [note.where for note in encoded.notes]
