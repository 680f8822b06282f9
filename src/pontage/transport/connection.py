"""One connection: a socket, the reader of its answers, and at most one waiter. Floor 2.

The caller's own task does all the waiting, one future a wait. Closing is always abrupt: an answer nobody wants any
more must stop costing at once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from pontage.errors import ConnectionFailedError, ProtocolError, UpstreamError
from pontage.transport.messages import TransportSettings
from pontage.transport.response import Head, ResponseReader
from pontage.transport.timers import Alarm, Patience, timeout_error

_JOINED = 64 * 1024  # up to here copying the body behind the head is cheaper than a second system call


def _nothing(_: Connection) -> None:
    """Nobody wants to know."""


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    `usable` says whether another may begin; `failure` why it broke; `uses` counts the exchanges begun; `idle_since`
    (loop time) is kept by the pool. `on_lost` is called once, when the socket is gone.
    """

    __slots__ = (
        "_alarm",
        "_loop",
        "_paused",
        "_phase",
        "_settings",
        "_transport",
        "_waiter",
        "busy",
        "failure",
        "idle_since",
        "on_lost",
        "reader",
        "uses",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: TransportSettings) -> None:
        self._loop = loop
        self._settings = settings
        self._transport: asyncio.Transport | None = None
        self._alarm = Alarm(loop, self._late)
        self._phase = "total"
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self.reader = ResponseReader(settings.max_header_bytes, settings.max_headers)
        self.busy = False
        self.failure: UpstreamError | None = None
        self.idle_since = 0.0
        self.on_lost: Callable[[Connection], None] = _nothing
        self.uses = 0

    @property
    def usable(self) -> bool:
        """Whether another exchange may begin: alive, in step, and nothing left to send of the last request."""
        transport = self._transport
        if self.failure is not None or transport is None or transport.is_closing():
            return False
        return not transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Loop callback: the socket is connected."""
        self._transport = cast(asyncio.Transport, transport)
        if self.failure is not None:
            self._transport.abort()  # closed while it was being made

    def data_received(self, data: bytes) -> None:
        """Loop callback: bytes came. Bytes that nobody asked for end the connection."""
        reader = self.reader
        if not self.busy:
            self.close()
            return
        try:
            reader.feed(data)
        except ProtocolError as error:
            self.close(error)
            return
        if reader.head is not None:
            if reader.buffered > self._settings.high_water_bytes and not reader.complete and not self._paused:
                self._paused = True
                cast(asyncio.Transport, self._transport).pause_reading()
            self._wake()

    def eof_received(self) -> None:
        """Loop callback: the peer has finished; so do we, for half a connection is none."""
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Loop callback: the socket is gone, by their doing or by ours."""
        if self.failure is not None:
            return
        error: UpstreamError = ConnectionFailedError("the connection was closed before an answer came")
        reader = self.reader
        if self.busy and reader.started and not reader.complete:
            try:
                reader.finish()
            except ProtocolError as cut:
                error = cut
            if exc is not None:
                reader.complete = False  # a reset is no clean end, whatever the framing
                error = ProtocolError("the answer is truncated: the connection was reset")
        self.close(error)

    def close(self, failure: UpstreamError | None = None) -> None:
        """Close the socket now; whoever waits gets `failure`. Idempotent."""
        if self.failure is not None:
            return
        self.failure = failure or ConnectionFailedError("the connection is closed")
        self._alarm.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._wake()
        self.on_lost(self)

    async def exchange(self, method: str, head: bytes, body: bytes, patience: Patience) -> Head:
        """Send a request and wait for the head of its answer.

        Raises `ConnectionFailedError`, `ProtocolError` or `UpstreamTimeoutError`; the connection is closed then.
        """
        reader = self.reader
        reader.expect(method)
        self.busy = True
        self.uses += 1
        transport = cast(asyncio.Transport, self._transport)
        if transport.is_closing():
            self.connection_lost(None)  # the loop knows and has not told yet; uvloop would raise at a write
        elif self.failure is None:
            if len(body) <= _JOINED:
                transport.write(head + body)
            else:
                transport.write(head)
                transport.write(body)
        while reader.head is None:
            await self.wait("first_byte", patience, patience.timeouts.first_byte)
        return reader.head

    def take(self) -> bytes:
        """The body bytes that have come; reading goes on if it was paused."""
        data = self.reader.take()
        if self._paused:
            self._paused = False
            transport = cast(asyncio.Transport, self._transport)
            if not transport.is_closing():
                transport.resume_reading()
        return data

    async def wait(self, phase: str, patience: Patience, seconds: float) -> float:
        """Wait until something comes, for at most `seconds`; when (loop time) that would have been over. Raises what
        ended the connection if that was it."""
        if self.failure is not None:
            raise self.failure
        due, self._phase = patience.until(phase, self._loop.time(), seconds)
        self._alarm.set(due)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        except BaseException:
            self.close()  # cancelled: the answer is not wanted any more
            raise
        finally:
            self._waiter = None
            self._alarm.clear()
        return due

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on under TLS, the peer being `host`. Raises `OSError` (`ssl.SSLError` is one)."""
        transport = await self._loop.start_tls(
            cast(asyncio.Transport, self._transport), self, context, server_hostname=host
        )
        if transport is None or self.failure is not None:
            raise ConnectionResetError
        self._transport = transport
        # What was read so far, if anything, was a proxy's, and leaves the parser in the middle of nowhere.
        self.reader = ResponseReader(self._settings.max_header_bytes, self._settings.max_headers)

    def _late(self) -> None:
        self.close(timeout_error(self._phase))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
