"""How conversations of other origins are said in Cohere's format, and what is noted."""

from typing import Any

import pytest

from pontage.domain import (
    Audio,
    Cache,
    Citation,
    Document,
    Image,
    Inline,
    Link,
    Nested,
    Opaque,
    Plain,
    Reasoning,
    Ref,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from tests.dialects.cohere_chat import OWN, assistant, encode, system, user

CALL = ToolCall(id="c", name="tide", arguments="{}")
PNG = Image(source=Inline("image/png", "aGk="))
AT = "messages[0].parts[0]"


@pytest.mark.parametrize(
    ("part", "block", "notes"),
    [
        (PNG, {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}, []),
        (
            Image(source=Link("https://a/b", media_type="image/png"), detail="original"),
            {"type": "image_url", "image_url": {"url": "https://a/b"}},
            [("dropped", f"{AT}.source.media_type"), ("dropped", f"{AT}.detail")],
        ),
        (Image(source=Ref("f")), None, [("unsupported", AT)]),
        (Audio(source=Inline("audio/wav", "aGk=")), None, [("unsupported", AT)]),
        (Opaque(data={"type": "odd"}), None, [("dropped", AT)]),
        (CALL, None, [("unsupported", AT)]),
        (Text(text=""), None, [("dropped", AT)]),
        (
            Text(text="a", cache=Cache(), signature="s", extra={"x": 1, "y": None}),
            {"type": "text", "text": "a"},
            [("dropped", f"{AT}.cache"), ("dropped", f"{AT}.signature"), ("dropped", f"{AT}.x")],
        ),
        (Text(text="a", citations=(Citation(),)), {"type": "text", "text": "a"}, [("dropped", f"{AT}.citations")]),
        (
            Document(source=Plain("Low."), title="Tide", context="c", citations=True),
            {"type": "text", "text": '<document title="Tide">\nLow.\n</document>'},
            [("approximated", AT), ("dropped", f"{AT}.context"), ("dropped", f"{AT}.citations")],
        ),
        (
            Document(source=Inline("text/plain", "TG93Lg==")),
            {"type": "text", "text": "<document>\nLow.\n</document>"},
            [("approximated", f"{AT}.source"), ("approximated", AT)],
        ),
        (Document(source=Inline("text/plain", "/w==")), None, [("unsupported", AT)]),
        (Document(source=Inline("application/pdf", "aGk=")), None, [("unsupported", AT)]),
        (
            Document(source=Nested((Text(text="in"), Image(source=Ref("x"))))),
            {"type": "text", "text": "in"},
            [("approximated", AT), ("unsupported", f"{AT}.source.parts[1]")],
        ),
    ],
)
def test_parts_of_the_user(part: Any, block: Any, notes: Any) -> None:
    body, noted = encode(user(part, "and"))
    last = {"type": "text", "text": "and"}
    assert body["messages"] == [{"role": "user", "content": "and" if block is None else [block, last]}]
    assert noted == notes


def test_the_assistants_turn_has_a_field_for_each_kind() -> None:
    body, notes = encode(user("Hi."), assistant("Hm.", CALL), user(ToolResult(call_id="c", parts=(Text(text="1"),))))
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Hm.",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "tide", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "1"},
    ]
    assert notes == []


def test_another_order_is_noted() -> None:
    _, notes = encode(assistant(CALL, "Hm."))
    assert notes == [("approximated", "messages[0].parts")]


@pytest.mark.parametrize(
    ("part", "content", "notes"),
    [
        (Reasoning(text="Hm.", signature="s"), None, [("dropped", AT)]),
        (Reasoning(redacted=True, signature="s"), None, [("dropped", AT)]),
        (Refusal(text="No."), "No.", [("approximated", AT)]),
        (PNG, None, [("unsupported", AT)]),
        (Text(text="a", citations=(Citation(start=0, end=1),)), "a", [("dropped", f"{AT}.citations")]),
        (Text(text=""), None, [("dropped", AT), ("dropped", "messages[0]")]),
        (ToolCall(id="w", name="search", by_provider=True), None, [("dropped", AT)]),
    ],
)
def test_parts_of_the_assistant(part: Any, content: Any, notes: Any) -> None:
    body, noted = encode(assistant(part), user("Go on."))
    assert noted == notes
    assert [message.get("content") for message in body["messages"]] == ([content] if content else []) + ["Go on."]


def test_what_a_user_of_the_sdk_thought_up_is_said() -> None:
    cited = Text(text="Vik.", citations=(Citation(start=0, end=3, url="https://v", title="Vik", quote="V"),))
    body, notes = encode(assistant(Reasoning(text="Hm.", signature="s"), cited, origin=None), origin=None)
    assert body["messages"] == [
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Vik."}],
            "citations": [
                {
                    "start": 0,
                    "end": 3,
                    "text": "Vik",
                    "sources": [
                        {
                            "type": "document",
                            "id": "https://v",
                            "document": {"title": "Vik", "url": "https://v", "text": "V"},
                        }
                    ],
                    "content_index": 1,
                    "type": "TEXT_CONTENT",
                }
            ],
        }
    ]
    assert notes == [("dropped", f"{AT}.signature")]


@pytest.mark.parametrize(
    ("call", "arguments", "notes"),
    [
        (ToolCall(id="c", name="t"), "{}", []),
        (ToolCall(id="c", name="t", arguments="not JSON"), "not JSON", []),
        (ToolCall(id="c", name="t", arguments="x", kind="custom"), '{"input":"x"}', [("approximated", AT)]),
        (ToolCall(id="c", name="t", arguments="{}", signature="s"), "{}", [("dropped", f"{AT}.signature")]),
    ],
)
def test_calls(call: ToolCall, arguments: str, notes: Any) -> None:
    body, noted = encode(assistant(call))
    assert body["messages"][0]["tool_calls"][0]["function"] == {"name": "t", "arguments": arguments}
    assert noted == notes


def test_results_stand_first_and_pictures_behind_them() -> None:
    first = ToolResult(call_id="a", parts=(Text(text="1"), PNG), is_error=True, name="odd")
    second = ToolResult(call_id="c", parts=(Document(source=Plain("Low."), title="Tide"),), name="tide")
    body, notes = encode(assistant(CALL), user("So:", first, second))
    assert body["messages"][1:] == [
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {
            "role": "tool",
            "tool_call_id": "c",
            "content": [{"type": "document", "document": {"data": {"text": "Low.", "title": "Tide"}}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "From the result of call a:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            ],
        },
        {"role": "user", "content": "So:"},
    ]
    assert notes == [
        ("approximated", "messages[1].parts"),
        ("approximated", "messages[1].parts[1].parts[1]"),
        ("dropped", "messages[1].parts[1].is_error"),
        ("dropped", "messages[1].parts[1].name"),
    ]


@pytest.mark.parametrize(
    ("part", "content", "notes"),
    [
        (Document(source=Plain('{"a":1}', "application/json"), title="T"), {"a": 1, "title": "T"}, []),
        (Document(source=Plain("x", "text/markdown")), {"text": "x"}, ["source.media_type"]),
        (Document(source=Plain("{", "application/json")), {"text": "{"}, ["source.media_type"]),
        (Document(source=Plain("x"), context="c", citations=True), {"text": "x"}, ["context", "citations"]),
        (Document(source=Ref("f")), None, [""]),
    ],
)
def test_documents_of_results(part: Document, content: Any, notes: list[str]) -> None:
    body, noted = encode(user(ToolResult(call_id="c", parts=(part,))))
    block = {"type": "document", "document": {"data": content}}
    assert body["messages"] == [{"role": "tool", "tool_call_id": "c", "content": [block] if content else ""}]
    assert [where for _, where in noted] == [f"{AT}.parts[0].{name}".rstrip(".") for name in notes]


def test_pictures_of_the_last_result_end_the_conversation() -> None:
    nested = Document(source=Nested((PNG, Text(text="in", citations=(Citation(),)))))
    body, notes = encode(user(ToolResult(call_id="c", parts=(nested,))))
    assert [message["role"] for message in body["messages"]] == ["tool", "user"]
    assert ("approximated", f"{AT}.parts[0]") in notes


def test_instructions_are_text() -> None:
    body, notes = encode(system("Be brief.", PNG), user("Hi."))
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert notes == [("unsupported", "messages[0].parts[1]")]


def test_own_turns_stand_as_they_came() -> None:
    turns = [assistant("", origin=OWN), user(origin=OWN), assistant(origin=OWN)]
    body, notes = encode(*turns, origin=OWN)
    assert [message["role"] for message in body["messages"]] == ["assistant", "user", "assistant"]
    assert notes == []


def test_a_conversation_of_which_nothing_can_be_said_begins_anew() -> None:
    body, notes = encode(user(Audio(source=Inline("audio/wav", "aGk="))))
    assert body["messages"] == [{"role": "user", "content": "Begin."}]
    assert notes == [("unsupported", AT), ("injected", "messages")]
