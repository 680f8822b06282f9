"""One client connection: requests in, one task each, answers out in order. Floor 8.

The parser reads, the outlet writes, and this is where they meet: which phase the connection is in, how long it may
stay there, and what happens when the client leaves. The clock is the listener's coarse tick; no request has a timer.
"""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import cast

from pontage.errors import OverloadedError, PontageError
from pontage.server.answering import answer, word
from pontage.server.clock import Clock, Phase
from pontage.server.http import Application, Limits, Request
from pontage.server.parser import RequestParser
from pontage.server.responder import Outlet, SocketResponder

_QUEUE_BYTES = 64 * 1024  # of pipelined requests; beyond it the client waits


class ServerState:
    """What the connections of one listener share."""

    __slots__ = ("application", "connections", "draining", "failures", "limits", "max_connections", "stamp", "tasks")

    def __init__(self, application: Application, limits: Limits, max_connections: int) -> None:
        self.application = application
        self.limits = limits
        self.max_connections = max_connections
        self.connections: set[Connection] = set()
        self.tasks: set[asyncio.Task[bool]] = set()  # one for each request being answered
        self.draining = False
        self.failures = 0  # requests that failed by our own fault
        self.stamp = ""
        self.tick(0.0)

    def tick(self, now: float) -> None:
        """Renew the date line and let every connection look at the clock (`now`: the loop's, in seconds)."""
        self.stamp = f"date: {formatdate(usegmt=True)}\r\n"
        for connection in list(self.connections):
            connection.tick(now)


class Connection(asyncio.Protocol):
    """The reading half of a client's connection, and the life of its requests."""

    __slots__ = ("_loop", "_outlet", "_parser", "_peer", "_responder", "_state", "_task", "clock")

    # Set by `connection_made`, which the event loop calls before anything else.
    _outlet: Outlet
    _responder: SocketResponder

    def __init__(self, state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._loop = loop
        self._parser = RequestParser(state.limits)
        self._peer = ""
        self._task: asyncio.Task[bool] | None = None
        self.clock = Clock(state.limits)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        # uvloop's transports are transports by shape, not by descent.
        self._outlet = Outlet(cast(asyncio.Transport, transport))
        peer = cast("tuple[str, int] | str | None", transport.get_extra_info("peername"))
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        state = self._state
        state.connections.add(self)
        if len(state.connections) > state.max_connections:
            self._refuse(OverloadedError("there are too many connections", retry_after=1.0))
        else:
            self._advance()

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        if self.clock.phase is Phase.CLOSING:
            return
        self._parser.receive(data)
        if self._task is None and not self._outlet.paused:
            self._advance()
        elif self._parser.buffered > _QUEUE_BYTES:
            self._outlet.transport.pause_reading()

    def eof_received(self) -> None:
        """The client has closed its side: for a gateway it is gone, and what it asked for is stopped at once."""
        if self._task is not None and not self._responder.ended:
            self._outlet.reset()
        else:
            self._close(linger=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; an answer that is not finished is cancelled."""
        self.clock.enter(Phase.CLOSING, self._loop.time())
        self._state.connections.discard(self)
        self._outlet.lost()
        if self._task is not None and not self._responder.ended:
            self._task.cancel()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._outlet.pause()
        self.clock.await_reader(self._loop.time())

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._outlet.resume()
        if self._task is not None:
            self.clock.answer()
        elif self.clock.phase is Phase.ANSWER:
            self._advance()

    def stop(self, *, at_once: bool) -> None:
        """The server stops: leave `at_once`, or now if idle and else after the answer in hand."""
        if at_once:
            self._outlet.reset()
        elif self._task is None and self.clock.phase in (Phase.IDLE, Phase.ANSWER):
            self._close(linger=False)

    def tick(self, now: float) -> None:
        """Look at the clock: end what has lasted too long."""
        clock, outlet = self.clock, self._outlet
        if now < clock.deadline:
            return
        if clock.phase is Phase.HEAD or clock.phase is Phase.BODY:
            late = clock.lateness(now, self._parser.body_bytes)
            if late is not None:
                self._refuse(late)
        elif outlet.stalled() or (clock.phase is Phase.CLOSING and not outlet.unsent):
            outlet.reset()
        elif outlet.unsent:
            clock.await_reader(now)
        elif clock.phase is Phase.IDLE:
            self._close(linger=False)

    def _advance(self) -> None:
        # Between two answers: begin the next one, or wait for the rest of its request.
        parser = self._parser
        try:
            complete = parser.next()
        except PontageError as error:
            self._refuse(error)
            return
        if complete is None or parser.buffered <= _QUEUE_BYTES:
            self._outlet.transport.resume_reading()
        if complete is None:
            if parser.phase is not self.clock.phase:
                self.clock.enter(parser.phase, self._loop.time())
                if parser.head is not None and parser.head.expects_continue and not parser.body_bytes:
                    self._outlet.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        head, body = complete
        request = Request(head.method, head.path, head.query, head.headers, body, self._peer)
        self._responder = responder = SocketResponder(
            self._outlet,
            stamp=self._state.stamp,
            modern=head.modern,
            bodiless=head.method == "HEAD",
            persistent=head.persistent and not self._state.draining,
        )
        self.clock.answer()
        self._task = task = self._loop.create_task(answer(self._state.application, request, responder))
        self._state.tasks.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[bool]) -> None:
        self._state.tasks.discard(task)
        self._task = None
        if not task.cancelled() and task.result():
            self._state.failures += 1
        responder, outlet = self._responder, self._outlet
        if not responder.ended:  # cancelled before its first step
            responder.abort()
        if not outlet.open:
            self.clock.enter(Phase.CLOSING, self._loop.time())
        elif not responder.persistent or self._state.draining:
            self._close(linger=self._parser.buffered > 0)
        elif not outlet.paused:  # else when the client has taken some of its answers
            self._advance()

    def _close(self, *, linger: bool) -> None:
        self.clock.enter(Phase.CLOSING, self._loop.time())
        if linger:
            self._outlet.transport.resume_reading()
            self._outlet.finish()
        else:
            self._outlet.close()

    def _refuse(self, error: PontageError) -> None:
        parser = self._parser
        responder = SocketResponder(
            self._outlet, stamp=self._state.stamp, modern=True, bodiless=parser.method == "HEAD", persistent=False
        )
        word(self._state.application, responder, (parser.method, parser.target, parser.headers), error)
        self._close(linger=True)
