"""What Mistral is told of a request of another format, and what is noted on the way."""

import json
import re
from typing import Any

import pytest

from pontage.domain import (
    ChatRequest,
    CustomTool,
    Document,
    FunctionTool,
    Link,
    Message,
    Origin,
    ReasoningOptions,
    Refusal,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pontage.providers.mistral.chat import provider_side
from pontage.providers.mistral.fitting import call_id

SIDE = provider_side()
FOREIGN = Origin("anthropic_messages")
ASKED = Message(role="user", parts=(Text(text="Hello."),))
LOOK = FunctionTool(name="look", parameters={"type": "object"})
DRAWN = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
DRAW = {"type": "function", "function": {"name": "draw", "parameters": DRAWN}}


def told(**fields: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """What Mistral is told, and the kind of every note by its place."""
    encoded = SIDE.encode_request(ChatRequest(**{"model": "m", "messages": (ASKED,), "origin": FOREIGN, **fields}))
    return json.loads(encoded.body), {note.where: note.kind for note in encoded.notes}


def test_a_document_may_be_a_link() -> None:
    document = Document(source=Link("https://a.example/a.pdf"), title="a")
    body, notes = told(messages=(Message(role="user", parts=(document,), origin=FOREIGN),))
    [chunk] = body["messages"][0]["content"]
    assert chunk == {"type": "document_url", "document_url": "https://a.example/a.pdf", "document_name": "a"}
    assert notes == {}


def test_ids_of_calls_are_nine_letters_and_digits_on_both_ends() -> None:
    ids = ["toolu_01A09q90qw90lq917835lq9", "call_1", "", "abcDEF123", "é" * 9]
    made = [call_id(one) for one in ids]
    assert all(re.fullmatch(r"[a-zA-Z0-9]{9}", one) for one in made)
    assert len(set(made)) == len(ids)
    assert call_id("abcDEF123") == "abcDEF123"
    assert made == [call_id(one) for one in ids]
    spoken = Message(role="assistant", parts=(ToolCall(id="call_1", name="look", arguments="{}"),), origin=FOREIGN)
    result = Message(role="user", parts=(ToolResult(call_id="call_1", parts=(Text(text="4"),)),), origin=FOREIGN)
    body, notes = told(messages=(ASKED, spoken, result), tools=(LOOK,))
    _, call, answered = body["messages"]
    assert call["tool_calls"][0]["id"] == answered["tool_call_id"] == call_id("call_1")
    assert (answered["name"], call["content"], notes) == ("look", "", {})


def test_a_users_turn_never_follows_a_result_directly() -> None:
    spoken = Message(role="assistant", parts=(ToolCall(id="abcDEF123", name="look", arguments="{}"),), origin=FOREIGN)
    turn = Message(role="user", parts=(ToolResult(call_id="abcDEF123"), Text(text="And now?")), origin=FOREIGN)
    body, notes = told(messages=(ASKED, spoken, turn), tools=(LOOK,))
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "tool", "assistant", "user"]
    assert body["messages"][3]["content"] == "OK"
    assert notes == {"messages[3]": "injected"}


def test_the_assistants_last_words_are_continued() -> None:
    begun = Message(role="assistant", parts=(Text(text="Once"),), origin=FOREIGN)
    body, notes = told(messages=(ASKED, begun))
    assert body["messages"][1] == {"role": "assistant", "content": "Once", "prefix": True}
    assert notes == {}


@pytest.mark.parametrize(
    ("fields", "said", "noted"),
    [
        ({"seed": 7}, {"random_seed": 7}, {}),
        ({"user": "u", "top_k": 3, "modalities": ("text", "audio")}, {},
         {"user": "dropped", "top_k": "dropped", "modalities": "dropped"}),
        ({"modalities": ("text",)}, {"modalities": None}, {}),
        ({"stop": tuple("abcdef")}, {"stop": list("abcdef")}, {}),
        ({"tools": (LOOK,), "tool_choice": ToolChoice("any")}, {"tool_choice": "any"}, {}),
        ({"tools": (LOOK,), "tool_choice": ToolChoice("any", ("look",))},
         {"tool_choice": {"type": "function", "function": {"name": "look"}}}, {}),
        ({"tools": (LOOK,), "tool_choice": ToolChoice("auto", ("look",))}, {"tool_choice": "auto"},
         {"tool_choice": "approximated"}),
        ({"tools": (CustomTool(name="draw"),)}, {"tools": [DRAW]}, {"tools[0]": "approximated"}),
        ({"reasoning": ReasoningOptions(effort="high")}, {"reasoning_effort": "high"}, {}),
        ({"reasoning": ReasoningOptions(enabled=False)}, {"reasoning_effort": "none"}, {}),
        ({"reasoning": ReasoningOptions(effort="low")}, {"reasoning_effort": "high"},
         {"reasoning.effort": "approximated"}),
        ({"reasoning": ReasoningOptions(effort="minimal")}, {"reasoning_effort": "none"},
         {"reasoning.effort": "approximated", "reasoning.enabled": "approximated"}),
        ({"reasoning": ReasoningOptions(show=True)}, {"reasoning_effort": None}, {"reasoning.show": "dropped"}),
        ({"reasoning": ReasoningOptions(budget_tokens=4000)}, {"reasoning_effort": "high"},
         {"reasoning.effort": "injected", "reasoning.budget_tokens": "approximated"}),
    ],
)  # fmt: skip
def test_options_are_said_in_its_words_or_noted(
    fields: dict[str, Any], said: dict[str, Any], noted: dict[str, str]
) -> None:
    body, notes = told(**fields)
    assert {name: body.get(name) for name in said} == said
    assert notes == noted
    assert not {"seed", "user", "top_k", "stream_options"} & body.keys()


def test_names_and_refusals_have_no_place() -> None:
    named = Message(role="user", parts=(Text(text="Hello."),), name="ann", origin=FOREIGN)
    refused = Message(role="assistant", parts=(Refusal(text="No."),), origin=FOREIGN)
    body, notes = told(messages=(named, refused, ASKED))
    assert [message["content"] for message in body["messages"]] == ["Hello.", "No.", "Hello."]
    assert not [message for message in body["messages"] if {"name", "refusal"} & message.keys()]
    assert notes == {"messages[0].name": "dropped", "messages[1].parts[0]": "approximated"}
