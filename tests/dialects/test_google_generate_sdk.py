"""Google's own client against bodies and streams written here: it reads what was meant."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from pontage.dialects.google_generate import client_side
from pontage.domain import (
    ChatResponse,
    Choice,
    Delta,
    Ending,
    Finished,
    Message,
    Origin,
    PartEnded,
    PartStarted,
    Reasoning,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenUsage,
    ToolCall,
)
from pontage.errors import OverloadedError, RateLimitedError

FOREIGN = Origin("anthropic_messages", "anthropic")
CALL = ToolCall(id="call_1", name="tide", arguments='{"harbour":"Esbjerg"}')
USAGE = TokenUsage(input=10, cache_read=5, output=7, reasoning=3)
WHOLE = ChatResponse(
    id="r-1",
    model="elsewhere-1",
    choices=(
        Choice(
            message=Message(
                role="assistant", parts=(Reasoning(text="Hm."), Text(text="One moment."), CALL), origin=FOREIGN
            ),
            stop=Stop("tool_calls"),
        ),
    ),
    usage=USAGE,
    origin=FOREIGN,
)
EVENTS: list[StreamEvent] = [
    Started(id="r-1", model="elsewhere-1", origin=FOREIGN),
    PartStarted(0, Reasoning()),
    Delta(0, "Hm."),
    PartEnded(0, Reasoning(text="Hm.")),
    PartStarted(1, Text(text="")),
    Delta(1, "One "),
    Delta(1, "moment."),
    PartEnded(1, Text(text="One moment.")),
    PartStarted(2, ToolCall(id="call_1", name="tide")),
    Delta(2, CALL.arguments),
    PartEnded(2, CALL),
    Finished(endings=(Ending(stop=Stop("tool_calls")),), usage=USAGE),
]


@contextmanager
def answering(status: int, body: bytes, content_type: str = "application/json") -> Iterator[genai.Client]:
    """A client whose every request is answered so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    options = types.HttpOptions(
        base_url=f"http://127.0.0.1:{server.server_address[1]}", retry_options=types.HttpRetryOptions(attempts=1)
    )
    client = genai.Client(api_key="x", http_options=options)
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        server.server_close()
        thread.join()


def check(parts: list[types.Part]) -> None:
    assert "".join(part.text or "" for part in parts if part.thought) == "Hm."
    assert "".join(part.text or "" for part in parts if not part.thought) == "One moment."
    (call,) = [part.function_call for part in parts if part.function_call is not None]
    assert (call.id, call.name, call.args) == ("call_1", "tide", {"harbour": "Esbjerg"})


def test_a_whole_answer_is_read() -> None:
    with answering(200, client_side().encode_response(WHOLE).body) as client:
        response = client.models.generate_content(model="m", contents="hi")
    assert response.response_id == "r-1"
    assert response.candidates is not None
    assert response.candidates[0].finish_reason == types.FinishReason.STOP
    assert response.candidates[0].content is not None
    check(response.candidates[0].content.parts or [])
    assert response.usage_metadata is not None
    assert response.usage_metadata.prompt_token_count == 15
    assert response.usage_metadata.total_token_count == 25


def test_a_stream_is_read() -> None:
    encoder = client_side().stream_encoder(None)
    data = encoder.keep_alive() + b"".join(encoder.feed(event) + encoder.keep_alive() for event in EVENTS)
    with answering(200, data, "text/event-stream") as client:
        chunks = list(client.models.generate_content_stream(model="m", contents="hi"))
    contents = [chunk.candidates[0].content for chunk in chunks if chunk.candidates]
    check([part for content in contents if content for part in content.parts or []])
    last = chunks[-1]
    assert last.candidates is not None
    assert last.candidates[0].finish_reason == types.FinishReason.STOP
    assert last.usage_metadata is not None
    assert last.usage_metadata.thoughts_token_count == 3


def test_a_chat_keeps_a_streamed_turn() -> None:
    encoder = client_side().stream_encoder(None)
    data = b"".join(encoder.feed(event) for event in EVENTS)
    with answering(200, data, "text/event-stream") as client:
        chat = client.chats.create(model="m")
        assert list(chat.send_message_stream("hi"))
        roles = [content.role for content in chat.get_history(curated=True)]
    assert roles[0] == "user"
    assert set(roles[1:]) == {"model"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [(RateLimitedError("slow down", retry_after=2), errors.ClientError), (OverloadedError("busy"), errors.ServerError)],
)
def test_an_error_is_raised_as_its_class(error: Any, kind: type[errors.APIError]) -> None:
    status, body = client_side().encode_error(error)
    with answering(status, body) as client, pytest.raises(kind) as caught:
        client.models.generate_content(model="m", contents="hi")
    assert caught.value.code == status
    assert caught.value.message == error.message


def test_an_error_in_a_stream_is_raised() -> None:
    encoder = client_side().stream_encoder(None)
    data = b"".join(encoder.feed(event) for event in EVENTS[:6]) + encoder.fail(OverloadedError("busy"))
    with answering(200, data, "text/event-stream") as client, pytest.raises(errors.APIError) as caught:
        list(client.models.generate_content_stream(model="m", contents="hi"))
    assert json.loads(json.dumps(caught.value.details))["error"]["code"] == 503
