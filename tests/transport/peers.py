"""Scripted peers on loopback sockets: what they answer is bytes, and they count who came."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self

from pontage.transport import Answer, Origin, Outgoing, Timeouts, Transport

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Peer"], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
QUICK = Timeouts(pool=5, connect=5, first_byte=10, idle=10, total=20)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds. What is waited for happens in the kernel or in a task that tells nobody."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


class Peer:
    """A server that runs `script` for every connection; `accepted`, `open` and `requests` tell what happened."""

    def __init__(self, script: Script, *, tls: Any = None) -> None:
        self._script = script
        self._tls = tls
        self.accepted = 0
        self.open = 0
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        self.open += 1
        try:
            # RuntimeError is how uvloop puts that the other side has gone.
            with contextlib.suppress(OSError, RuntimeError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._script(reader, writer, self)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.transport.abort()

    def stop_listening(self) -> None:
        """Refuse new connections; those there are go on."""
        self._server.close()

    async def request(self, reader: asyncio.StreamReader) -> bytes:
        """One whole request, head and body, as it came."""
        data = await reader.readuntil(b"\r\n\r\n")
        for line in data.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                data += await reader.readexactly(int(line[15:]))
        self.requests.append(data)
        return data

    def origin(self, scheme: str = "http", host: str = "127.0.0.1") -> Origin:
        return Origin.of(f"{scheme}://{host}:{self.port}")

    async def all_gone(self) -> None:
        """Wait until every connection has been seen to end."""
        await until(lambda: not self.open)


def answering(*pieces: bytes, close: bool = False, between: float | None = None) -> Script:
    """A script that answers every request of a connection with `pieces`, with a pause of `between` seconds."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        while True:
            await peer.request(reader)
            for piece in pieces:
                writer.write(piece)
                if between is not None:
                    await writer.drain()
                    await asyncio.sleep(between)
            if close:
                await writer.drain()
                return

    return script


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
    """A script that reads everything and never says a word."""
    while await reader.read(65536):
        pass


def get(origin: Origin, target: str = "/", *, method: str = "GET", timeouts: Timeouts = QUICK, **more: Any) -> Outgoing:
    """A request to a loopback peer."""
    more.setdefault("headers", ())
    more.setdefault("private", True)
    return Outgoing(method, origin, target, timeouts=timeouts, **more)


async def fetch(transport: Transport, request: Outgoing) -> tuple[Answer, bytes]:
    """The answer and its whole body."""
    async with await transport.send(request) as answer:
        return answer, await answer.read()


async def exchange(script: Script, *requests: str, **more: Any) -> tuple[list[tuple[int, bytes]], Peer]:
    """GET `requests` one after the other from a peer that runs `script`; statuses and bodies, and the peer."""
    async with Peer(script) as peer:
        transport = Transport()
        try:
            results: list[tuple[int, bytes]] = []
            for target in requests or ("/",):
                answer, body = await fetch(transport, get(peer.origin(), target, **more))
                results.append((answer.status, body))
            return results, peer
        finally:
            await transport.aclose()


Run = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]
