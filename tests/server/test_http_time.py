"""Slow clients: each phase of a connection ends in time, and a steady client is left alone."""

import asyncio

import pytest

from pontage.server.clock import Clock, Phase
from pontage.server.http import Limits, Request, Responder
from tests.server.wires import LOOPS, answers, connected, eventually, get, post, run, serving

SHORT = Limits(
    header_seconds=0.3, body_seconds=0.3, body_bytes_per_second=2000, keep_alive_seconds=0.3, stall_seconds=0.3
)


@pytest.mark.parametrize("loop", LOOPS)
def test_slow_headers_are_refused_however_steadily_they_come(loop: str) -> None:
    async def main() -> None:
        async with serving(limits=SHORT) as house, connected(house.port) as wire:
            start = asyncio.get_running_loop().time()

            async def drip() -> None:
                for byte in get("/", "X: " + "a" * 10_000):
                    wire.writer.write(bytes([byte]))
                    await asyncio.sleep(0.01)

            dripping = asyncio.ensure_future(drip())
            heard = answers(await wire.rest())
            dripping.cancel()
            assert [answer.status for answer in heard] == [408]
            assert 0.25 < asyncio.get_running_loop().time() - start < 15
            assert house.application.requests == []

    run(main(), loop)


def test_an_empty_line_does_not_hold_a_connection_open() -> None:
    async def main() -> None:
        async with serving(limits=SHORT) as house, connected(house.port) as wire:
            await wire.send(b"\r\n")
            assert [answer.status for answer in answers(await wire.rest())] == [408]

    run(main())


@pytest.mark.parametrize("head", [get("/", "Content-Length: 99", method="POST"), post("/", b"")[:-2] + b"X: y\r\n"])
def test_a_request_that_stops_half_way_is_refused(head: bytes) -> None:
    async def main() -> None:
        async with serving(limits=SHORT) as house, connected(house.port) as wire:
            await wire.send(head)
            assert [answer.status for answer in answers(await wire.rest())] == [408]

    run(main())


def test_a_body_slower_than_the_floor_is_refused_and_a_faster_one_may_take_its_time() -> None:
    async def send(port: int, pause: float) -> int:
        async with connected(port) as wire:

            async def drip() -> None:
                wire.writer.write(get("/", "Transfer-Encoding: chunked", method="POST"))
                for _ in range(8):
                    wire.writer.write(
                        b"64\r\n" + b"x" * 100 + b"\r\n" if pause > 0.2 else b"400\r\n" + b"x" * 1024 + b"\r\n"
                    )
                    await asyncio.sleep(pause)
                wire.writer.write(b"0\r\n\r\n")

            dripping = asyncio.ensure_future(drip())
            status = (await wire.answer()).status
            dripping.cancel()
            return status

    async def main() -> None:
        async with serving(limits=SHORT) as house:
            slow, fast = await asyncio.gather(send(house.port, 0.25), send(house.port, 0.1))
            assert (slow, fast) == (408, 200)  # the second took 0.8 s: longer than the limit, but above the floor

    run(main())


def test_a_silent_connection_is_closed_without_a_word() -> None:
    async def main() -> None:
        async with serving(limits=SHORT) as house, connected(house.port) as fresh, connected(house.port) as used:
            await used.send(get("/"))
            await used.answer()
            assert await fresh.rest() == b""
            assert await used.rest() == b""
            await eventually(lambda: house.listener.connections == 0)
            assert house.application.refusals == []

    run(main())


def test_an_answer_may_take_longer_than_any_of_the_clients_limits() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        await asyncio.sleep(1.0)
        respond.send(200, [], b"at last")

    async def main() -> None:
        async with serving(handler, SHORT) as house, connected(house.port) as wire:
            await wire.send(get("/"))
            assert (await wire.answer()).body == b"at last"

    run(main())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("streamed", [True, False])
def test_a_client_that_takes_nothing_is_dropped(loop: str, streamed: bool) -> None:
    async def handler(request: Request, respond: Responder) -> None:
        if not streamed:
            respond.send(200, [], bytes(30_000_000))
            return
        await respond.start(200, [])
        while True:
            await respond.write(bytes(100_000))

    async def main() -> None:
        async with serving(handler, SHORT) as house, connected(house.port, limit=1000) as wire:
            wire.writer.transport.pause_reading()  # type: ignore[attr-defined]  # every transport of a socket has it
            await wire.send(get("/"))
            await eventually(lambda: len(house.application.requests) == 1)
            await eventually(lambda: house.listener.connections == 0 and house.listener.active == 0)

    run(main(), loop)


def test_a_slow_but_steady_reader_is_left_alone() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        respond.send(200, [], bytes(30_000_000))

    async def main() -> None:
        async with serving(handler, SHORT) as house, connected(house.port, limit=1000) as wire:
            await wire.send(get("/"))
            await wire.until(b"\r\n\r\n")
            taken = 0
            while taken < 30_000_000:
                piece = await wire.reader.read(400_000)
                assert piece
                taken += len(piece)
                await asyncio.sleep(0.01)

    run(main())


def test_the_clock_gives_a_body_the_time_that_its_rate_earns() -> None:
    clock = Clock(Limits())
    clock.enter(Phase.BODY, 100.0)
    assert clock.deadline == 130.0
    assert clock.lateness(131.0, 10 * 1024) is None
    assert clock.deadline == 140.0
    late = clock.lateness(140.0, 10 * 1024)
    assert late is not None
    assert late.status == 408
