"""Making connections: guard, TCP, proxy tunnel, TLS, in that order. Floor 2."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import msgspec

from pontage.errors import ConnectionFailedError
from pontage.transport.connection import Connection
from pontage.transport.guard import AddressGuard
from pontage.transport.messages import Origin, TransportSettings
from pontage.transport.proxy import Proxy, proxy_for
from pontage.transport.timers import Patience, timeout_error
from pontage.transport.tls import failure_of, make_context


class Route(msgspec.Struct, frozen=True):
    """How the requests of one pool reach their origin.

    `prefix` goes before the target in the request line, `fields` (lines with CRLF) at the head of the header block.
    """

    origin: Origin
    private: bool
    proxy: Proxy | None
    prefix: str
    fields: str


class Dialer:
    """Makes connections along routes. Raises `ConfigError` when proxy or CA file of the settings are not usable."""

    def __init__(self, settings: TransportSettings, guard: AddressGuard) -> None:
        self._settings = settings
        self._guard = guard
        self._proxy = Proxy.of(settings.proxy) if settings.proxy else None
        # The system's roots take milliseconds and megabytes to load: not before they are needed.
        self._context = make_context(settings.ca_file) if settings.ca_file else None

    def route(self, origin: Origin, *, private: bool) -> Route:
        """The way to `origin`."""
        proxy = proxy_for(origin, self._settings, self._proxy)
        fields = f"host: {origin.host_field}\r\n"
        if proxy is None or origin.scheme == "https":
            return Route(origin, private, proxy, "", fields)
        return Route(origin, private, proxy, str(origin), fields + proxy.authorization)

    async def dial(self, route: Route, patience: Patience) -> Connection:
        """A new connection along `route`, ready for its first request.

        Raises `ConnectionFailedError`, or `UpstreamTimeoutError` with phase connect or total.
        """
        loop = asyncio.get_running_loop()
        due, phase = patience.until("connect", loop.time(), patience.timeouts.connect)
        connection: Connection | None = None
        try:
            async with asyncio.timeout_at(due):
                connection = await self._reach(route, due)
                await self._prepare(connection, route, patience)
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, TimeoutError):
                raise timeout_error(phase) from None
            raise
        return connection

    async def _reach(self, route: Route, due: float) -> Connection:
        if route.proxy is None:
            target = route.origin
            addresses = await self._guard.addresses(target, private=route.private)
        else:
            target = route.proxy.origin
            self._guard.check_unresolved(route.origin, private=route.private)
            addresses = await self._guard.addresses(target, private=True)  # the operator named this one
        return await self._try_each(addresses, target.port, due)

    async def _try_each(self, addresses: Sequence[str], port: int, due: float) -> Connection:
        """Connect to the first address that answers; each gets its share of the time that is left."""
        loop = asyncio.get_running_loop()
        reason = "no address answered"
        for position, address in enumerate(addresses):
            share = (due - loop.time()) / (len(addresses) - position)
            connection = Connection(loop, self._settings)
            try:
                async with asyncio.timeout(share):
                    await loop.create_connection(lambda made=connection: made, address, port)
                return connection
            except OSError as error:
                connection.close()
                if isinstance(error, TimeoutError) and position + 1 == len(addresses):
                    raise
                if error.errno is not None:
                    reason = os.strerror(error.errno).lower()
            except BaseException:
                connection.close()
                raise
        raise ConnectionFailedError(f"the connection could not be made: {reason}")

    async def _prepare(self, connection: Connection, route: Route, patience: Patience) -> None:
        """Whatever lies between a TCP connection and the first request."""
        if route.proxy is not None:
            if route.proxy.origin.scheme == "https":
                await self._secure(connection, route.proxy.origin.host)
            if route.origin.scheme == "https":
                head = await connection.exchange("CONNECT", route.proxy.connect_request(route.origin), b"", patience)
                if not 200 <= head.status < 300:
                    raise ConnectionFailedError(f"the proxy refused the connection with status {head.status}")
                connection.busy = False
        if route.origin.scheme == "https":
            await self._secure(connection, route.origin.host)
        connection.uses = 0

    async def _secure(self, connection: Connection, host: str) -> None:
        if self._context is None:
            self._context = make_context(None)
        try:
            await connection.secure(self._context, host)
        except OSError as error:
            raise ConnectionFailedError(failure_of(error)) from None
