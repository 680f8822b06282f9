"""A client that says what it wants, byte by byte if it must, and reads what comes."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.gateway import PATIENCE, RunningGateway

PATHS = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "google": "/v1beta/models/{model}:generateContent",
}
STREAM_PATHS = {**PATHS, "google": "/v1beta/models/{model}:streamGenerateContent?alt=sse"}
ENDS = {"openai": b"data: [DONE]", "anthropic": b"event: message_stop", "google": b'"finishReason"'}
"""What only the end of a stream that succeeded says."""


class Answer(NamedTuple):
    """What came; `whole` is False where the connection broke off."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(gateway: RunningGateway, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """One request on a connection of its own; `headers` with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    with closing(connection):
        connection.request(method, path, data, fields)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        try:
            return Answer(response.status, told, response.read())
        except http.client.IncompleteRead as broken:
            return Answer(response.status, told, broken.partial, whole=False)


def spoken(form: str, model: str, prompt: str = "Hello.", *, stream: bool = False, **more: Any) -> tuple[str, Any]:
    """The path and the body of a plain question in a client's format."""
    path = (STREAM_PATHS if stream else PATHS)[form].replace("{model}", quote(model))
    if form == "google":
        return path, {"contents": [{"role": "user", "parts": [{"text": prompt}]}], **more}
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": prompt}], **more}
    if form == "anthropic":
        body.setdefault("max_tokens", 1000)
    return path, {**body, "stream": True} if stream else body


def ask(gateway: RunningGateway, form: str, model: str, *, stream: bool = False, **more: Any) -> Answer:
    """A plain question; `headers` and `prompt` as keywords, all else into the body."""
    headers = more.pop("headers", {})
    path, body = spoken(form, model, more.pop("prompt", "Hello."), stream=stream, **more)
    return request(gateway, "POST", path, body, content_type="application/json", **headers)


def text_of(form: str, body: Any) -> str:
    """The visible text of a whole answer."""
    match form:
        case "openai":
            return body["choices"][0]["message"]["content"] or ""
        case "anthropic":
            return "".join(block["text"] for block in body["content"] if block["type"] == "text")
        case _:
            parts = body["candidates"][0]["content"].get("parts", [])
            return "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))


def streamed_text(form: str, body: bytes) -> str:
    """The visible text of a stream."""
    told = ""
    for event in events_of(body):
        match form:
            case "openai":
                told += "".join(choice["delta"].get("content") or "" for choice in event["choices"])
            case "anthropic":
                told += event.get("delta", {}).get("text", "") if event["type"] == "content_block_delta" else ""
            case _:
                told += text_of(form, event)
    return told


def events_of(body: bytes) -> list[Any]:
    lines = (line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b"data: "))
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def error_of(form: str, body: Any) -> tuple[str, str]:
    """The kind and the message of an error, which must be well-formed in the format."""
    match form:
        case "openai":
            assert set(body) == {"error"}
            assert {"message", "type", "param", "code"} <= set(body["error"])
            return body["error"]["type"], body["error"]["message"]
        case "anthropic":
            assert body["type"] == "error"
            return body["error"]["type"], body["error"]["message"]
        case _:
            assert set(body) == {"error"}
            assert isinstance(body["error"]["code"], int)
            return body["error"]["status"], body["error"]["message"]


def pieces(gateway: RunningGateway, form: str, model: str, **more: Any) -> Iterator[bytes]:
    """A stream as it arrives; closing the iterator closes the connection."""
    path, body = spoken(form, model, stream=True, **more)
    with closing(raw(gateway, path, json.dumps(body).encode())) as connection:
        while piece := connection.recv(65536):
            yield piece


def raw(gateway: RunningGateway, path: str, body: bytes) -> socket.socket:
    """A connection on which a request was sent, and nothing read yet."""
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE)
    head = f"POST {path} HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    connection.sendall(head.encode() + b"\r\n" + body)
    return connection
