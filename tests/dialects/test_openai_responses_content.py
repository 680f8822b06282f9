"""Content of messages, both ways, and what a client may not send."""

import json
from typing import Any

import pytest

from pontage.dialects.openai_responses import provider_side
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
    Plain,
    Reasoning,
    Ref,
    Refusal,
    Text,
    Video,
)
from pontage.errors import InvalidRequestError
from tests.dialects.openai_responses import CLAUDE, CLIENT, asked, asking, heard, told


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (Image(source=Inline("image/png", "AAAA"), detail="low"),
         {"type": "input_image", "detail": "low", "image_url": "data:image/png;base64,AAAA"}),
        (Document(source=Inline("application/pdf", "AAAA"), title="a.pdf"),
         {"type": "input_file", "file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}),
        (Document(source=Link("https://x/a.pdf")), {"type": "input_file", "file_url": "https://x/a.pdf"}),
        (Audio(source=Inline("audio/mpeg", "AAAA")),
         {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}),
    ],
)  # fmt: skip
def test_media_of_the_user(part: Any, content: Any) -> None:
    items, notes = heard(part)
    assert items[0]["content"] == [content]
    assert notes == ()
    again = asking(*items).messages[0].parts[0]
    assert again == (part if not isinstance(part, Audio) else Audio(source=Inline("audio/mp3", "AAAA")))


@pytest.mark.parametrize(
    ("part", "notes"),
    [
        (Image(source=Ref("f")), [("unsupported", "")]),
        (Image(source=Link("https://x", media_type="image/png")), [("dropped", ".source.media_type")]),
        (Document(source=Ref("f")), [("unsupported", "")]),
        (Document(source=Plain("x"), title="T", context="c", citations=True),
         [("dropped", ".context"), ("dropped", ".citations"), ("approximated", "")]),
        (Document(source=Nested((Text(text="a"), Text(text="b")))), [("approximated", "")]),
        (Audio(source=Inline("audio/flac", "AAAA")), [("unsupported", "")]),
        (Audio(source=Link("https://x")), [("unsupported", "")]),
        (Audio(source=Inline("audio/wav", "AAAA"), id="a", transcript="t", expires_at=1),
         [("dropped", ".id"), ("dropped", ".transcript"), ("dropped", ".expires_at")]),
        (Video(source=Link("https://x")), [("unsupported", "")]),
        (Opaque(data={"type": "odd"}), [("dropped", "")]),
        (Reasoning(text="x"), [("unsupported", "")]),
        (Refusal(text="No."), [("approximated", "")]),
        (Text(text="a", citations=(Citation(url="https://x"),), signature="s", extra={"hue": 1}),
         [("dropped", ".citations"), ("dropped", ".signature"), ("dropped", ".hue")]),
    ],
)  # fmt: skip
def test_what_the_user_cannot_say_here_is_noted(part: Any, notes: list[tuple[str, str]]) -> None:
    _, found = heard(part)
    assert told(found) == [(kind, f"messages[0].parts[0]{place}") for kind, place in notes]


def test_a_text_document_is_fenced() -> None:
    items, _ = heard(Document(source=Plain("the log"), title="Log"))
    assert items[0]["content"][0]["text"] == '<document title="Log">\nthe log\n</document>'


def test_breakpoints_are_said_to_those_who_take_them() -> None:
    part = Text(text="Long.", cache=Cache(ttl="1h"))
    asker = Message(role="user", parts=(part,), origin=CLAUDE)
    request = ChatRequest(model="m", messages=(asker,), cache=Cache(ttl="5m"), origin=CLAUDE)
    body, notes = asked(request, provider_side(cache_marks=True))
    assert body["input"][0]["content"][0]["prompt_cache_breakpoint"] == {"mode": "explicit", "ttl": "12h"}
    assert body["prompt_cache_options"] == {"mode": "implicit", "ttl": "30m"}
    assert told(notes) == [("approximated", "messages[0].parts[0].cache.ttl"), ("approximated", "cache.ttl")]
    assert told(asked(request)[1]) == [("dropped", "messages[0].parts[0].cache"), ("dropped", "cache")]


BAD: list[tuple[Any, str | None]] = [
    ({"input": "x"}, "model"),
    ({"model": "m"}, "input"),
    ({"model": "m", "input": []}, "input"),
    ({"model": 3, "input": "x"}, "model"),
    ({"model": "m", "input": 3}, "input"),
    ({"model": "m", "input": ["x"]}, "input[0]"),
    ({"model": "m", "input": [{}]}, "input[0].type"),
    ({"model": "m", "input": [{"role": "captain", "content": "x"}]}, "input[0].role"),
    ({"model": "m", "input": [{"role": "user"}]}, "input[0].content"),
    ({"model": "m", "input": [{"role": "user", "content": 3}]}, "input[0].content"),
    ({"model": "m", "input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
    ({"model": "m", "input": [{"role": "user", "content": [{"type": "input_image"}]}]},
     "input[0].content[0].image_url"),
    ({"model": "m", "input": [{"role": "user", "content": [{"type": "input_file"}]}]},
     "input[0].content[0].file_data"),
    ({"model": "m", "input": [
        {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,A"}]}]},
     "input[0].content[0].image_url"),
    ({"model": "m", "input": [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "?", "format": "wav"}}]}]},
     "input[0].content[0].input_audio.data"),
    ({"model": "m", "input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
    ({"model": "m", "input": [{"type": "function_call", "call_id": "a", "arguments": "{}"}]}, "input[0].name"),
    ({"model": "m", "input": "x", "tools": [{"type": "function"}]}, "tools[0].name"),
    ({"model": "m", "input": "x", "tool_choice": "maybe"}, "tool_choice"),
    ({"model": "m", "input": "x", "max_output_tokens": -1}, "max_output_tokens"),
    ({"model": "m", "input": "x", "stream": "yes"}, "stream"),
    ({"model": "m", "input": "x", "metadata": {"a": 1}}, "metadata[...]"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "param"), BAD)
def test_a_bad_request_names_the_field(body: Any, param: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        CLIENT.decode_request(json.dumps(body).encode())
    assert caught.value.param == param
    assert caught.value.message
