"""The listening socket: accepts connections, keeps their clock, drains and closes. Floor 8."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import msgspec

from pontage.errors import ConfigError
from pontage.server.clock import Phase
from pontage.server.http import Application, Limits
from pontage.server.protocol import Connection, ServerState

_BACKLOG = 2048
_GRACE_SECONDS = 5.0  # for cancelled requests to say goodbye and settle


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how to listen. Times in seconds."""

    host: str = "127.0.0.1"
    port: int = 4000  # 0 takes any free one
    limits: Limits = Limits()
    max_connections: int = 10_000
    drain_seconds: float = 30.0  # for requests in hand to finish after the first SIGTERM
    reuse_port: bool = False  # let several processes share the port


class Listener:
    """A server that is listening, within a running event loop; made by `start`."""

    __slots__ = ("_clock", "_interval", "_loop", "_server", "_state", "port")

    def __init__(self, state: ServerState, server: asyncio.Server, loop: asyncio.AbstractEventLoop) -> None:
        limits = state.limits
        shortest = min(limits.header_seconds, limits.body_seconds, limits.keep_alive_seconds, limits.stall_seconds)
        self._state = state
        self._server = server
        self._loop = loop
        self._interval = max(0.02, min(1.0, shortest / 4))
        self._clock = loop.call_later(self._interval, self._tick)
        self.port: int = server.sockets[0].getsockname()[1]

    @classmethod
    async def start(cls, application: Application, settings: ServerSettings) -> Listener:
        """Listen; raises `ConfigError` when the address cannot be had."""
        loop = asyncio.get_running_loop()
        state = ServerState(application, settings.limits, settings.max_connections)
        try:
            server = await loop.create_server(
                lambda: Connection(state, loop),
                settings.host,
                settings.port,
                backlog=_BACKLOG,
                reuse_port=settings.reuse_port or None,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(
                f"cannot listen on {settings.host}:{settings.port}: {reason}", hint="choose another port or host"
            ) from error
        return cls(state, server, loop)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._state.connections)

    @property
    def active(self) -> int:
        """How many requests are being answered."""
        return len(self._state.tasks)

    @property
    def failures(self) -> int:
        """How many requests failed by our own fault (500) since the start."""
        return self._state.failures

    async def drain(self, seconds: float) -> None:
        """Stop gracefully: close idle connections, and give requests in hand `seconds` to finish.

        The port stays open meanwhile, so that whoever looks can be told; what is refused is the application's business.
        Then what is left is cancelled, has a few seconds to end its streams properly, and everything is closed.
        """
        state = self._state
        state.draining = True
        state.application.drain()
        self._dismiss()
        await self._while(self._busy, seconds)
        self._server.close()
        for task in list(state.tasks):
            task.cancel()
        self._dismiss()
        await self._while(self._anyone, _GRACE_SECONDS)
        await self.close()

    async def close(self) -> None:
        """Stop at once: every connection is closed and every request cancelled; returns when they have ended."""
        self._clock.cancel()
        self._server.close()
        for connection in list(self._state.connections):
            connection.stop(at_once=True)
        for task in list(self._state.tasks):
            task.cancel()
        await self._while(self._anyone, _GRACE_SECONDS)

    async def _while(self, busy: Callable[[], bool], seconds: float) -> None:
        # Only ever waited for while stopping, so looking now and then is simpler than telling.
        end = self._loop.time() + seconds
        while busy() and self._loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    def _dismiss(self) -> None:
        """Close the connections on which nothing happens."""
        for connection in list(self._state.connections):
            connection.stop(at_once=False)

    def _anyone(self) -> bool:
        return bool(self._state.tasks or self._state.connections)

    def _busy(self) -> bool:
        """Whether anyone would miss an answer."""
        return bool(self._state.tasks) or any(
            connection.clock.phase is not Phase.IDLE for connection in self._state.connections
        )

    def _tick(self) -> None:
        self._clock = self._loop.call_later(self._interval, self._tick)
        self._state.tick(self._loop.time())


def serve(
    open_application: Callable[[], AbstractAsyncContextManager[Application]],
    settings: ServerSettings,
    on_ready: Callable[[Listener], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then drain and return; a second signal ends the process at once.

    The application is opened inside the event loop (uvloop where it is installed) before the port is, and closed
    after the last request. Call it from the main thread. Raises `ConfigError` when the address cannot be had.
    """
    _raise_file_limit(2 * settings.max_connections)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(open_application, settings, on_ready))


async def _serve(
    open_application: Callable[[], AbstractAsyncContextManager[Application]],
    settings: ServerSettings,
    on_ready: Callable[[Listener], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    async with open_application() as application:
        listener = await Listener.start(application, settings)
        if on_ready is not None:
            on_ready(listener)
        await stop.wait()
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)  # so the second one has its own, immediate effect
        await listener.drain(settings.drain_seconds)


def _raise_file_limit(wanted: int) -> None:
    # A request needs a socket on either side; the usual soft limit of 1,024 is for programs that use select().
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # optional: it does not exist for every platform
    except ImportError:
        return None
    return uvloop.new_event_loop
