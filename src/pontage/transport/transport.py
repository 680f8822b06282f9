"""The transport: sends requests, keeps connections. Floor 2; the only way out of the house.

HTTP/1.1 over TCP or TLS. Redirects are returned like any other answer, never followed; nothing is read from the
environment; nothing is sent before somebody asks.
"""

from __future__ import annotations

import asyncio

from pontage.errors import ConnectionFailedError
from pontage.transport.answer import Answer
from pontage.transport.dialing import Dialer
from pontage.transport.guard import AddressGuard
from pontage.transport.messages import Origin, OriginStatistics, Outgoing, TransportSettings
from pontage.transport.pool import Pool
from pontage.transport.rendering import render
from pontage.transport.timers import Patience

# A kept-alive connection that the peer had already closed is found out within a round trip. A request that dies
# without an answer later than that was probably worked on, and to send it again is not ours to decide.
_STALE_SECONDS = 1.0
_TURNS_TO_CLOSE = 4
_DEFAULTS = TransportSettings()


class Transport:
    """Sends requests over pooled connections. Belongs to one event loop at a time; close it there with `aclose`.

    When its loop is closed it begins anew in the next one, without the connections it had.

    Raises `ConfigError` when proxy or CA file of the settings are not usable.
    """

    def __init__(self, settings: TransportSettings = _DEFAULTS, guard: AddressGuard | None = None) -> None:
        self._settings = settings
        self._dialer = Dialer(settings, guard or AddressGuard())
        # What may reach private addresses and what may not never share a connection.
        self._pools: dict[tuple[Origin, bool], Pool] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def send(self, request: Outgoing) -> Answer:
        """Send `request`; the answer's head is in when this returns, its body is yet to be read.

        Raises `InvalidRequestError` (a malformed part of the request), `ConnectionFailedError` (refused, broken,
        TLS, DNS, forbidden address, transport closed), `UpstreamTimeoutError` and `ProtocolError`. A request that
        meets a stale kept-alive connection is sent once more, on a new one, if it may be. RuntimeError: another loop is
        using this.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._move(loop)
        pool = self._pools.get((request.origin, request.private)) or self._pool_for(request)
        head = render(request, pool.route.prefix, pool.route.fields)
        patience = Patience(request.timeouts, loop.time(), request.deadline)
        connection = await pool.acquire(patience)
        while True:
            reused, begun = connection.uses > 0, loop.time()
            try:
                answered = await connection.exchange(request.method, head, request.body, patience)
                return Answer(answered, connection, pool, patience)
            except BaseException as error:
                stale = reused and not connection.reader.started and loop.time() - begun < _STALE_SECONDS
                again = stale and request.resend and isinstance(error, ConnectionFailedError)
                if not again or self._closed:
                    pool.drop(connection)
                    raise
            connection = await pool.replace(connection, patience)  # has no uses yet: this loop ends

    async def aclose(self) -> None:
        """Close every connection; requests under way raise `ConnectionFailedError`. Idempotent."""
        self._closed = True
        self._move(asyncio.get_running_loop())
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            pool.close()
        for _ in range(_TURNS_TO_CLOSE):
            await asyncio.sleep(0)  # event loops let go of aborted sockets in their next turns

    def statistics(self) -> dict[Origin, OriginStatistics]:
        """The connection counts of every origin that has or had some recently."""
        counts: dict[Origin, OriginStatistics] = {}
        for (origin, _), pool in self._pools.items():
            counts[origin] = counts.get(origin, OriginStatistics()) + pool.statistics()
        return counts

    def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Leave the loop that was used before: its connections died with it, and cannot even be closed."""
        if self._loop is not None and self._loop is not loop:
            if not self._loop.is_closed():
                raise RuntimeError("another event loop, which is not closed, uses these connections: one client a loop")
            self._pools.clear()
        self._loop = loop

    def _pool_for(self, request: Outgoing) -> Pool:
        if self._closed:
            raise ConnectionFailedError("the transport was closed")
        for key in [key for key, pool in self._pools.items() if pool.statistics() == OriginStatistics()]:
            del self._pools[key]  # links in requests name many hosts once
        route = self._dialer.route(request.origin, private=request.private)
        pool = Pool(route, self._dialer, self._settings)
        self._pools[request.origin, request.private] = pool
        return pool
