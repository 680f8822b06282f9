"""Every phase of a request has its timer, and the whole and the deadline clip them all."""

import asyncio
from typing import Any

import pytest

from pontage.errors import UpstreamTimeoutError
from pontage.transport import Origin, OriginStatistics, Timeouts, Transport, TransportSettings
from tests.transport.peers import OK, QUICK, Peer, Run, answering, fetch, get, silent

EMPTY = OriginStatistics()

PHASES = {
    "pool": Timeouts(pool=0.1, connect=9, first_byte=9, idle=9, total=9),
    "first_byte": Timeouts(pool=9, connect=9, first_byte=0.1, idle=9, total=9),
    "idle": Timeouts(pool=9, connect=9, first_byte=9, idle=0.1, total=9),
}


async def fail_in(phase: str, timeouts: Timeouts, expected: str, **more: Any) -> None:
    script = silent if phase != "idle" else answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab")
    async with Peer(script) as peer:
        transport = Transport(TransportSettings(connections_per_origin=1))
        held = None
        if phase == "pool":
            held = asyncio.create_task(transport.send(get(peer.origin())))
            await asyncio.sleep(0.02)
        with pytest.raises(UpstreamTimeoutError) as caught:
            await fetch(transport, get(peer.origin(), timeouts=timeouts, **more))
        assert caught.value.phase == expected
        if held is not None:
            held.cancel()
            await asyncio.gather(held, return_exceptions=True)
        assert transport.statistics()[peer.origin()] == EMPTY
        await peer.all_gone()
        await transport.aclose()


@pytest.mark.parametrize("phase", PHASES)
def test_every_phase_has_its_timer(run: Run, phase: str) -> None:
    run(lambda: fail_in(phase, PHASES[phase], phase))


@pytest.mark.parametrize("phase", PHASES)
def test_the_whole_clips_every_phase(run: Run, phase: str) -> None:
    run(lambda: fail_in(phase, Timeouts(9, 9, 9, 9, total=0.1), "total"))


@pytest.mark.parametrize("phase", PHASES)
def test_a_deadline_clips_every_phase(run: Run, phase: str) -> None:
    async def main() -> None:
        await fail_in(phase, QUICK, "total", deadline=asyncio.get_running_loop().time() + 0.1)

    run(main)


def test_a_deadline_that_has_passed_fails_at_once(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            transport = Transport()
            with pytest.raises(UpstreamTimeoutError):
                await transport.send(get(peer.origin(), deadline=asyncio.get_running_loop().time() - 1))
            assert transport.statistics()[peer.origin()] == EMPTY
            await transport.aclose()

    run(main)


def test_a_body_that_trickles_is_not_idle_but_ends_with_the_whole(run: Run) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        await peer.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(300):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.03)

    async def main() -> None:
        async with Peer(trickle) as peer:
            transport = Transport()
            timeouts = Timeouts(pool=9, connect=9, first_byte=9, idle=2, total=0.5)
            answer = await transport.send(get(peer.origin(), timeouts=timeouts))
            size = 0

            async def read() -> None:
                nonlocal size
                while piece := await answer.chunk():
                    size += len(piece)

            with pytest.raises(UpstreamTimeoutError) as caught:
                await read()
            assert caught.value.phase == "total"
            assert size > 1
            await peer.all_gone()
            await transport.aclose()

    run(main)


def test_timers_are_kept_from_one_request_to_the_next_and_still_ring(run: Run) -> None:
    """The alarm of a connection stays armed; a later request with a shorter time must not wait for it."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        while (await peer.request(reader)).startswith(b"GET /answer"):
            writer.write(OK)
        await asyncio.sleep(30)

    async def main() -> None:
        async with Peer(script) as peer:
            transport = Transport()
            for seconds in (0.2, 30.0, 0.3):
                timeouts = Timeouts(9, 9, first_byte=seconds, idle=9, total=40)
                await fetch(transport, get(peer.origin(), "/answer", timeouts=timeouts))
            await asyncio.sleep(0.4)  # past the alarms, while nobody waits
            await fetch(transport, get(peer.origin(), "/answer"))
            assert peer.accepted == 1
            with pytest.raises(UpstreamTimeoutError) as caught:
                await fetch(transport, get(peer.origin(), "/hang", timeouts=Timeouts(9, 9, first_byte=0.1)))
            assert caught.value.phase == "first_byte"
            await transport.aclose()

    run(main)


def test_connecting_has_its_timer(run: Run) -> None:
    async def main() -> None:
        async with Peer(silent) as peer:  # takes the TCP connection and never shakes hands
            transport = Transport()
            origin = Origin("https", "127.0.0.1", peer.port)
            for timeouts, phase in ((Timeouts(9, 0.2, 9, 9, 9), "connect"), (Timeouts(9, 9, 9, 9, 0.2), "total")):
                with pytest.raises(UpstreamTimeoutError) as caught:
                    await transport.send(get(origin, timeouts=timeouts))
                assert caught.value.phase == phase
                assert transport.statistics()[origin] == EMPTY
            await peer.all_gone()
            await transport.aclose()

    run(main)
