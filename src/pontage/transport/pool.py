"""The connections of one route: idle ones on a stack, requests without one in a queue. Floor 2.

A request holds a place from `acquire` to `release` or `drop`. Places are handed from one holder straight to the
longest waiting request, so nobody overtakes the queue, and whoever is cancelled with a place in hand hands it on.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from pontage.errors import ConnectionFailedError
from pontage.transport.connection import Connection
from pontage.transport.dialing import Dialer, Route
from pontage.transport.messages import OriginStatistics, TransportSettings
from pontage.transport.timers import Patience, timeout_error


class Pool:
    """Connections along one `route`, at most `connections_per_origin` of them."""

    def __init__(self, route: Route, dialer: Dialer, settings: TransportSettings) -> None:
        self.route = route
        self.settings = settings
        self._dialer = dialer
        self._idle: deque[Connection] = deque()
        self._held: set[Connection] = set()
        self._places = 0  # held by requests: connections in use or being made
        # A waiting request gets a connection, or None: a place to make one in. The value of the mapping is unused.
        self._waiting: OrderedDict[asyncio.Future[Connection | None], None] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def acquire(self, patience: Patience) -> Connection:
        """A connection for one exchange: the one used last if any is idle.

        Raises `UpstreamTimeoutError` (phase pool, connect or total) and `ConnectionFailedError`.
        """
        connection: Connection | None = None
        if self._idle:
            connection = self._idle.pop()
            self._places += 1
        elif self._places < self.settings.connections_per_origin:
            self._places += 1
        else:
            connection = await self._queue(patience)
        if connection is not None and not connection.usable:
            connection.close()  # lost on its way here
            connection = None
        if connection is None:
            connection = await self._dial(patience)
        self._held.add(connection)
        if self._closed:
            self.drop(connection)
            raise ConnectionFailedError("the transport was closed")
        return connection

    async def replace(self, connection: Connection, patience: Patience) -> Connection:
        """A new connection in the place of `connection`, which turned out to be stale. Raises as `acquire`."""
        self._held.discard(connection)
        connection.close()
        fresh = await self._dial(patience)
        self._held.add(fresh)
        return fresh

    def release(self, connection: Connection) -> None:
        """The exchange is over: keep the connection if it may be used again, and pass the place on."""
        self._held.discard(connection)
        connection.busy = False
        if self._closed or not (connection.reader.reusable and connection.usable):
            connection.close()
            self._vacate(None)
        else:
            self._vacate(connection)

    def drop(self, connection: Connection) -> None:
        """The exchange failed or is not wanted any more: close the connection, pass the place on."""
        self._held.discard(connection)
        connection.close()
        self._vacate(None)

    def close(self) -> None:
        """Close every connection, in use or not; whoever waits gets `ConnectionFailedError`."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in (*self._idle, *self._held):
            connection.close(ConnectionFailedError("the transport was closed"))
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(ConnectionFailedError("the transport was closed"))
        self._idle.clear()

    def statistics(self) -> OriginStatistics:
        """The pool's counts now."""
        idle = len(self._idle)
        return OriginStatistics(idle + self._places, idle, self._places, len(self._waiting))

    async def _queue(self, patience: Patience) -> Connection | None:
        loop = asyncio.get_running_loop()
        due, phase = patience.until("pool", loop.time(), patience.timeouts.pool)
        waiter: asyncio.Future[Connection | None] = loop.create_future()
        self._waiting[waiter] = None
        alarm = loop.call_at(due, _expire, waiter, phase)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._vacate(waiter.result())  # cancelled with the place already in hand
            raise
        finally:
            alarm.cancel()
            self._waiting.pop(waiter, None)

    async def _dial(self, patience: Patience) -> Connection:
        try:
            connection = await self._dialer.dial(self.route, patience)
        except BaseException:
            self._vacate(None)
            raise
        connection.on_lost = self._forget
        return connection

    def _vacate(self, connection: Connection | None) -> None:
        """Give up a place, with or without a connection in it: to the first in the queue, else to nobody."""
        while self._waiting:
            waiter, _ = self._waiting.popitem(last=False)
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._places -= 1
        if connection is None:
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(self.settings.idle_seconds, self._expire_idle)

    def _expire_idle(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._sweep = None
        while self._idle and self._idle[0].idle_since + self.settings.idle_seconds <= now + 0.01:
            self._idle.popleft().close()
        if self._idle:
            self._sweep = loop.call_at(self._idle[0].idle_since + self.settings.idle_seconds, self._expire_idle)

    def _forget(self, connection: Connection) -> None:
        """`connection` was lost. If it was in use its holder will notice."""
        if not connection.busy and connection in self._idle:
            self._idle.remove(connection)


def _expire(waiter: asyncio.Future[Connection | None], phase: str) -> None:
    if not waiter.done():
        waiter.set_exception(timeout_error(phase))
