"""The official SDK as the client: it must read every answer, whole and in pieces, with its own types."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cohere
import pytest

from pontage import errors
from pontage.domain import collect
from tests.dialects.cohere_chat import CLIENT, SIDE

SAMPLES = Path(__file__).parents[1] / "samples" / "cohere_chat"
WHOLE = sorted(
    path.name.removesuffix(".response.json")
    for path in SAMPLES.glob("*.response.json")
    if "unknown" not in path.name  # the SDK complains about what it has no type for
)
STREAMED = sorted(path.name.removesuffix(".sse") for path in SAMPLES.glob("*.sse"))
ASKED: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi."}]}


@contextmanager
def serving(status: int, body: bytes, content_type: str = "application/json") -> Iterator[tuple[Any, list[bytes]]]:
    """An SDK client whose server always answers so, and the bodies that the server gets."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers["content-length"]
            received.append(self.rfile.read(int(length)) if length else self._read_chunks())
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _read_chunks(self) -> bytes:
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            return found

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    client = cohere.ClientV2(api_key="k", base_url=f"http://127.0.0.1:{server.server_port}")
    try:
        yield client, received
    finally:
        client._client_wrapper.httpx_client.httpx_client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def bare(value: Any) -> Any:
    """JSON without what says nothing."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if item is not None}
    return [bare(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", WHOLE)
def test_the_sdk_reads_every_whole_answer(case: str) -> None:
    body = CLIENT.encode_response(SIDE.decode_response((SAMPLES / f"{case}.response.json").read_bytes())).body
    with serving(200, body) as (client, _):
        answer = client.chat(**ASKED)
    assert bare(json.loads(answer.model_dump_json(exclude_none=True))) == bare(json.loads(body))


def gathered(events: list[Any]) -> Any:
    """The answer that the SDK's typed events tell."""
    message: Any = {}
    contents: dict[int, Any] = {}
    calls: dict[int, Any] = {}
    answer: Any = {"message": message}
    for event in events:
        match event.type:
            case "message-start":
                answer["id"] = event.id
            case "content-start":
                contents[event.index] = event.delta.message.content.model_dump(exclude_none=True)
            case "content-delta":
                for name, text in event.delta.message.content.model_dump(exclude_none=True).items():
                    contents[event.index][name] += text
                if event.logprobs is not None:
                    answer.setdefault("logprobs", []).append(event.logprobs.model_dump())
            case "tool-plan-delta":
                message["tool_plan"] = message.get("tool_plan", "") + event.delta.message.tool_plan
            case "tool-call-start":
                calls[event.index] = event.delta.message.tool_calls.model_dump()
            case "tool-call-delta":
                calls[event.index]["function"]["arguments"] += event.delta.message.tool_calls.function.arguments
            case "citation-start":
                message.setdefault("citations", []).append(event.delta.message.citations.model_dump(exclude_none=True))
            case "message-end":
                answer["finish_reason"] = event.delta.finish_reason
                if event.delta.usage is not None:
                    answer["usage"] = event.delta.usage.model_dump(exclude_none=True)
            case _:
                assert event.type in ("content-end", "tool-call-end", "citation-end")
    return _assembled(answer, contents, calls)


def _assembled(answer: Any, contents: dict[int, Any], calls: dict[int, Any]) -> Any:
    for name, found in (("content", contents), ("tool_calls", calls)):
        if found:
            answer["message"][name] = [found[index] for index in range(len(found))]
    answer["message"]["role"] = "assistant"
    return answer


@pytest.mark.parametrize("case", sorted(set(WHOLE) & set(STREAMED)))
def test_the_sdk_collects_from_the_stream_what_is_answered_whole(case: str) -> None:
    framing, decoder, encoder = SIDE.framing(), SIDE.stream_decoder(), CLIENT.stream_encoder(None)
    frames = framing.feed((SAMPLES / f"{case}.sse").read_bytes())
    events = [event for frame in frames for event in decoder.feed(frame)]
    data = b"".join([encoder.feed(event) for event in events])
    with serving(200, data + encoder.keep_alive(), "text/event-stream") as (client, _):
        told = gathered(list(client.chat_stream(**ASKED)))
    whole = json.loads(CLIENT.encode_response(collect(events)).body)
    assert told == whole


def test_what_the_sdk_sends_back_is_the_answer_it_got() -> None:
    body = (SAMPLES / "plan_and_calls.response.json").read_bytes()
    with serving(200, body) as (client, received):
        answer = client.chat(**ASKED)
        result = {"role": "tool", "tool_call_id": "tide_9", "content": [{"type": "document", "document": {"data": {}}}]}
        client.chat(model="m", messages=[*ASKED["messages"], answer.message, result], thinking={"type": "disabled"})
    request = CLIENT.decode_request(received[1])
    assert request.messages[1].parts == SIDE.decode_response(body).message.parts
    encoded = SIDE.encode_request(request)
    assert json.loads(encoded.body) == json.loads(received[1])
    assert encoded.notes == ()


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (errors.InvalidRequestError("No."), "BadRequestError"),
        (errors.AuthenticationError("No."), "UnauthorizedError"),
        (errors.PermissionDeniedError("No."), "ForbiddenError"),
        (errors.ModelNotFoundError("No."), "NotFoundError"),
        (errors.RateLimitedError("No."), "TooManyRequestsError"),
        (errors.OverloadedError("No."), "ServiceUnavailableError"),
        (errors.UpstreamTimeoutError("No."), "GatewayTimeoutError"),
    ],
)
def test_the_sdk_raises_its_own_class_for_every_error(error: errors.PontageError, name: str) -> None:
    status, body = CLIENT.encode_error(error)
    with serving(status, body) as (client, _), pytest.raises(getattr(cohere.errors, name)) as caught:
        client.chat(**ASKED, request_options={"max_retries": 0})
    assert caught.value.body["message"] == "No."
    assert caught.value.body["code"] == type(error).code


def test_the_sdk_is_told_of_a_failure_in_the_stream() -> None:
    data = CLIENT.stream_encoder(None).fail(errors.ServerError("aground"))
    with serving(200, data, "text/event-stream") as (client, _):
        (event,) = client.chat_stream(**ASKED)
    assert (event.type, event.delta.finish_reason, event.delta.error) == ("message-end", "ERROR", "aground")
