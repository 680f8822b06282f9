"""Parts, media and results of generateContent, from and to values of other origins."""

import base64
import json
from typing import Any

import pytest

from pontage.dialects.google_generate import client_side, provider_side
from pontage.domain import (
    Audio,
    Cache,
    ChatRequest,
    Citation,
    Document,
    Image,
    Inline,
    Link,
    Message,
    Nested,
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
)
from tests.dialects.google_generate import FOREIGN, Notes

PNG = Inline("image/png", "iVBORw0KGgo=")


def written(*parts: Part, role: Any = "user", origin: Origin | None = FOREIGN) -> tuple[list[dict[str, Any]], Notes]:
    """The wire parts of a message, and the notes with paths from the part on."""
    messages = (Message(role="user", parts=(Text(text="-"),)), Message(role=role, parts=parts, origin=origin))
    result = provider_side(placeholder=False).encode_request(ChatRequest(model="m", messages=messages, origin=FOREIGN))
    contents = json.loads(result.body)["contents"]
    notes = [(note.kind, note.where.removeprefix("messages[1].parts")) for note in result.notes]
    return (contents[1]["parts"] if len(contents) > 1 else []), notes


def read(part: dict[str, Any]) -> Part:
    body = {"contents": [{"role": "user", "parts": [part]}]}
    return client_side().decode_request(json.dumps(body).encode()).messages[0].parts[0]


MEDIA: list[tuple[Part, dict[str, Any], Notes]] = [
    (Image(source=PNG), {"inlineData": {"mimeType": "image/png", "data": PNG.base64}}, []),
    (
        Image(source=PNG, detail="low"),
        {
            "inlineData": {"mimeType": "image/png", "data": PNG.base64},
            "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
        },
        [],
    ),
    (
        Image(source=PNG, detail="original"),
        {"inlineData": {"mimeType": "image/png", "data": PNG.base64}},
        [("dropped", "[0].detail")],
    ),
    (Image(source=PNG, detail="auto"), {"inlineData": {"mimeType": "image/png", "data": PNG.base64}}, []),
    (
        Image(source=Link("https://x.example/a.webp?size=2")),
        {"fileData": {"mimeType": "image/webp", "fileUri": "https://x.example/a.webp?size=2"}},
        [("injected", "[0].source.media_type")],
    ),
    (
        Image(source=Link("https://x.example/a.pdf")),
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x.example/a.pdf"}},
        [("injected", "[0].source.media_type")],
    ),
    (
        Video(source=Link("https://x.example/film")),
        {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.example/film"}},
        [("injected", "[0].source.media_type")],
    ),
    (
        Document(source=Link("https://x.example/a", "text/html"), title="T", context="C", citations=True),
        {"fileData": {"mimeType": "text/html", "fileUri": "https://x.example/a"}},
        [("dropped", "[0].title"), ("dropped", "[0].context"), ("dropped", "[0].citations")],
    ),
    (
        Document(source=Plain("Grüße")),
        {"inlineData": {"mimeType": "text/plain", "data": base64.b64encode("Grüße".encode()).decode()}},
        [("approximated", "[0].source")],
    ),
    (
        Audio(source=Inline("audio/wav", "AAAA"), id="a1", transcript="la", expires_at=9),
        {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}},
        [("dropped", "[0].id"), ("dropped", "[0].transcript"), ("dropped", "[0].expires_at")],
    ),
    (Refusal(text="No."), {"text": "No."}, [("approximated", "[0]")]),
    (
        Text(text="x", cache=Cache("5m"), citations=(Citation(url="u"),), extra={"odd": 1, "none": None}),
        {"text": "x"},
        [("dropped", "[0].citations"), ("dropped", "[0].cache"), ("dropped", "[0].odd")],
    ),
]


@pytest.mark.parametrize(("part", "wire", "notes"), MEDIA, ids=[str(index) for index in range(len(MEDIA))])
def test_a_part_of_another_format_is_said_as_well_as_it_can_be(part: Part, wire: dict[str, Any], notes: Notes) -> None:
    assert written(part) == ([wire], notes)


UNSAYABLE: list[tuple[Part, str]] = [
    (Image(source=Ref("file-1")), "unsupported"),
    (Opaque(data={"type": "novel"}), "dropped"),
    (Reasoning(text="Hm."), "dropped"),
    (Reasoning(redacted=True, signature="s"), "dropped"),
    (ToolCall(id="s1", name="web_search", by_provider=True), "dropped"),
]


@pytest.mark.parametrize(("part", "kind"), UNSAYABLE)
def test_what_cannot_be_said_leaves_a_note_and_nothing_else(part: Part, kind: str) -> None:
    assert written(part, role="assistant") == ([], [(kind, "[0]")])


def test_results_of_tools_that_another_provider_ran_are_dropped() -> None:
    result = ToolResult(call_id="s1", name="web_search", parts=(Text(text="found"),))
    assert written(result, Text(text="So."), role="assistant") == ([{"text": "So."}], [("dropped", "[0]")])


def test_a_document_made_of_parts_is_told_part_by_part() -> None:
    nested = Document(source=Nested((Text(text="a"), Image(source=PNG), Opaque(data={}))), cache=Cache())
    wire, notes = written(nested)
    assert wire == [{"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": PNG.base64}}]
    assert notes == [("approximated", "[0]"), ("dropped", "[0].source.parts[2]"), ("dropped", "[0].cache")]


def test_what_an_sdk_user_wrote_is_taken_at_his_word() -> None:
    parts = (
        Opaque(data={"executableCode": {"code": "1"}}),
        Image(source=Ref("files/1", "image/png")),
        Reasoning(text="Hm."),
    )
    wire, notes = written(*parts, role="assistant", origin=None)
    assert wire == [
        {"executableCode": {"code": "1"}},
        {"fileData": {"mimeType": "image/png", "fileUri": "files/1"}},
        {"text": "Hm.", "thought": True},
    ]
    assert notes == []


READ: list[tuple[dict[str, Any], Part]] = [
    ({"inlineData": {"mimeType": "image/png", "data": "_-8_-w"}}, Image(source=Inline("image/png", "/+8/+w=="))),
    ({"inlineData": {"mimeType": "text/plain", "data": "aGk="}}, Document(source=Inline("text/plain", "aGk="))),
    (
        {"inlineData": {"mimeType": "image/png", "data": PNG.base64, "displayName": "map"}},
        Image(source=PNG, extra={"inlineData": {"displayName": "map"}}),
    ),
    (
        {"fileData": {"fileUri": "https://x.example/a", "mimeType": "audio/mp3", "z": 1}},
        Audio(source=Link("https://x.example/a", "audio/mp3"), extra={"fileData": {"z": 1}}),
    ),
    ({"fileData": {"fileUri": "gs://b/o", "mimeType": "video/mp4"}}, Video(source=Ref("gs://b/o", "video/mp4"))),
    ({"fileData": {"fileUri": "https://x.example/a"}}, Document(source=Link("https://x.example/a"))),
    (
        {
            "inlineData": {"mimeType": "image/png", "data": PNG.base64},
            "mediaResolution": {"level": "MEDIA_RESOLUTION_MEDIUM"},
        },
        Image(source=PNG, extra={"mediaResolution": {"level": "MEDIA_RESOLUTION_MEDIUM"}}),
    ),
    ({"thoughtSignature": "c2ln"}, Text(text="", signature="c2ln")),
    ({"thoughtSignature": "c2ln", "thought": True}, Reasoning(signature="c2ln")),
    (
        {"executableCode": {"code": "1"}, "thoughtSignature": "c2ln"},
        Opaque(data={"executableCode": {"code": "1"}}, signature="c2ln"),
    ),
    (
        {"thought": True, "inlineData": {"mimeType": "image/png", "data": PNG.base64}},
        Image(source=PNG, extra={"thought": True}),
    ),
]


@pytest.mark.parametrize(("wire", "part"), READ, ids=[str(index) for index in range(len(READ))])
def test_a_part_is_read_for_what_it_is(wire: dict[str, Any], part: Part) -> None:
    assert read(wire) == part


RESULTS: list[tuple[dict[str, Any], str | None, bool]] = [
    ({"output": "fine"}, "fine", False),
    ({"output": {"a": 1}}, '{"a": 1}', False),
    ({"output": None}, "null", False),
    ({"error": "broken"}, "broken", True),
    ({"error": {"code": 1}}, '{"code": 1}', True),
    ({"error": None}, '{"error": null}', False),
    ({"a": 1, "b": [2]}, '{"a": 1, "b": [2]}', False),
    ({}, None, False),
]


@pytest.mark.parametrize(("response", "text", "is_error"), RESULTS, ids=[str(index) for index in range(len(RESULTS))])
def test_a_result_object_is_read_as_text(response: dict[str, Any], text: str | None, is_error: bool) -> None:
    part = read({"functionResponse": {"name": "f", "id": "i", "response": response}})
    parts = () if text is None else (Text(text=text),)
    assert part == ToolResult(call_id="i", name="f", parts=parts, is_error=is_error)


WRITTEN_RESULTS: list[tuple[ToolResult, dict[str, Any], Notes]] = [
    (ToolResult(call_id="i", name="f", parts=(Text(text='{"a": 1.50}'),)), {"response": {"a": 1.5}}, []),
    (
        ToolResult(call_id="i", name="f", parts=(Text(text='{"output": 1}'),)),
        {"response": {"output": '{"output": 1}'}},
        [],
    ),
    (ToolResult(call_id="i", name="f", parts=(Text(text='{"$ref": 1}'),)), {"response": {"output": '{"$ref": 1}'}}, []),
    (ToolResult(call_id="i", name="f", parts=(Text(text="{oops"),)), {"response": {"output": "{oops"}}, []),
    (ToolResult(call_id="i", name="f", parts=(Text(text="[1]"),)), {"response": {"output": "[1]"}}, []),
    (ToolResult(call_id="i", name="f"), {"response": {}}, []),
    (
        ToolResult(call_id="i", name="f", parts=(Text(text="a"), Text(text="b", cache=Cache(), extra={"z": 1}))),
        {"response": {"output": "a\nb"}},
        [("dropped", "[0].parts[1].cache"), ("dropped", "[0].parts[1].z"), ("approximated", "[0].parts")],
    ),
    (
        ToolResult(call_id="i", name="f", parts=(Image(source=PNG, detail="low", extra={"z": 1}), Reasoning(text="?"))),
        {"response": {}, "parts": [{"inlineData": {"mimeType": "image/png", "data": PNG.base64}}]},
        [("dropped", "[0].parts[0].detail"), ("dropped", "[0].parts[0].z"), ("dropped", "[0].parts[1]")],
    ),
    (
        ToolResult(
            call_id="i",
            name="f",
            parts=(Image(source=Link("https://x.example/a.png")), Document(source=Plain("t")), Image(source=Ref("f1"))),
        ),
        {
            "response": {},
            "parts": [
                {"fileData": {"mimeType": "image/png", "fileUri": "https://x.example/a.png"}},
                {"inlineData": {"mimeType": "text/plain", "data": "dA=="}},
            ],
        },
        [
            ("injected", "[0].parts[0].source.media_type"),
            ("approximated", "[0].parts[1].source"),
            ("unsupported", "[0].parts[2]"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("result", "wire", "notes"), WRITTEN_RESULTS, ids=[str(i) for i in range(len(WRITTEN_RESULTS))]
)
def test_a_result_is_written_as_an_object(result: ToolResult, wire: dict[str, Any], notes: Notes) -> None:
    assert written(result) == ([{"functionResponse": {"name": "f", "id": "i", **wire}}], notes)


ARGUMENTS: list[tuple[str, Any, Notes]] = [
    ("", {}, []),
    ("null", {}, [("approximated", "[0].arguments")]),
    ('{"a": 1}', {"a": 1}, []),
    ("[1]", {"_raw": "[1]"}, [("approximated", "[0].arguments")]),
    ('{"a": ', {"_raw": '{"a": '}, [("approximated", "[0].arguments")]),
]


@pytest.mark.parametrize(("text", "args", "notes"), ARGUMENTS)
def test_arguments_are_an_object_whatever_the_model_wrote(text: str, args: Any, notes: Notes) -> None:
    wire, told = written(ToolCall(id="i", name="f", arguments=text), role="assistant")
    assert wire == [{"functionCall": {"id": "i", "name": "f", "args": args}}]
    assert told == notes


def test_free_text_calls_become_functions_with_one_string() -> None:
    wire, notes = written(ToolCall(id="i", name="f", arguments="go left", kind="custom"), role="assistant")
    assert wire == [{"functionCall": {"id": "i", "name": "f", "args": {"input": "go left"}}}]
    assert notes == [("approximated", "[0]")]
