"""A client that leaves is noticed at once, in every window; one that does not read costs little memory."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from pontage.server.http import Request, Responder
from tests.conftest import Figures
from tests.server.wires import LOOPS, answers, connected, eventually, get, run, serving

ROUNDS = 40


class Watched:
    """A handler that notes when it was reached and when it was cancelled, in seconds."""

    def __init__(self, work: Callable[[Responder], Awaitable[None]]) -> None:
        self.work = work
        self.reached = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.at = 0.0
        self.written = 0

    async def __call__(self, request: Request, respond: Responder) -> None:
        try:
            self.reached.set()
            await self.work(respond)
        except asyncio.CancelledError:
            self.at = time.perf_counter()
            self.cancelled.set()
            raise


async def wait(respond: Responder) -> None:
    await asyncio.sleep(3600)


async def trickle(respond: Responder) -> None:
    await respond.start(200, [])
    while True:
        await respond.write(b"data: x\n\n")
        await asyncio.sleep(0.005)


async def pour(respond: Responder) -> None:
    await respond.start(200, [])
    while True:
        await respond.write(b"x" * 50_000)


WINDOWS = {"before the answer": wait, "within the stream": trickle, "while blocked": pour}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_cancels_its_request(loop: str, window: str, how: str, figures: Figures) -> None:
    delays: list[float] = []

    async def main() -> None:
        async with serving() as house:
            for _ in range(ROUNDS):
                house.application.handler = handler = Watched(WINDOWS[window])
                async with connected(house.port, limit=1000) as wire:
                    await wire.send(get("/"))
                    await handler.reached.wait()
                    await asyncio.sleep(0.02)
                    if how == "reset":  # over unread data, closing at once sends a reset
                        wire.writer.transport.abort()
                    else:
                        wire.close()
                    left = time.perf_counter()
                    async with asyncio.timeout(20):
                        await handler.cancelled.wait()
                    delays.append(handler.at - left)
            await eventually(lambda: house.listener.connections == 0 and house.listener.active == 0)

    run(main(), loop)
    p99 = sorted(delays)[round(0.99 * (len(delays) - 1))]
    figures(f"disconnect noticed {window}, {how}, {loop}: p99", 1000 * p99, "ms")
    assert p99 < 5  # seconds: the figure is what counts, and a busy machine must not fail


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("begun", [b"", b"GE", get("/", "Content-Length: 9", method="POST") + b"half"])
def test_a_client_that_leaves_before_its_request_is_whole_leaves_nothing(loop: str, begun: bytes) -> None:
    async def main() -> None:
        async with serving() as house:
            async with connected(house.port) as wire:
                await wire.send(begun)
                await eventually(lambda: house.listener.connections == 1)
                await asyncio.sleep(0.02)
                wire.close()
                await eventually(lambda: house.listener.connections == 0)
            assert house.application.requests == []
            assert house.application.refusals == []

    run(main(), loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_what_follows_a_finished_answer_is_not_cancelled(loop: str) -> None:
    done = asyncio.Event()

    async def handler(request: Request, respond: Responder) -> None:
        respond.send(200, [], b"all")
        await asyncio.sleep(0.2)
        done.set()

    async def main() -> None:
        async with serving(handler) as house, connected(house.port) as wire:
            await wire.send(get("/"))
            await wire.answer()
            wire.close()
            await eventually(done.is_set)

    run(main(), loop)


def test_a_handler_that_outlives_its_client_writes_into_nothing() -> None:
    """A route may choose to finish what it pays for: it survives its cancellation and goes on writing."""
    written = 0

    async def handler(request: Request, respond: Responder) -> None:
        nonlocal written
        await respond.start(200, [])
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            for _ in range(10):
                await respond.write(b"x" * 300_000)
                written += 1
            await respond.end()

    async def main() -> None:
        async with serving(handler) as house:
            async with connected(house.port) as wire:
                await wire.send(get("/"))
                await wire.until(b"\r\n\r\n")
            await eventually(lambda: written == 10 and house.listener.active == 0)
            assert house.listener.failures == 0

    run(main())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("piece", [100, 50_000, 5_000_000])
def test_a_client_that_does_not_read_pauses_the_stream(loop: str, piece: int, figures: Figures) -> None:
    written = 0

    async def handler(request: Request, respond: Responder) -> None:
        nonlocal written
        await respond.start(200, [])
        for _ in range(40_000_000 // piece):
            await respond.write(b"x" * piece)
            written += piece
        await respond.end()

    async def main() -> None:
        async with serving(handler) as house, connected(house.port, limit=1000) as wire:
            transport = wire.writer.transport
            transport.pause_reading()  # type: ignore[attr-defined]  # every transport of a socket has it
            await wire.send(get("/", "Connection: close"))
            before = -1
            while before != written or not house.application.requests:
                before = written
                await asyncio.sleep(0.3)
            (connection,) = house.listener._state.connections
            unsent = connection._outlet.unsent
            figures(f"bytes kept for a client that does not read ({loop}, pieces of {piece})", unsent)
            assert 0 < unsent <= 1024 * 1024
            assert written < 40_000_000
            transport.resume_reading()  # type: ignore[attr-defined]  # as above
            (answer,) = answers(await wire.rest())
            assert answer.whole
            assert len(answer.body) == written == 40_000_000

    run(main(), loop)


def test_a_client_that_pipelines_and_does_not_read_is_not_served_on() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        respond.send(200, [], bytes(100_000))

    async def main() -> None:
        async with serving(handler) as house, connected(house.port, limit=1000) as wire:
            transport = wire.writer.transport
            transport.pause_reading()  # type: ignore[attr-defined]  # every transport of a socket has it
            wire.writer.write(get("/") * 2000)
            before = -1
            while before != len(house.application.requests) or not house.application.requests:
                before = len(house.application.requests)
                await asyncio.sleep(0.3)
            assert before < 2000
            (connection,) = house.listener._state.connections
            assert connection._outlet.unsent <= 1024 * 1024
            transport.resume_reading()  # type: ignore[attr-defined]  # as above
            for _ in range(2000):
                assert len((await wire.answer()).body) == 100_000

    run(main())
