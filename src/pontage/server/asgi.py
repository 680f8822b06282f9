"""The application as an ASGI callable, for those who run a server of their own. Floor 8.

What the socket server learns from a closed socket is learnt here from `receive`: a watcher waits for the disconnect
and cancels the handler, because a plain ASGI application goes on reading from the provider after the client has left.
The host server parses HTTP and keeps its own time limits; sizes are checked again here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from pontage.errors import (
    ConfigError,
    HeadersTooLargeError,
    MethodNotAllowedError,
    PayloadTooLargeError,
    PontageError,
    UnsupportedEncodingError,
)
from pontage.server.answering import answer, word
from pontage.server.http import Application, Headers, Limits, Request
from pontage.server.responder import field_lines

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGICallable = Callable[[Message, Receive, Send], Awaitable[None]]


class _Head(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: str
    headers: Headers
    peer: str

    @property
    def asked(self) -> tuple[str, str, Headers]:
        return self.method, f"{self.path}?{self.query}" if self.query else self.path, self.headers


def asgi(application: Application, limits: Limits | None = None) -> ASGICallable:
    """An ASGI 3 callable that serves `application`: `http` and `lifespan`; a websocket is turned away.

    Opening and closing the application is the caller's business. `PontageError` leaves the callable only when an
    answer was aborted, which is how a host server learns to close the connection.
    """
    bounds = limits or Limits()

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await _exchange(application, bounds, _head(scope), receive, send)
            case "lifespan":
                await _live(receive, send)
            case "websocket":
                await send({"type": "websocket.close", "code": 1000})
            case other:
                raise ConfigError(f"an ASGI scope of type {other!r} is not served")

    return serve


class _ASGIResponder:
    """Answers one ASGI exchange; see `Responder` for what each method promises."""

    __slots__ = ("_aborted", "_send", "_whole", "ended", "started")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._whole: tuple[Message, bytes] | None = None  # given by `send`, which cannot wait; sent by `settle`
        self._aborted = False
        self.started = False
        self.ended = False

    def send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """Keep the whole answer until the handler is done."""
        head = self._head(status, headers)
        if status not in (204, 304):
            head["headers"].append((b"content-length", b"%d" % len(body)))
        self._whole = head, body
        self.ended = True

    async def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """Begin a stream."""
        await self._send(self._head(status, headers))

    async def write(self, data: bytes) -> None:
        """Send a piece; the host server waits for the client."""
        self._require_open()
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End the stream."""
        self._require_open()
        self.ended = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def abort(self) -> None:
        """Leave the body unfinished: `settle` raises, and the host server closes the connection."""
        self.started = self.ended = self._aborted = True

    async def settle(self) -> None:
        """Send what `send` was given; raises `PontageError` after `abort`."""
        if self._aborted:
            raise PontageError("the answer was aborted; the connection must be closed")
        if self._whole is not None:
            head, body = self._whole
            await self._send(head)
            await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _require_open(self) -> None:
        if not self.started or self.ended:
            raise PontageError("the application wrote outside of its answer")

    def _head(self, status: int, headers: Sequence[tuple[str, str]]) -> Message:
        if self.started:
            raise PontageError("the application answered twice")
        lines, closing = field_lines(headers)
        fields = [line.partition(": ")[::2] for line in lines.split("\r\n")[:-1]]
        if closing:
            fields.append(("connection", "close"))
        self.started = True
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]
        return {"type": "http.response.start", "status": status, "headers": encoded}


def _head(scope: Message) -> _Head:
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    root = quote(scope.get("root_path", "")).rstrip("/")
    if root and path.startswith(f"{root}/"):
        path = path.removeprefix(root)
    fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    client = scope.get("client")
    query = scope.get("query_string", b"").decode("latin-1")
    return _Head(scope["method"], path, query, Headers(fields), str(client[0]) if client else "")


async def _exchange(application: Application, limits: Limits, head: _Head, receive: Receive, send: Send) -> None:
    responder = _ASGIResponder(send)
    try:
        _check(head, limits)
        body = await _read_body(receive, limits)
    except PontageError as error:
        word(application, responder, head.asked, error)
    else:
        if body is None:
            return
        request = Request(head.method, head.path, head.query, head.headers, body, head.peer)
        if not await _answer_while_heard(application, request, responder, receive):
            return
    await responder.settle()


async def _answer_while_heard(
    application: Application, request: Request, responder: _ASGIResponder, receive: Receive
) -> bool:
    """Answer, and cancel that when the client leaves; whether the client is still there. The handler has ended then."""
    handler = asyncio.ensure_future(answer(application, request, responder))
    watcher = asyncio.ensure_future(_departure(receive))
    try:
        await asyncio.wait((handler, watcher), return_when=asyncio.FIRST_COMPLETED)
        return handler.done()
    finally:
        handler.cancel()
        watcher.cancel()
        await asyncio.wait((handler, watcher))


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read_body(receive: Receive, limits: Limits) -> bytes | None:
    """The whole body, or None when the client left before its end."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > limits.body_bytes:
            raise PayloadTooLargeError(f"the body is larger than {limits.body_bytes} bytes")
        more = message.get("more_body", False)
    return bytes(body)


def _check(head: _Head, limits: Limits) -> None:
    method, target, headers = head.asked
    fields = list(headers.items())
    if len(target) > limits.target_bytes:
        raise HeadersTooLargeError(f"the request target is longer than {limits.target_bytes} bytes")
    if len(fields) > limits.header_fields:
        raise HeadersTooLargeError(f"there are more than {limits.header_fields} header fields")
    if sum(len(name) + len(value) + 4 for name, value in fields) > limits.header_bytes:
        raise HeadersTooLargeError(f"the header block is larger than {limits.header_bytes} bytes")
    if method in ("CONNECT", "TRACE"):
        raise MethodNotAllowedError(f"{method} is not served")
    if (headers.get("content-encoding") or "identity").lower() != "identity":
        raise UnsupportedEncodingError("a compressed body is not accepted", param="content-encoding")


async def _live(receive: Receive, send: Send) -> None:
    kind = ""
    while kind != "lifespan.shutdown":
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
