"""The official SDK as the client, of both forms: it must put together from a stream what is answered whole."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ollama
import pytest

from pontage import errors
from pontage.dialects.ollama_chat import generate_client_side
from pontage.domain import StreamEvent, collect
from tests.dialects.ollama_chat import CLIENT, SAMPLES, SIDE

PROMPTED = generate_client_side()
UNREADABLE = {"answer_with_picture"}  # by the SDK itself: it takes pictures in requests only
STREAMED = sorted({path.name.removesuffix(".sse") for path in SAMPLES.glob("*.sse")} - UNREADABLE)
ASKED: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi."}]}


@contextmanager
def serving(status: int, body: bytes, content_type: str = "application/json") -> Iterator[Any]:
    """An SDK client whose server always answers so; `received` is what it was sent."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    client = ollama.Client(host=f"http://127.0.0.1:{server.server_port}")
    client.received = received
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def events_of(case: str) -> list[StreamEvent]:
    decoder = SIDE.stream_decoder()
    frames = SIDE.framing().feed((SAMPLES / f"{case}.sse").read_bytes())
    return [event for frame in frames for event in decoder.feed(frame)] + decoder.end()


def written(client: Any, events: Iterable[StreamEvent]) -> bytes:
    encoder = client.stream_encoder(None)
    return b"".join([encoder.feed(event) + encoder.keep_alive() for event in events]).rstrip(b" ")


def joined(chunks: Iterable[Any]) -> tuple[Any, Any]:
    """What a user of the SDK puts together, and the last chunk."""
    told: dict[str, Any] = {"content": "", "thinking": "", "images": [], "calls": [], "logprobs": []}
    last: Any = None
    for last in chunks:
        message = last.message
        told["content"] += message.content or ""
        told["thinking"] += message.thinking or ""
        told["images"] += [image.value for image in message.images or ()]
        told["calls"] += [(call.function.name, call.function.arguments) for call in message.tool_calls or ()]
        told["logprobs"] += [(one.token, one.logprob) for one in last.logprobs or ()]
    return told, last


@pytest.mark.parametrize("case", [case for case in STREAMED if "broken" not in case])
def test_the_sdk_puts_the_same_message_together_from_a_stream(case: str) -> None:
    events = events_of(case)
    with serving(200, written(CLIENT, events), CLIENT.stream_type) as client:
        streamed, last = joined(client.chat(stream=True, **ASKED))
    with serving(200, CLIENT.encode_response(collect(events)).body) as client:
        told, whole = joined([client.chat(**ASKED)])
    assert streamed == told
    for name in ("model", "created_at", "done", "done_reason", "prompt_eval_count", "eval_count", "total_duration"):
        assert getattr(last, name) == getattr(whole, name)


def test_the_sdk_reads_the_form_with_one_prompt() -> None:
    events = events_of("thinking")
    with serving(200, written(PROMPTED, events), PROMPTED.stream_type) as client:
        chunks = list(client.generate(model="m", prompt="Hi.", stream=True))
    assert "".join(chunk.response for chunk in chunks) == "To keep warm."
    assert "".join(chunk.thinking or "" for chunk in chunks) == "Heat loss, most likely."
    assert chunks[-1].done_reason == "stop"
    with serving(200, PROMPTED.encode_response(collect(events)).body) as client:
        whole = client.generate(model="m", prompt="Hi.")
    assert (whole.response, whole.thinking, whole.eval_count) == ("To keep warm.", "Heat loss, most likely.", 12)


def test_what_the_sdk_asks_is_understood() -> None:
    def tide(port: str) -> str:
        """When the water is highest.

        Args:
          port: Which port.
        """
        return port

    with serving(200, CLIENT.encode_response(collect(events_of("one_call"))).body) as client:
        first = client.chat(tools=[tide], think="low", options={"seed": 3}, format="json", keep_alive=0, **ASKED)
        result = {"role": "tool", "tool_name": "tide", "content": "18:04"}
        client.chat("m", [*ASKED["messages"], first.message, result])
        client.generate("m", "Hi.", system="Be brief.", images=[b"\x89PNG"])
        chat, again, prompt = client.received
    asked = CLIENT.decode_request(chat)
    assert (asked.tools[0].name, asked.seed, asked.stream) == ("tide", 3, False)
    assert asked.extra["keep_alive"] == 0
    back = CLIENT.decode_request(again)
    assert back.messages[2].parts[0].call_id == back.messages[1].tool_calls[0].id  # type: ignore[union-attr] # a result
    prompted = PROMPTED.decode_request(prompt)
    assert [message.role for message in prompted.messages] == ["system", "user"]


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidRequestError("x"),
        errors.ModelNotFoundError("x"),
        errors.RateLimitedError("x"),
        errors.ServerError("x"),
    ],
)
def test_the_sdk_raises_the_error_that_was_meant(error: errors.PontageError) -> None:
    status, body = CLIENT.encode_error(error)
    with serving(status, body) as client:
        for streams in (False, True):
            with pytest.raises(ollama.ResponseError) as caught:
                list(client.chat(stream=streams, **ASKED))
            assert caught.value.status_code == error.status
            assert caught.value.error == f"x ({error.code})"


def test_the_sdk_raises_an_error_inside_a_stream() -> None:
    encoder = CLIENT.stream_encoder(None)
    events = events_of("plain_text")
    data = b"".join([encoder.feed(event) for event in events[:3]]) + encoder.fail(errors.OverloadedError("Busy."))
    with serving(200, data, CLIENT.stream_type) as client, pytest.raises(ollama.ResponseError, match="Busy"):
        list(client.chat(stream=True, **ASKED))
    assert json.loads(data.splitlines()[-1])["code"] == "PTG-1506"
