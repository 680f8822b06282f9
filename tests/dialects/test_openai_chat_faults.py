"""Bad requests of OpenAI clients: refused, and the field is named as the caller wrote it."""

import json
from typing import Any

import pytest

from pontage.dialects.openai_chat import client_side
from pontage.domain import ChatRequest
from pontage.errors import InvalidRequestError

CLIENT = client_side()
USER = {"role": "user", "content": "Hm."}


def read(**fields: Any) -> ChatRequest:
    return CLIENT.decode_request(json.dumps({"model": "m", "messages": [USER], **fields}).encode())


BAD: list[tuple[dict[str, Any], str]] = [
    ({"model": ""}, "model"),
    ({"model": 3}, "model"),
    ({"messages": []}, "messages"),
    ({"messages": None}, "messages"),
    ({"messages": [{"role": "narrator", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
    ({"messages": [USER, {"role": "tool", "content": "x"}]}, "messages[1].tool_call_id"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
    ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content[0]"),
    ({"messages": [{"role": "assistant", "tool_calls": [3]}]}, "messages[0].tool_calls[0]"),
    ({"temperature": "hot"}, "temperature"),
    ({"max_tokens": 1.5}, "max_tokens"),
    ({"max_completion_tokens": -1}, "max_completion_tokens"),
    ({"max_tokens": -1}, "max_tokens"),
    ({"temperature": -0.1}, "temperature"),
    ({"top_p": 1.1}, "top_p"),
    ({"n": 0}, "n"),
    ({"stop": [1]}, "stop[0]"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]}, "tools[0].function.parameters"),
    ({"tool_choice": "perhaps"}, "tool_choice"),
    ({"metadata": {"a": 1}}, "metadata[...]"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
]


@pytest.mark.parametrize(("fields", "param"), BAD)
def test_a_bad_field_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read(**fields)
    assert caught.value.param == param
    assert param in caught.value.message


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA"}}, "image_url.url"),
        ({"type": "image_url", "image_url": "data:image/png;base64,A B="}, "image_url"),
        ({"type": "input_audio", "input_audio": {"data": "====", "format": "wav"}}, "input_audio.data"),
        ({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,ä==="}}, "video_url.url"),
        ({"type": "audio_url", "audio_url": {"url": "data:audio/ogg;base64,A"}}, "audio_url.url"),
        ({"type": "file", "file": {"file_data": "JVBERi0="}}, "file.file_data"),
        ({"type": "file", "file": {"file_data": "data:application/pdf;base64,!!!!"}}, "file.file_data"),
        ({"type": "file", "file": {"filename": "x.pdf"}}, "file"),
    ],
)
def test_data_that_is_none_is_named(part: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read(messages=[USER, {"role": "user", "content": [{"type": "text", "text": "x"}, part]}])
    assert caught.value.param == f"messages[1].content[1].{where}"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 200_000, b'{"a":' * 200_000])
def test_a_body_that_is_no_object(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        CLIENT.decode_request(body)
