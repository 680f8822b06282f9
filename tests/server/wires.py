"""A server with a handler of the test's own, and a client that speaks bytes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import uvloop

from pontage.errors import PontageError
from pontage.server.http import Headers, Limits, Request, Responder
from pontage.server.listener import Listener, ServerSettings

PATIENCE = 20.0  # seconds; generous, for a machine that is busy with something else
CLOSE = "Connection: close"
Handler = Callable[[Request, Responder], Awaitable[None]]
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def run(main: Coroutine[Any, Any, None], loop: str = "uvloop") -> None:
    async def bounded() -> None:
        async with asyncio.timeout(6 * PATIENCE):
            await main

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(bounded())


async def echo(request: Request, respond: Responder) -> None:
    text = f"{request.method} {request.path}?{request.query} ".encode()
    respond.send(200, [("content-type", "text/plain")], text + request.body)


async def stream(request: Request, respond: Responder) -> None:
    assert not respond.started
    await respond.start(200, [("content-type", "text/event-stream")])
    assert respond.started
    for index in range(3):
        await respond.write(b"data: %d\n\n" % index)
    await respond.write(b"")
    await respond.end()


STREAMED = b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


class Recorder:
    """An application that remembers what it was asked."""

    def __init__(self, handler: Handler = echo) -> None:
        self.handler = handler
        self.requests: list[Request] = []
        self.draining = False
        self.refusals: list[tuple[str, str, Headers, PontageError]] = []

    async def __call__(self, request: Request, respond: Responder) -> None:
        self.requests.append(request)
        await self.handler(request, respond)

    def drain(self) -> None:
        self.draining = True

    def refuse(
        self, method: str, target: str, headers: Headers, error: PontageError
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        self.refusals.append((method, target, headers, error))
        return error.status, [("content-type", "text/plain")], str(error).encode()


class House(NamedTuple):
    application: Recorder
    listener: Listener
    port: int


@asynccontextmanager
async def serving(handler: Handler = echo, limits: Limits | None = None, **settings: Any) -> AsyncIterator[House]:
    application = Recorder(handler)
    listener = await Listener.start(application, ServerSettings(port=0, limits=limits or Limits(), **settings))
    try:
        yield House(application, listener, listener.port)
    finally:
        await listener.close()
        assert listener.connections == 0
        assert listener.active == 0


class Wire:
    """One client connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes) -> None:
        for index in range(len(data)):
            self.writer.write(data[index : index + 1])
            await asyncio.sleep(0)

    async def until(self, end: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(end)

    async def rest(self) -> bytes:
        """Everything up to the end of the connection; a reset ends it as well."""
        data = bytearray()
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                while piece := await self.reader.read(65536):
                    data += piece
        return bytes(data)

    async def answer(self) -> "Answer":
        """The next answer, which must have a `content-length` or come in chunks."""
        head = await self.until(b"\r\n\r\n")
        if b"transfer-encoding: chunked" in head:
            return answers(head + await self.until(b"\r\n0\r\n\r\n"))[0]
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        async with asyncio.timeout(PATIENCE):
            return answers(head + await self.reader.readexactly(length))[0]

    def close(self) -> None:
        self.writer.close()


@asynccontextmanager
async def connected(port: int, **options: Any) -> AsyncIterator[Wire]:
    wire = Wire(*await asyncio.open_connection("127.0.0.1", port, **options))
    try:
        yield wire
    finally:
        wire.writer.transport.abort()


async def converse(port: int, sent: bytes) -> bytes:
    """Everything the server says to `sent` before it closes the connection."""
    async with connected(port) as wire:
        await wire.send(sent)
        return await wire.rest()


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool


def answers(data: bytes) -> list[Answer]:
    """The answers in a connection's bytes; the last may be cut short. Interim ones have no body."""
    found: list[Answer] = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end, head
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name: value for name, _, value in (field.partition(": ") for field in lines)}
        status = int(line.split(" ")[1])
        if headers.get("transfer-encoding") == "chunked":
            body, whole, data = _chunks(data)
        elif "content-length" in headers:
            length = int(headers["content-length"])
            body, whole, data = data[:length], len(data) >= length, data[length:]
        elif status in (100, 204, 304):
            body, whole = b"", True
        else:
            body, whole, data = data, True, b""
        found.append(Answer(status, headers, body, whole))
    return found


def _chunks(data: bytes) -> tuple[bytes, bool, bytes]:
    pieces: list[bytes] = []
    at = 0
    while (end := data.find(b"\r\n", at)) >= 0:
        length = int(data[at:end], 16)
        at = end + 2
        if length == 0:
            assert data[at : at + 2] == b"\r\n"
            return b"".join(pieces), True, data[at + 2 :]
        pieces.append(data[at : at + length])
        at += length + 2
    return b"".join(pieces), False, b""


def get(path: str, *fields: str, version: str = "1.1", method: str = "GET") -> bytes:
    lines: Sequence[str] = [f"{method} {path} HTTP/{version}", "Host: gateway", *fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def post(path: str, body: bytes, *fields: str, version: str = "1.1") -> bytes:
    return get(path, f"Content-Length: {len(body)}", *fields, version=version, method="POST") + body


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # the condition is the server's, and it tells nobody
            await asyncio.sleep(0.005)
