"""Writes answers to a client: framing, backpressure, and the end of a connection. Floor 8."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from http import HTTPStatus

from pontage.errors import PontageError
from pontage.server.chunked import FIELDS

HIGH_WATER = 256 * 1024
"""Bytes a client may leave untaken before the application's `write` waits; with one slice more, far below 1 MiB."""

_LOW_WATER = 64 * 1024
_SLICE = 256 * 1024
_OWN_FIELDS = frozenset(("connection", "content-length", "date", "transfer-encoding"))
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_BODILESS = frozenset((204, 304))
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def field_lines(headers: Sequence[tuple[str, str]]) -> tuple[str, bool]:
    """The application's fields as lines, without the server's own, and whether it wants the connection closed.

    Raises `PontageError` when a name is not a token, or a value holds CR, LF, NUL or is not latin-1.
    """
    closing = False
    lines: list[str] = []
    for name, value in headers:
        if name.lower() not in _OWN_FIELDS:
            lines.append(f"{name}: {value}\r\n")
        elif name.lower() == "connection" and value.lower() == "close":
            closing = True
    text = "".join(lines)
    # The count sees what the grammar cannot: a value that brings a whole, well-formed field of its own.
    if FIELDS.fullmatch(text) is None or text.count("\n") != len(lines):
        raise PontageError("a response field is unsafe: it holds CR, LF, NUL or characters beyond latin-1")
    return text, closing


class Outlet:
    """The writing half of a connection: how full it is, whether anyone still takes it, and how it ends."""

    __slots__ = ("_room", "_seen", "open", "paused", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.open = True
        self.paused = False
        self._room = asyncio.Event()
        self._seen = 0
        transport.set_write_buffer_limits(high=HIGH_WATER, low=_LOW_WATER)

    def pause(self) -> None:
        """The client lags behind: `drained` waits from now on."""
        self.paused = True
        self._seen = self.unsent
        self._room.clear()

    def resume(self) -> None:
        """The client has caught up."""
        self.paused = False
        self._seen = 0
        self._room.set()

    def lost(self) -> None:
        """The connection is gone; whoever waits goes on, into nothing."""
        self.open = False
        self._room.set()

    def write(self, data: bytes) -> None:
        """Hand `data` to the transport, or to nobody when the connection is gone."""
        if self.open:
            self.transport.write(data)

    async def drained(self) -> None:
        """Wait until the client has room; when it is gone, let the pending cancellation arrive."""
        if not self.open:
            await asyncio.sleep(0)
        elif self.paused:
            await self._room.wait()

    @property
    def unsent(self) -> int:
        """Bytes written that the client has not taken, as far as our own buffer tells."""
        return self.transport.get_write_buffer_size()

    def stalled(self) -> bool:
        """Whether something is unsent and the client took none of it since this was last asked."""
        before, self._seen = self._seen, self.unsent
        return 0 < before <= self._seen

    def finish(self) -> None:
        """Say "no more" and leave reading open: closing over unread input would reset the connection and
        might destroy the answer before the client has read it (RFC 9112, 9.6)."""
        self.open = False
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def close(self) -> None:
        """Close once everything written has been sent."""
        self.open = False
        self.transport.close()

    def reset(self) -> None:
        """Close at once with a TCP reset, the only way to say "truncated" when the body's end is the connection's."""
        self.open = False
        connection: socket.socket | None = self.transport.get_extra_info("socket")
        if connection is not None and connection.fileno() >= 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()


class SocketResponder:
    """Answers one request on a connection; see `Responder` for what each method promises."""

    __slots__ = ("_chunked", "_headless", "_modern", "_outlet", "_stamp", "ended", "persistent", "started")

    def __init__(self, outlet: Outlet, *, stamp: str, modern: bool, bodiless: bool, persistent: bool) -> None:
        """`stamp` is the date line of the moment; `modern` means HTTP/1.1, `bodiless` that the request was HEAD."""
        self._outlet = outlet
        self._stamp = stamp
        self._modern = modern
        self._headless = bodiless
        self._chunked = False
        self.persistent = persistent
        self.started = False
        self.ended = False

    def send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """Give the whole answer at once. Raises `PontageError` when an answer has begun or a field is unsafe."""
        without_body = status in _BODILESS
        framing = "" if without_body else f"content-length: {len(body)}\r\n"
        head = self._head(status, headers, framing)
        self.ended = True
        self._outlet.write(head if self._headless or without_body else head + body)

    async def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """Begin a stream: in chunks for HTTP/1.1, ended by the connection's end for 1.0. Raises as `send` does."""
        if status in _BODILESS:
            self._headless = True
        self._chunked = self._modern and not self._headless
        if not self._modern:
            self.persistent = False
        framing = "transfer-encoding: chunked\r\n" if self._modern and status not in _BODILESS else ""
        self._outlet.write(self._head(status, headers, framing))

    async def write(self, data: bytes) -> None:
        """Send a piece and wait for room. Raises `PontageError` before `start` or after the end."""
        if not self.started or self.ended:
            raise PontageError("the application wrote outside of its answer")
        if len(data) > _SLICE:
            for at in range(0, len(data), _SLICE):
                await self.write(data[at : at + _SLICE])
            return
        if data and not self._headless:
            # One write, hence one packet and one system call, for the size line and all.
            self._outlet.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        outlet = self._outlet
        if outlet.paused or not outlet.open:
            await outlet.drained()

    async def end(self) -> None:
        """End the stream well-formed. Raises `PontageError` before `start` or after the end."""
        if not self.started or self.ended:
            raise PontageError("the application ended an answer that is not open")
        self.ended = True
        if self._chunked:
            self._outlet.write(b"0\r\n\r\n")

    def abort(self) -> None:
        """Close the connection so that the client sees a truncated body; what was written before may still arrive."""
        self.started = self.ended = True
        self.persistent = False
        if self._chunked and not self._outlet.paused:
            self._outlet.close()
        else:
            self._outlet.reset()

    def _head(self, status: int, headers: Sequence[tuple[str, str]], framing: str) -> bytes:
        if self.started:
            raise PontageError("the application answered twice")
        lines, closing = field_lines(headers)
        if closing:
            self.persistent = False
        if not self.persistent:
            framing += "connection: close\r\n"
        elif not self._modern:
            framing += "connection: keep-alive\r\n"
        self.started = True
        line = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"
        return f"{line}{lines}{framing}{self._stamp}\r\n".encode("latin-1")
