"""Requests of other origins, said in Ollama's format: what goes where, and what the notes tell."""

from typing import Any

import pytest

from pontage.domain import (
    Audio,
    Cache,
    Document,
    Image,
    Inline,
    Link,
    Nested,
    Opaque,
    Origin,
    Plain,
    Reasoning,
    Ref,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from pontage.domain.parts import Citation
from tests.dialects.ollama_chat import OWN, PNG, assistant, encode, system, user

PICTURE = Image(source=Inline("image/png", PNG))
CALL = ToolCall(id="c1", name="look", arguments='{"at":"sea"}')


def test_parts_go_where_their_order_lets_them() -> None:
    body, notes = encode(user(PICTURE, PICTURE, "Look.", PICTURE, "And?"))
    assert body["messages"] == [
        {"role": "user", "content": "Look.", "images": [PNG, PNG]},
        {"role": "user", "content": "And?", "images": [PNG]},
    ]
    assert notes == []


def test_system_messages_and_texts_of_people_stay_apart() -> None:
    body, notes = encode(system("One.", "Two."), user("Hi."), system("Three."), user("Go."))
    assert [(turn["role"], turn["content"]) for turn in body["messages"]] == [
        ("system", "One."), ("system", "Two."), ("user", "Hi."), ("system", "Three."), ("user", "Go."),
    ]  # fmt: skip
    assert notes == []


def test_what_a_model_said_in_pieces_is_one_text() -> None:
    body, notes = encode(user("Hm."), assistant(Reasoning(text="Well."), "It is ", "noon.", CALL, "So."))
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "thinking": "Well.",
            "content": "It is noon.",
            "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": {"at": "sea"}}}],
        },
        {"role": "assistant", "content": "So."},
    ]
    assert notes == [("approximated", "messages[1].parts[1]"), ("approximated", "messages[1].parts[2]")]


def test_thinking_goes_along_without_what_only_its_provider_reads() -> None:
    body, notes = encode(
        user("Hm."),
        assistant(Reasoning(text="Well.", signature="s"), Reasoning(redacted=True, signature="x"), "So."),
    )
    assert body["messages"][1] == {"role": "assistant", "thinking": "Well.", "content": "So."}
    assert notes == [("dropped", "messages[1].parts[0].signature"), ("dropped", "messages[1].parts[1]")]


def test_results_are_messages_of_their_own() -> None:
    result = ToolResult(call_id="c1", parts=(Text(text="a"), Text(text="b"), PICTURE), is_error=True)
    body, notes = encode(user("Hm."), assistant(CALL), user(result, "Go on."))
    assert body["messages"][2:] == [
        {"role": "tool", "content": "a\nb", "images": [PNG], "tool_name": "look", "tool_call_id": "c1"},
        {"role": "user", "content": "Go on."},
    ]
    assert notes == [("approximated", "messages[2].parts[0].parts"), ("dropped", "messages[2].parts[0].is_error")]


def test_a_result_that_says_too_much() -> None:
    parts: Any = (Reasoning(text="Hm."), CALL, Audio(source=Ref("a")), Document(source=Plain("x")))
    result = ToolResult(call_id="?", parts=parts, cache=Cache(), signature="s", extra={"odd": 1, "none": None})
    body, notes = encode(user(result))
    assert body["messages"] == [{"role": "tool", "content": "x", "tool_call_id": "?"}]
    assert notes == [
        ("unsupported", "messages[0].parts[0].parts[0]"),
        ("unsupported", "messages[0].parts[0].parts[1]"),
        ("unsupported", "messages[0].parts[0].parts[2]"),
        ("approximated", "messages[0].parts[0].parts[3]"),
        ("dropped", "messages[0].parts[0].cache"),
        ("dropped", "messages[0].parts[0].signature"),
        ("dropped", "messages[0].parts[0].odd"),
    ]


@pytest.mark.parametrize(
    ("part", "said", "note"),
    [
        (Text(text="Hi.", cache=Cache()), "Hi.", ("dropped", ".cache")),
        (Text(text="Hi.", signature="s"), "Hi.", ("dropped", ".signature")),
        (Text(text="Hi.", citations=(Citation(url="u"),)), "Hi.", ("dropped", ".citations")),
        (Text(text="Hi.", extra={"odd": 1, "none": None}), "Hi.", ("dropped", ".odd")),
        (Refusal(text="No."), "No.", ("approximated", "")),
        (Document(source=Plain("x"), title="T", context="C"), "T\n\nC\n\nx", ("approximated", "")),
        (Document(source=Nested((Text(text="a"), Text(text="b")))), "a\n\nb", ("approximated", "")),
        (Document(source=Nested((PICTURE,))), None, ("unsupported", "")),
        (Document(source=Inline("application/pdf", "AAAA")), None, ("unsupported", "")),
        (Audio(source=Inline("audio/wav", "AAAA")), None, ("unsupported", "")),
        (Video(source=Link("https://v.example")), None, ("unsupported", "")),
        (Image(source=Link("https://p.example")), None, ("unsupported", "")),
        (Image(source=Ref("file-1")), None, ("unsupported", "")),
        (Opaque(data={"type": "odd"}), None, ("dropped", "")),
        (ToolCall(id="w", name="search", by_provider=True), None, ("dropped", "")),
        (Reasoning(signature="s"), None, ("dropped", "")),
    ],
)
def test_every_part_is_said_or_noted(part: Any, said: str | None, note: tuple[str, str]) -> None:
    body, notes = encode(user(part, "End."))
    assert [turn["content"] for turn in body["messages"]] == ([said, "End."] if said else ["End."])
    assert notes == [(note[0], f"messages[0].parts[0]{note[1]}")]


def test_what_a_picture_loses() -> None:
    _, notes = encode(user(Image(source=Inline("image/heic", "AAAA"), detail="high")))
    assert notes == [
        ("approximated", "messages[0].parts[0].source.media_type"),
        ("dropped", "messages[0].parts[0].detail"),
    ]
    assert encode(user(Image(source=Inline("image/png", "AAAA"), detail="auto")))[1] == []


@pytest.mark.parametrize(
    ("call", "arguments", "note"),
    [
        (ToolCall(id="c", name="f", arguments=""), {}, None),
        (ToolCall(id="c", name="f", arguments="null"), {}, ".arguments"),
        (ToolCall(id="c", name="f", arguments="[1]"), {"_raw": "[1]"}, ".arguments"),
        (ToolCall(id="c", name="f", arguments="{"), {"_raw": "{"}, ".arguments"),
        (ToolCall(id="c", name="f", arguments="free", kind="custom"), {"input": "free"}, ""),
    ],
)
def test_arguments_are_an_object(call: ToolCall, arguments: Any, note: str | None) -> None:
    body, notes = encode(user("Hm."), assistant(call))
    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == arguments
    assert notes == ([] if note is None else [("approximated", f"messages[1].parts[0]{note}")])


def test_extra_fields_go_home_only() -> None:
    call = ToolCall(id="c", name="f", extra={"kind": 1, "function": {"speed": 2}})
    home, notes = encode(
        user("Hm."), assistant(call, origin=OWN), origin=OWN, extra={"odd": 1, "options": {"a": 1}}, seed=3
    )
    assert home["messages"][1]["tool_calls"][0] == {
        "id": "c", "function": {"name": "f", "arguments": {}, "speed": 2}, "kind": 1,
    }  # fmt: skip
    assert (home["odd"], home["options"], notes) == (1, {"seed": 3, "a": 1}, [])
    _, notes = encode(user("Hm."), assistant(call), extra={"odd": 1, "none": None, "empty": []})
    assert notes == [
        ("dropped", "messages[1].parts[0].kind"), ("dropped", "messages[1].parts[0].function"), ("dropped", "odd"),
    ]  # fmt: skip


def test_what_only_the_other_form_says_stays_there() -> None:
    prompted = Origin("ollama_generate")
    body, notes = encode(user("Hm.", origin=prompted), origin=prompted, extra={"keep_alive": 0, "suffix": "}"})
    assert body["keep_alive"] == 0
    assert "suffix" not in body
    assert notes == [("dropped", "suffix")]


def test_participants_have_no_names() -> None:
    named = user("Hm.", Opaque(data={}))
    _, notes = encode(type(named)(role="user", parts=(Text(text="Hm."),), name="ada", origin=OWN, extra={"odd": 1}))
    assert notes == [("dropped", "messages[0].name")]
