"""Stopping: gracefully, after a while by force, at once; by call and by signal."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pontage.errors import ConfigError
from pontage.server.http import Request, Responder
from pontage.server.listener import Listener, ServerSettings, serve
from tests.server.wires import LOOPS, Recorder, answers, connected, eventually, get, run, serving


@pytest.mark.parametrize("loop", LOOPS)
def test_a_drain_lets_requests_finish_and_then_nobody_can_connect(loop: str) -> None:
    release = asyncio.Event()

    async def handler(request: Request, respond: Responder) -> None:
        await release.wait()
        if request.path == "/stream":
            await respond.start(200, [])
            await respond.write(b"last words")
            await respond.end()
        else:
            respond.send(200, [], b"last words")

    async def main() -> None:
        async with (
            serving(handler) as house,
            connected(house.port) as idle,
            connected(house.port) as whole,
            connected(house.port) as stream,
            connected(house.port) as late,
        ):
            await whole.send(get("/whole"))
            await stream.send(get("/stream"))
            await late.send(get("/late")[:-2])
            await eventually(lambda: house.listener.active == 2 and house.listener.connections == 4)
            draining = asyncio.ensure_future(house.listener.drain(15))
            assert await idle.rest() == b""
            assert house.application.draining
            await late.send(b"\r\n")
            async with connected(house.port) as new:  # the port is open: the application decides who is refused
                await new.send(get("/new"))
                await eventually(lambda: house.listener.active == 4)
                release.set()
                assert answers(await new.rest())[0].headers["connection"] == "close"
            for wire in (whole, stream, late):
                (answer,) = answers(await wire.rest())
                assert (answer.status, answer.body, answer.whole) == (200, b"last words", True)
            await draining
            assert house.listener.connections == 0
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", house.port)

    run(main(), loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_after_the_time_limit_what_is_left_is_cancelled_and_may_say_goodbye(loop: str) -> None:
    async def handler(request: Request, respond: Responder) -> None:
        if request.path == "/stream":
            await respond.start(200, [])
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if request.path == "/stream":
                await respond.write(b"event: error\n\n")
                await respond.end()
            raise

    async def main() -> None:
        async with serving(handler) as house, connected(house.port) as whole, connected(house.port) as stream:
            await whole.send(get("/whole"))
            await stream.send(get("/stream"))
            await eventually(lambda: house.listener.active == 2)
            await house.listener.drain(0.1)
            (answer,) = answers(await whole.rest())
            assert answer.status == 503
            (answer,) = answers(await stream.rest())
            assert (answer.body, answer.whole) == (b"event: error\n\n", True)

    run(main(), loop)


def test_closing_ends_everything_at_once() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        await asyncio.sleep(3600)

    async def main() -> None:
        async with serving(handler) as house, connected(house.port) as wire, connected(house.port) as idle:
            await wire.send(get("/"))
            await eventually(lambda: house.listener.active == 1 and house.listener.connections == 2)
            await house.listener.close()
            assert await wire.rest() == b""
            assert await idle.rest() == b""
            assert (house.listener.active, house.listener.connections) == (0, 0)

    run(main())


def test_a_request_that_is_cancelled_before_it_began_leaves_nothing() -> None:
    async def main() -> None:
        async with serving() as house, connected(house.port) as wire:
            await eventually(lambda: house.listener.connections == 1)
            (connection,) = house.listener._state.connections
            connection.data_received(get("/"))
            await house.listener.close()
            assert await wire.rest() == b""
            assert house.application.requests == []

    run(main())


def test_a_drain_does_not_wait_for_a_client_that_has_its_answers_and_does_not_read_them() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        respond.send(200, [], bytes(300_000 if request.path == "/" else 20_000_000))

    async def main() -> None:
        async with serving(handler) as house, connected(house.port, limit=1000) as wire:
            wire.writer.transport.pause_reading()  # type: ignore[attr-defined]  # every transport of a socket has it
            await wire.send(get("/big"))
            await eventually(lambda: len(house.application.requests) == 1 and house.listener.active == 0)
            draining = asyncio.ensure_future(house.listener.drain(15))
            wire.writer.transport.resume_reading()  # type: ignore[attr-defined]  # as above
            (answer,) = answers(await wire.rest())
            assert answer.whole
            await draining

    run(main())


def test_an_address_that_is_taken_is_a_configuration_error() -> None:
    async def main() -> None:
        async with serving() as house:
            with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{house.port}"):
                await Listener.start(Recorder(), ServerSettings(port=house.port))

    run(main())


def test_several_listeners_may_share_a_port_when_told_to() -> None:
    async def main() -> None:
        async with serving(reuse_port=True) as house:
            other = await Listener.start(Recorder(), ServerSettings(port=house.port, reuse_port=True))
            assert other.port == house.port
            await other.close()

    run(main())


@pytest.mark.parametrize("uvloop_is_installed", [True, False])
def test_a_signal_drains_and_serve_returns(uvloop_is_installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not uvloop_is_installed:
        monkeypatch.setitem(sys.modules, "uvloop", None)
    steps: list[str] = []
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    @contextlib.asynccontextmanager
    async def application() -> AsyncIterator[Recorder]:
        steps.append("opened")
        yield Recorder()
        steps.append("closed")

    def client(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(get("/hello"))
            steps.append(connection.recv(1000).partition(b"\r\n\r\n")[2].decode().strip())
            os.kill(os.getpid(), signal.SIGTERM)
            assert connection.recv(1000) == b""

    threads: list[threading.Thread] = []

    def ready(listener: Listener) -> None:
        threads.append(threading.Thread(target=client, args=(listener.port,)))
        threads[0].start()

    try:
        serve(application, ServerSettings(port=0), ready)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    threads[0].join()
    assert steps == ["opened", "GET /hello?", "closed"]


STUBBORN = """
import asyncio, contextlib, sys
from pontage.server.listener import ServerSettings, serve

class Stubborn:
    async def __call__(self, request, respond):
        await respond.start(200, [])
        await asyncio.sleep(3600)
    def drain(self):
        pass
    def refuse(self, method, target, headers, error):
        return error.status, [], b""

@contextlib.asynccontextmanager
async def application():
    yield Stubborn()

serve(application, ServerSettings(port=0), lambda listener: print(listener.port, flush=True))
"""


def test_a_second_signal_quits_at_once() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(get("/"))
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            process.send_signal(signal.SIGTERM)
            told = b""
            while b"connection: close" not in told:  # it drains: what comes now is the last of its connection
                assert process.poll() is None
                with socket.create_connection(("127.0.0.1", port)) as other:
                    other.sendall(get("/"))
                    told = other.recv(1000)
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == -signal.SIGTERM
