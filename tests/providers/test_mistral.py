"""Mistral: how it is called, and what comes back. What it is told is tested in `test_mistral_requests.py`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pontage.config import ProviderSettings, Secret
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import (
    ChatRequest,
    Message,
    Origin,
    Reasoning,
    Text,
    ToolCall,
    collect,
)
from pontage.errors import AuthenticationError, InvalidRequestError, PermissionDeniedError, ProtocolError
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.providers.mistral.chat import decode_request, encode_response, provider_side
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.replay.upstream import stream, upstream, whole
from tests.speaking import read_stream

SIDE = provider_side()
KEY = Secret("key-of-the-test")
FOREIGN = Origin("anthropic_messages")
ASKED = Message(role="user", parts=(Text(text="Hello."),))
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "signature": "s-1", "closed": True}


def told(**fields: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """What Mistral is told, and the kind of every note by its place."""
    encoded = SIDE.encode_request(ChatRequest(**{"model": "m", "messages": (ASKED,), "origin": FOREIGN, **fields}))
    return json.loads(encoded.body), {note.where: note.kind for note in encoded.notes}


def answer_of(message: dict[str, Any], **more: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12, "num_cached_tokens": 4}
    fields = {"id": "a", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(fields).encode()


def calling(base_url: str, work: Callable[[LLMProviderClient], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        transport = Transport()
        try:
            told = ProviderSettings(base_url=base_url)
            return await work(ProviderRegistry(transport).configure("mistral", told, {}).client)
        finally:
            await transport.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_it_is_called_at_its_path_with_its_key(path: str) -> None:
    with upstream() as server:
        server.script(whole(answer_of({"content": "Hello."})))
        request = ChatRequest(model="m", messages=(ASKED,))
        answer = calling(server.url + path, lambda client: client.chat_completion(request, KEY))
        assert (server.last.path, server.last.headers["authorization"]) == (
            "/v1/chat/completions",
            "Bearer key-of-the-test",
        )
        assert server.last.json == {"model": "m", "messages": [{"role": "user", "content": "Hello."}]}
        assert (answer.text, answer.provider, answer.usage.cache_read, answer.usage.input) == (
            "Hello.",
            "mistral",
            4,
            6,
        )


def test_a_client_of_openais_format_is_translated_and_never_sent_as_it_is() -> None:
    messages = [{"role": "user", "content": "Hi"}]
    asked = {"model": "m", "messages": messages, "seed": 7, "user": "u", "max_completion_tokens": 5, "store": True}
    body = json.dumps(asked).encode()
    with upstream() as server:
        server.script(whole(answer_of({"content": "Hello."})))
        call = Call.received(CLIENT_SIDES["openai_chat"], body)
        _, notes = calling(server.url, lambda client: client.send(call, Attempt(model="m", key=KEY)))
        assert server.last.json == {
            "model": "m",
            "messages": [{"role": "user", "content": "Hi"}],
            "random_seed": 7,
            "max_tokens": 5,
        }
        assert {note.where: note.kind for note in notes} == {"user": "dropped", "store": "dropped"}


def test_a_stream_tells_its_thinking_apart() -> None:
    def chunk(delta: dict[str, Any], **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": None, **more}
        fields = {
            "id": "a",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "p": "abc",
        }
        return b"data: " + json.dumps(fields).encode() + b"\n\n"

    signed = {"type": "thinking", "thinking": [{"type": "text", "text": "m."}], "signature": "s-1"}
    pieces = [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "H"}]}]}),
        chunk({"content": [signed]}),
        chunk({"content": "Hello."}),
        chunk({"tool_calls": [{"id": "null", "function": {"name": "look", "arguments": {"at": 1}}, "index": 0}]}),
        chunk({"content": ""}, finish_reason="tool_calls"),
        b"data: [DONE]\n\n",
    ]
    with upstream() as server:
        server.script(stream(b"".join(pieces)))

        async def collected(client: LLMProviderClient) -> Any:
            async with client.chat_completion_stream(ChatRequest(model="m", messages=(ASKED,)), KEY) as events:
                return [event async for event in events]

        answer = collect(calling(server.url, collected))
        assert server.last.json["stream"] is True
        assert "stream_options" not in server.last.json
    thinking, text, call = answer.message.parts
    assert (thinking, text) == (Reasoning(text="Hm.", signature="s-1"), Text(text="Hello."))
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments), call.id.startswith("call_")) == ("look", {"at": 1}, True)
    assert answer.extra == {}


def test_thinking_goes_back_in_chunks_with_its_proof() -> None:
    answer = SIDE.decode_response(answer_of({"content": [THOUGHT, {"type": "text", "text": "Hello."}]}))
    assert answer.message.parts[0] == Reasoning(text="Hm.", signature="s-1", extra={"closed": True})
    body, notes = told(messages=(ASKED, answer.message, ASKED), origin=None)
    assert body["messages"][1]["content"] == [THOUGHT, {"type": "text", "text": "Hello."}]
    assert notes == {}
    foreign = Message(role="assistant", parts=(Reasoning(text="Hm.", signature="x"),), origin=FOREIGN)
    body, notes = told(messages=(ASKED, foreign, ASKED))
    assert body["messages"][1]["content"] == [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]
    assert notes == {"messages[1].parts[0].signature": "dropped"}


def test_thinking_survives_a_client_of_openais_format() -> None:
    client = CLIENT_SIDES["openai_chat"]
    answer = SIDE.decode_response(answer_of({"content": [THOUGHT, {"type": "text", "text": "Hello."}]}))
    spoken = json.loads(client.encode_response(answer).body)["choices"][0]["message"]
    assert (spoken["content"], spoken["reasoning_content"]) == ("Hello.", "Hm.")
    question = {"model": "m", "messages": [spoken, {"role": "user", "content": "?"}]}
    encoded = SIDE.encode_request(client.decode_request(json.dumps(question).encode()))
    [thought, text] = json.loads(encoded.body)["messages"][0]["content"]
    assert (thought["thinking"], thought["signature"]) == (THOUGHT["thinking"], "s-1")
    assert text == {"type": "text", "text": "Hello."}


def test_what_is_no_plain_thought_is_kept_as_it_was() -> None:
    reference = {"type": "reference", "reference_ids": [1, 2]}
    pieces = [{"type": "text", "text": "a"}, reference, {"type": "text", "text": "b"}]
    content = [{"type": "thinking", "thinking": pieces}, {"type": "text", "text": "Hello."}, reference]
    body = answer_of({"content": content})
    answer = SIDE.decode_response(body)
    assert answer.message.parts[0].text == "ab"  # type: ignore[union-attr]  # it is thinking
    assert answer.text == "Hello."
    assert json.loads(encode_response(answer).body) == json.loads(body)
    again, notes = told(messages=(ASKED, answer.message, ASKED), origin=None)
    assert (again["messages"][1]["content"], notes) == (content, {})


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "document_url", "document_url": "https://a.example/a.pdf", "document_name": "a"},
        {"type": "document_url", "document_url": "data:application/pdf;base64,AAAA"},
        {"type": "document_url", "document_url": "elsewhere"},
        {"type": "file", "file_id": "f-1"},
        {"type": "input_audio", "input_audio": "https://a.example/a.mp3"},
        {"type": "input_audio", "input_audio": "UklGRiQAAABX"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "image_url", "image_url": "https://a.example/a.png"},
        {"type": "image_url", "image_url": {"url": "https://a.example/a.png", "detail": "low"}},
        {"type": "reference", "reference_ids": [1]},
        {"type": "thinking", "thinking": "not a list"},
    ],
)
def test_every_chunk_is_read_and_written(chunk: dict[str, Any]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "See:"}, chunk]}]}
    request = decode_request(json.dumps(body).encode())
    encoded = SIDE.encode_request(request)
    assert (json.loads(encoded.body), encoded.notes) == (body, ())


def test_why_it_ended() -> None:
    def reason(word: str) -> str:
        return SIDE.decode_response(answer_of({"content": "x"}, finish_reason=word)).stop.reason

    words = {"stop": "stop", "length": "length", "model_length": "context_exceeded", "error": "error"}
    assert {word: reason(word) for word in words} == words


UNKNOWN = [{"loc": ["body", "x"], "msg": "Extra inputs", "type": "extra_forbidden"}]


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, {"object": "error", "message": "bad", "code": "3051"}, InvalidRequestError, "bad"),
        (422, {"detail": UNKNOWN}, InvalidRequestError, "Extra inputs"),
        (422, {"object": "error", "message": {"detail": UNKNOWN}}, InvalidRequestError, "Extra inputs"),
        (401, {"detail": "Unauthorized"}, AuthenticationError, "Unauthorized"),
        (403, {"message": "blocked", "code": 1300}, PermissionDeniedError, "blocked"),
    ],
)
def test_errors_in_every_shape(status: int, body: dict[str, Any], kind: type[Exception], message: str) -> None:
    error = SIDE.decode_error(status, {}, json.dumps(body).encode())
    assert type(error) is kind
    assert message in error.message


NONSENSE = [
    b"",
    b"[]",
    b'{"thinking"',
    b'["thinking"]',
    b'{"choices":7,"a":"null"}',
    b'{"choices":[7],"a":"null"}',
    b'{"choices":[{"message":7}],"a":"null"}',
    b'{"choices":[{"message":{"content":[7],"tool_calls":[7]}}],"a":"null"}',
]


@pytest.mark.parametrize("body", NONSENSE)
def test_an_answer_without_sense_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        SIDE.decode_response(body)
    with pytest.raises(ProtocolError):
        read_stream(SIDE, b"data: " + body.replace(b'"message"', b'"delta"') + b"\n\ndata: [DONE]\n\n")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"tools":[7],"messages":[7],"model":"m"}', b'{"messages":[],"tools":7}']
)
def test_a_request_without_sense_is_the_clients_fault(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        decode_request(body)
