"""Messages as items, and back: what a conversation from elsewhere becomes, and what a client's items mean."""

import json
from typing import Any

import pytest

from pontage.dialects.openai_responses import provider_side
from pontage.domain import (
    Audio,
    Cache,
    ChatRequest,
    Citation,
    Image,
    Inline,
    Link,
    Message,
    Opaque,
    Origin,
    Reasoning,
    Ref,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from tests.dialects.openai_responses import CLAUDE, CLIENT, SIDE, USER, asked, asking, heard, said_by, told

OPENAI = Origin("anthropic_messages", "openai", "g")
RULE = Message(role="system", parts=(Text(text="Be kind."),), origin=CLAUDE)


def test_the_first_rules_are_the_instructions_and_later_ones_stand_in_place() -> None:
    late = Message(role="system", parts=(Text(text="Be brief."), Text(text="Rhyme.")), origin=CLAUDE)
    body, notes = asked(ChatRequest(model="m", messages=(RULE, RULE, USER, late), origin=CLAUDE))
    assert body["instructions"] == "Be kind."
    assert [(item["role"], item["content"]) for item in body["input"]] == [
        ("developer", "Be kind."),
        ("user", "Hm?"),
        ("developer", [{"type": "input_text", "text": "Be brief."}, {"type": "input_text", "text": "Rhyme."}]),
    ]
    assert notes == ()


def test_rules_in_pieces_or_with_marks_are_an_item() -> None:
    marked = Message(role="system", parts=(Text(text="Long.", cache=Cache()),), origin=CLAUDE)
    body, notes = asked(ChatRequest(model="m", messages=(marked, USER)))
    assert "instructions" not in body
    assert body["input"][0] == {
        "type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Long."}]
    }  # fmt: skip
    assert told(notes) == [("dropped", "messages[0].parts[0].cache")]


def test_a_server_without_developers_hears_its_own_word_for_rules() -> None:
    body, _ = asked(ChatRequest(model="m", messages=(USER, RULE)), provider_side(rules="system"))
    assert body["input"][1]["role"] == "system"


def test_a_client_s_items_are_turns() -> None:
    request = asking(
        {"role": "developer", "content": "Rules."},
        {"role": "user", "content": [{"type": "input_text", "text": "One."}]},
        {"type": "reasoning", "summary": [], "encrypted_content": "enc"},
        {"role": "assistant", "content": "Two."},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "b", "name": "g", "input": "x"},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
        {"type": "custom_tool_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "2"}]},
        instructions="First.",
    )
    assert [message.role for message in request.messages] == ["system", "system", "user", "assistant", "user"]
    assert request.messages[3].parts == (
        Reasoning(signature="enc", redacted=True),
        Text(text="Two."),
        ToolCall(id="a", name="f", arguments="{}"),
        ToolCall(id="b", name="g", arguments="x", kind="custom"),
    )
    assert request.messages[4].parts == (
        ToolResult(call_id="a", parts=(Text(text="1"),)),
        ToolResult(call_id="b", parts=(Text(text="2"),)),
    )
    assert request.messages[3].origin == Origin("openai_responses", "openai")


def test_a_string_is_one_question() -> None:
    request = CLIENT.decode_request(b'{"model":"m","input":"Hello"}')
    assert [message.text for message in request.messages] == ["Hello"]


def test_results_of_custom_tools_are_told_by_their_calls() -> None:
    messages = (
        Message(role="assistant", parts=(ToolCall(id="a", name="g", arguments="x", kind="custom"),), origin=CLAUDE),
        Message(
            role="user",
            parts=(
                ToolResult(call_id="a", parts=(Text(text="1"), Image(source=Link("https://x/y.png"))), name="g"),
                Text(text="Go on."),
                ToolResult(call_id="z", name="h", is_error=True, cache=Cache(), signature="s"),
            ),
            origin=CLAUDE,
        ),
    )
    body, notes = asked(ChatRequest(model="m", messages=messages))
    assert [item["type"] for item in body["input"]] == [
        "custom_tool_call", "custom_tool_call_output", "message", "function_call_output",
    ]  # fmt: skip
    assert body["input"][1]["output"][1] == {"type": "input_image", "detail": "auto", "image_url": "https://x/y.png"}
    assert body["input"][3]["output"] == ""
    where = "messages[1].parts[2]"
    assert told(notes) == [("dropped", f"{where}.{name}") for name in ("name", "is_error", "cache", "signature")]


def test_words_of_the_assistant() -> None:
    page = Citation(start=0, end=2, url="https://x", title="X", quote="q", extra={"kind": "web"})
    items, notes = said_by(
        Text(text="Hi", citations=(page, Citation(title="A book")), cache=Cache(), signature="s"),
        Refusal(text="No."),
    )
    assert items == [
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {
                    "type": "output_text",
                    "text": "Hi",
                    "annotations": [
                        {"type": "url_citation", "start_index": 0, "end_index": 2, "url": "https://x", "title": "X"}
                    ],
                },
                {"type": "refusal", "refusal": "No."},
            ],
        }
    ]
    where = "messages[1].parts[0]"
    assert told(notes) == [
        ("dropped", f"{where}.cache"),
        ("dropped", f"{where}.signature"),
        ("dropped", f"{where}.citations[0].quote"),
        ("dropped", f"{where}.citations[0].kind"),
        ("dropped", f"{where}.citations[1]"),
    ]


def test_one_plain_text_of_the_assistant_is_a_string() -> None:
    items, notes = said_by(Text(text="Hi"))
    assert (items, notes) == ([{"type": "message", "role": "assistant", "content": "Hi"}], ())


@pytest.mark.parametrize(
    ("part", "origin", "item"),
    [
        (Reasoning(text="hm", signature="s"), CLAUDE, None),
        (Reasoning(text="hm"), OPENAI, None),
        (Reasoning(text="hm", signature="s"), None, None),
        (
            Reasoning(text="hm", signature="s"),
            OPENAI,
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "s"},
        ),
        (
            Reasoning(signature="s", redacted=True),
            OPENAI,
            {"type": "reasoning", "summary": [], "encrypted_content": "s"},
        ),
    ],
)
def test_thinking_goes_back_to_its_own_family_only(part: Reasoning, origin: Origin | None, item: Any) -> None:
    items, notes = said_by(part, origin=origin)
    assert items == ([] if item is None else [item])
    assert told(notes) == ([("dropped", "messages[1].parts[0]")] if item is None else [])


def test_thinking_of_a_client_of_this_format_is_not_for_another_family() -> None:
    request = asking({"role": "user", "content": "?"}, {"type": "reasoning", "summary": [], "encrypted_content": "e"})
    body, notes = asked(request, provider_side(family="xai"))
    assert len(body["input"]) == 1
    assert told(notes) == [("dropped", "messages[1].parts[0]")]


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (Image(source=Inline("image/png", "AAAA")), "unsupported"),
        (Audio(source=Inline("audio/wav", "AAAA")), "unsupported"),
        (Video(source=Link("https://x")), "unsupported"),
        (Opaque(data={"type": "odd"}), "dropped"),
        (ToolCall(id="w", name="web_search", by_provider=True), "dropped"),
    ],
)
def test_what_the_assistant_cannot_say_here(part: Any, kind: str) -> None:
    items, notes = said_by(part)
    assert items == []
    assert told(notes) == [(kind, "messages[1].parts[0]")]


def test_what_is_written_by_hand_is_said() -> None:
    items, notes = said_by(Opaque(data={"type": "item_reference", "id": "msg_1"}), origin=None)
    assert (items, notes) == ([{"type": "item_reference", "id": "msg_1"}], ())
    items, notes = heard(Opaque(data={"type": "compaction_trigger"}), Image(source=Ref("file_1")), origin=None)
    assert items[0] == {"type": "compaction_trigger"}
    assert items[1]["content"] == [{"type": "input_image", "detail": "auto", "file_id": "file_1"}]
    assert notes == ()


def test_names_and_extra_of_messages_are_noted() -> None:
    messages = (
        Message(role="user", parts=(Text(text="a"),), name="Ann", origin=CLAUDE, extra={"mood": 1}),
        Message(role="assistant", parts=(Text(text="b"),), origin=CLAUDE, extra={"mood": 2}),
        Message(role="user", origin=CLAUDE, extra={"mood": 3}),
    )
    body, notes = asked(ChatRequest(model="m", messages=messages))
    assert len(body["input"]) == 2
    assert [note.where for note in notes] == [
        "messages[0].name", "messages[0].mood", "messages[1].mood", "messages[2].mood", "messages[2]",
    ]  # fmt: skip


def test_an_edited_turn_of_this_format_is_written_anew_and_the_rest_as_it_was() -> None:
    request = asking(
        {"role": "user", "content": [{"type": "input_text", "text": "One."}], "status": "completed"},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Two."}]},
    )
    user, answer = request.messages
    edited = Message(role="assistant", parts=(*answer.parts, ToolCall(id="a", name="f")), origin=answer.origin)
    body = json.loads(SIDE.encode_request(ChatRequest(model="m", messages=(user, edited))).body)
    assert body["input"] == [
        {"role": "user", "content": [{"type": "input_text", "text": "One."}], "status": "completed"},
        {"type": "message", "role": "assistant", "id": "msg_1",
         "content": [{"type": "output_text", "text": "Two.", "annotations": []}]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": ""},
    ]  # fmt: skip
