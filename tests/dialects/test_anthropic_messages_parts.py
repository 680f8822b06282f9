"""The parts of messages of other origins: what is said, and what the notes tell."""

from typing import Any

from pontage.dialects.anthropic_messages import provider_side
from pontage.domain import (
    Audio,
    Cache,
    Citation,
    Document,
    Image,
    Inline,
    Link,
    Message,
    Opaque,
    Origin,
    Plain,
    Reasoning,
    Ref,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from tests.dialects.anthropic_messages import GEMINI, OTHER, OWN, assistant, encode, texts, user


def test_arguments_become_an_object() -> None:
    said = ['{"a": 1}', "", "[1]", '{"a":', '"\\ud800"']
    calls = [ToolCall(id=f"c{n}", name="t", arguments=text) for n, text in enumerate(said)]
    free = ToolCall(id="c9", name="t", arguments="SELECT 1", kind="custom")
    results = [ToolResult(call_id=call.id) for call in [*calls, free]]
    body, notes = encode(user("Hi."), assistant(*calls, free), user(*results))
    inputs = [block["input"] for block in body["messages"][1]["content"]]
    assert inputs[:2] == [{"a": 1}, {}]
    assert inputs[2:] == [*({"_raw": text} for text in said[2:]), {"input": "SELECT 1"}]
    assert [where for _, where in notes] == [
        "messages[1].parts[2].arguments",
        "messages[1].parts[3].arguments",
        "messages[1].parts[4].arguments",
        "messages[1].parts[5]",
    ]


def test_tool_results_hold_text_and_pictures() -> None:
    picture = Image(source=Inline("image/png", "iVBORw0KGgo="), detail="auto")
    result = ToolResult(call_id="a", parts=(Text(text="See:"), picture, Audio(source=Ref("x"))), is_error=True)
    empty = ToolResult(call_id="b", parts=(Text(text=""),))
    body, notes = encode(
        user("Hi."), assistant(ToolCall(id="a", name="t"), ToolCall(id="b", name="t")), user(result, empty)
    )
    first, second = body["messages"][2]["content"]
    assert [block["type"] for block in first["content"]] == ["text", "image"]
    assert first["is_error"] is True
    assert second == {"type": "tool_result", "tool_use_id": "b", "content": ""}
    assert notes == [("unsupported", "messages[2].parts[0].parts[2]")]


def test_reasoning_goes_only_to_the_family_that_made_it() -> None:
    thought = Reasoning(text="Hm.", signature="sig")
    hidden = Reasoning(redacted=True, signature="blob", cache=Cache())
    foreign, notes = encode(user("Hi."), assistant(thought, hidden, "Ah.", origin=GEMINI))
    assert texts(foreign)[1] == ("assistant", ["Ah."])
    assert notes == [("dropped", "messages[1].parts[0]"), ("dropped", "messages[1].parts[1]")]
    bedrock = Origin("some_other_format", "anthropic")
    body, notes = encode(user("Hi."), assistant(thought, hidden, Reasoning(text="unsigned"), "Ah.", origin=bedrock))
    assert body["messages"][1]["content"][:2] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
        {"type": "redacted_thinking", "data": "blob"},
    ]
    assert notes == [("dropped", "messages[1].parts[1].cache"), ("dropped", "messages[1].parts[2]")]
    _, notes = encode(user("Hi."), assistant(thought, "Ah.", origin=OWN), side=provider_side(family="elsewhere"))
    assert ("dropped", "messages[1].parts[0]") in notes


def test_a_signature_on_another_part_is_noted() -> None:
    call = ToolCall(id="a", name="t", signature="thought")
    _, notes = encode(user("Hi."), assistant(call, origin=GEMINI), user(ToolResult(call_id="a")))
    assert notes == [("dropped", "messages[1].parts[0].signature")]


def test_pictures() -> None:
    def image(source: Any, **more: Any) -> Image:
        return Image(source=source, **more)

    body, notes = encode(
        user(
            image(Inline("image/jpg", "/9j/AAAA")),
            image(Inline("", "R0lGODlh")),
            image(Inline("image/heic", "AAAA"), detail="high"),
            image(Link("https://example.com/a", "image/png")),
            image(Ref("file-1")),
            image(Plain("no picture")),
        )
    )
    sources = [block["source"] for block in body["messages"][0]["content"]]
    assert [source.get("media_type") for source in sources] == ["image/jpeg", "image/gif", "image/heic", None]
    where = "messages[0].parts"
    assert notes == [
        ("approximated", f"{where}[0].source.media_type"),
        ("approximated", f"{where}[1].source.media_type"),
        ("dropped", f"{where}[2].detail"),
        ("unsupported", f"{where}[2].source.media_type"),
        ("dropped", f"{where}[3].source.media_type"),
        ("unsupported", f"{where}[4]"),
        ("unsupported", f"{where}[5]"),
    ]


def test_documents() -> None:
    body, notes = encode(
        user(
            Document(source=Inline("application/pdf", "JVBERg=="), title="A", context="B", citations=True),
            Document(source=Inline("text/markdown", "IyBIaQ==")),
            Document(source=Inline("text/plain", "/w==")),
            Document(source=Inline("application/zip", "AAAA")),
            Document(source=Plain("x", "text/csv")),
            Document(source=Plain("y")),
            Document(source=Link("https://example.com/a.pdf")),
            Document(source=Ref("file-1")),
        )
    )
    blocks = body["messages"][0]["content"]
    assert blocks[0]["title"] == "A"
    assert blocks[0]["citations"] == {"enabled": True}
    assert [block["source"].get("data") for block in blocks] == ["JVBERg==", "# Hi", "x", "y", None]
    where = "messages[0].parts"
    assert notes == [
        ("approximated", f"{where}[1].source"),
        ("unsupported", f"{where}[2]"),
        ("unsupported", f"{where}[3]"),
        ("approximated", f"{where}[4].source.media_type"),
        ("unsupported", f"{where}[7]"),
    ]


def test_what_the_assistant_cannot_have_said() -> None:
    picture = Image(source=Link("https://example.com/a.png"))
    parts = (Refusal(text="No."), picture, Audio(source=Ref("a")), ToolCall(id="s", name="search", by_provider=True))
    body, notes = encode(user("Hi."), assistant(*parts, Opaque(data={"type": "odd"})))
    assert texts(body)[1] == ("assistant", ["No."])
    kinds = ["approximated", "unsupported", "unsupported", "dropped", "dropped"]
    assert notes == [(kind, f"messages[1].parts[{number}]") for number, kind in enumerate(kinds)]


def test_extra_fields_and_names_of_another_format_are_dropped_one_by_one() -> None:
    part = Text(text="Hi.", extra={"mood": 1, "none": None}, citations=(Citation(url="https://example.com"),))
    message = Message(role="user", parts=(part,), name="ann", origin=OTHER, extra={"audio": {"id": 1}})
    _, notes = encode(message, extra={"logit_bias": {"1": 2}, "store": None, "flag": False})
    assert {where for _, where in notes} == {
        "messages[0].parts[0].mood",
        "messages[0].parts[0].citations",
        "messages[0].name",
        "messages[0].audio",
        "logit_bias",
        "flag",
    }


def test_what_a_user_of_the_sdk_writes_on_purpose_is_sent() -> None:
    free = Opaque(data={"type": "container_upload", "file_id": "f"})
    message = user("Hi.", free, Image(source=Ref("file_1")), origin=None)
    body, notes = encode(message, origin=None, extra={"inference_geo": "eu"})
    assert [block["type"] for block in body["messages"][0]["content"]] == ["text", "container_upload", "image"]
    assert body["inference_geo"] == "eu"
    assert notes == []
