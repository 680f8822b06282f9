"""Requests of other origins in OpenAI's words: what they become, and what the notes say of it."""

import json
from typing import Any

import pytest

from pontage.dialects.openai_chat import provider_side
from pontage.domain import (
    Audio,
    Cache,
    ChatRequest,
    Citation,
    Document,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    Nested,
    Note,
    Opaque,
    Origin,
    Part,
    Plain,
    Reasoning,
    Ref,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)  # fmt: skip

FOREIGN = Origin("anthropic_messages", "anthropic", "claude-9")
TOOL = FunctionTool(name="tide", parameters={"type": "object"})
PICTURE = Image(source=Inline("image/png", "AAAA"))


def user(*parts: Part, **more: Any) -> Message:
    return Message(role="user", parts=parts, origin=FOREIGN, **more)


def model(*parts: Part, **more: Any) -> Message:
    return Message(role="assistant", parts=parts, origin=FOREIGN, **more)


def write(request: ChatRequest, **options: Any) -> tuple[Any, list[Note]]:
    encoded = provider_side(**options).encode_request(request)
    return json.loads(encoded.body), list(encoded.notes)


def say(*messages: Message, options: Any = None, **fields: Any) -> tuple[Any, list[tuple[str, str]]]:
    """What is written of a foreign request, and the kind and path of every note."""
    request = ChatRequest(model="m", messages=messages or (user(Text(text="Hm.")),), origin=FOREIGN, **fields)
    wire, notes = write(request, **(options or {}))
    return wire, [(note.kind, note.where) for note in notes]


def test_results_come_first_and_pictures_follow_the_last_of_them() -> None:
    first = ToolResult(call_id="a", parts=(Text(text="x"), PICTURE), is_error=True)
    second = ToolResult(call_id="b", parts=(Text(text="y"), Text(text="z")), name="tide")
    wire, notes = say(user(Text(text="Look:"), first), user(second), model(Text(text="I see.")), user(first))
    assert [message["role"] for message in wire["messages"]] == [
        "tool", "user", "user", "tool", "assistant", "tool", "user",
    ]  # fmt: skip
    assert wire["messages"][0] == {"role": "tool", "tool_call_id": "a", "content": "x"}
    assert ("approximated", "messages[0].parts") in notes
    assert ("approximated", "messages[0].parts[1].parts[1]") in notes
    assert ("dropped", "messages[0].parts[1].is_error") in notes


def test_pictures_wait_for_all_results_of_the_turn() -> None:
    first, second = (ToolResult(call_id=name, parts=(PICTURE,)) for name in "ab")
    wire, notes = say(user(first), user(second), model(Text(text="Fine.")))
    assert [message["role"] for message in wire["messages"]] == ["tool", "tool", "user", "assistant"]
    assert wire["messages"][0]["content"] == ""
    captions = [part["text"] for part in wire["messages"][2]["content"] if part["type"] == "text"]
    assert len(captions) == 2
    assert "a" in captions[0]
    assert notes == [("approximated", f"messages[{index}].parts[0].parts[0]") for index in (0, 1)]
    wire, _ = say(user(first))
    assert [message["role"] for message in wire["messages"]] == ["tool", "user"]


def test_what_stands_on_a_result_or_beside_it() -> None:
    result = ToolResult(call_id="a", cache=Cache(), signature="s", extra={"odd": 1})
    wire, notes = say(user(result, name="ada", extra={"mood": "x"}))
    assert wire["messages"] == [{"role": "tool", "tool_call_id": "a", "content": ""}]
    assert set(notes) == {
        ("dropped", "messages[0].name"), ("dropped", "messages[0].mood"), ("dropped", "messages[0].parts[0].cache"),
        ("dropped", "messages[0].parts[0].signature"), ("dropped", "messages[0].parts[0].odd"),
    }  # fmt: skip


def test_a_turn_of_which_nothing_is_left_is_left_out() -> None:
    wire, notes = say(model(Reasoning(text="Hm.", signature="s")), user(Text(text="Well?"), extra={"odd": ""}))
    assert [message["role"] for message in wire["messages"]] == ["user"]
    assert notes == [("dropped", "messages[0].parts[0]")]
    system = Message(role="system", parts=(PICTURE,), origin=FOREIGN, extra={"odd": 1})
    assert say(system, user(Text(text="x")))[1] == [
        ("unsupported", "messages[0].parts[0]"), ("dropped", "messages[0].odd"),
    ]  # fmt: skip


THOUGHTS = (
    Reasoning(text="a", signature="s", cache=Cache()),
    Reasoning(text="b", extra={"odd": 1}),
    Reasoning(signature="d", redacted=True),
    Reasoning(signature="e"),
    Reasoning(),
)


def test_thinking_goes_back_as_far_as_the_server_takes_it() -> None:
    _, notes = say(model(*THOUGHTS, Text(text="x")))
    assert notes == [("dropped", f"messages[0].parts[{index}]") for index in range(5)]
    wire, notes = say(model(*THOUGHTS, Text(text="x")), options={"reasoning_field": "reasoning"})
    assert wire["messages"][0]["reasoning"] == "ab"
    assert "reasoning_details" not in wire["messages"][0]
    assert set(notes) == {
        ("dropped", "messages[0].parts[0].cache"), ("dropped", "messages[0].parts[0].signature"),
        ("dropped", "messages[0].parts[1].odd"), ("dropped", "messages[0].parts[2]"),
        ("dropped", "messages[0].parts[3]"), ("dropped", "messages[0].parts[4]"), ("approximated", "messages[0].parts"),
    }  # fmt: skip
    wire, _ = say(model(*THOUGHTS), options={"reasoning_field": "reasoning", "family": "anthropic"})
    assert [detail.get("signature", detail.get("data")) for detail in wire["messages"][0]["reasoning_details"]] == [
        "s", None, "d", "e",
    ]  # fmt: skip
    assert {detail["format"] for detail in wire["messages"][0]["reasoning_details"]} == {"anthropic-claude-v1"}
    wire, notes = say(model(Reasoning(text="a"), Text(text="x")), options={"reasoning_field": "reasoning_content"})
    assert (wire["messages"][0]["reasoning_content"], notes) == ("a", [])


def test_a_server_that_insists_on_the_field_gets_it_empty() -> None:
    options = {"reasoning_field": "reasoning_content", "reasoning_owed": True}
    wire, _ = say(model(ToolCall(id="a", name="f")), options=options)
    assert wire["messages"][0]["reasoning_content"] == ""
    assert wire["messages"][0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_the_order_of_an_assistants_parts_is_given_up_with_a_note() -> None:
    call = ToolCall(id="a", name="f", arguments="{}", cache=Cache(), signature="s")
    wire, notes = say(model(call, Text(text="x", citations=(Citation(url="u"),)), Text(text="y", signature="s")))
    message = wire["messages"][0]
    assert message["content"] == [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}]
    assert set(notes) == {
        ("approximated", "messages[0].parts"), ("dropped", "messages[0].parts[0].cache"),
        ("dropped", "messages[0].parts[0].signature"), ("dropped", "messages[0].parts[1].citations"),
        ("dropped", "messages[0].parts[2].signature"),
    }  # fmt: skip


def test_what_an_assistant_cannot_have_said_here() -> None:
    parts = (
        Opaque(data={"type": "odd"}), ToolCall(id="s", name="search", by_provider=True), PICTURE,
        Audio(source=Inline("audio/wav", "AAAA"), id="v"), ToolResult(call_id="s"), Refusal(text="No", cache=Cache()),
        Refusal(text="!"),
    )  # fmt: skip
    wire, notes = say(model(*parts))
    assert wire["messages"] == [{"role": "assistant", "content": None, "refusal": "No!"}]
    assert notes == [
        ("dropped", "messages[0].parts[0]"), ("dropped", "messages[0].parts[1]"),
        ("unsupported", "messages[0].parts[2]"), ("unsupported", "messages[0].parts[3]"),
        ("unsupported", "messages[0].parts[4]"), ("dropped", "messages[0].parts[5].cache"),
        ("approximated", "messages[0].parts"),
    ]  # fmt: skip


def test_gemini_proofs_go_to_gemini_only() -> None:
    gemini = Origin("google_generate", "google", "gemini-9")
    spoken = Message(role="assistant", parts=(ToolCall(id="a", name="f", signature="s"),), origin=gemini)
    request = ChatRequest(model="m", messages=(spoken,), origin=gemini)
    wire, notes = write(request, family="google")
    assert wire["messages"][0]["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "s"}}
    assert notes == []
    wire, notes = write(request)
    assert "extra_content" not in wire["messages"][0]["tool_calls"][0]
    assert [note.where for note in notes] == ["messages[0].parts[0].signature"]


MEDIA: list[tuple[Part, Any, list[tuple[str, str]]]] = [
    (Image(source=Link("u", "image/png"), detail="low"),
     {"type": "image_url", "image_url": {"url": "u", "detail": "low"}},
     [("dropped", ".source.media_type")]),
    (Image(source=Ref("f")), None, [("unsupported", "")]),
    (Audio(source=Inline("audio/mpeg", "AAAA")),
     {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}, []),
    (Audio(source=Inline("audio/flac", "AAAA")), None, [("unsupported", "")]),
    (Audio(source=Link("u")), None, [("unsupported", "")]),
    (Video(source=Link("u")), None, [("unsupported", "")]),
    (Document(source=Inline("application/pdf", "AAAA"), title="t.pdf", context="c", citations=True),
     {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "t.pdf"}},
     [("dropped", ".context"), ("dropped", ".citations")]),
    (Document(source=Inline("application/pdf", "AAAA")),
     {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "attachment.pdf"}},
     [("injected", ".title")]),
    (Document(source=Inline("text/csv", "AAAA")),
     {"type": "file", "file": {"file_data": "data:text/csv;base64,AAAA", "filename": "attachment.csv"}},
     [("injected", ".title")]),
    (Document(source=Plain("text"), title="t"), {"type": "text", "text": '<document title="t">\ntext\n</document>'},
     [("approximated", "")]),
    (Document(source=Plain("text")), {"type": "text", "text": "<document>\ntext\n</document>"}, [("approximated", "")]),
    (Document(source=Link("u")), None, [("unsupported", "")]),
    (Document(source=Ref("f")), None, [("unsupported", "")]),
    (Document(source=Nested((Text(text="a"),))), {"type": "text", "text": "a"}, [("approximated", "")]),
    (Opaque(data={"type": "odd"}), None, [("dropped", "")]),
    (ToolCall(id="a", name="f"), None, [("unsupported", "")]),
    (Text(text="a", cache=Cache("1h"), signature="s", extra={"odd": 1}, citations=(Citation(),)),
     {"type": "text", "text": "a"},
     [("dropped", ".citations"), ("dropped", ".cache"), ("dropped", ".signature"), ("dropped", ".odd")]),
    (Refusal(text="No"), {"type": "refusal", "refusal": "No"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("part", "told", "notes"), MEDIA)
def test_content_of_another_format(part: Part, told: Any, notes: list[tuple[str, str]]) -> None:
    wire, found = say(user(Text(text="x"), part))
    assert wire["messages"][0]["content"] == ([{"type": "text", "text": "x"}, told] if told else "x") or (
        wire["messages"][0]["content"] == [{"type": "text", "text": "x"}] and told is None
    )
    assert found == [(kind, f"messages[0].parts[1]{rest}") for kind, rest in notes]
