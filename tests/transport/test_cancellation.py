"""Ten thousand cancellations, in every window a request has; not one place or socket may be lost."""

import asyncio
import random
import ssl
from collections import Counter
from pathlib import Path

import pytest
import trustme

from pontage.transport import OriginStatistics, Transport, TransportSettings
from tests.conftest import Figures
from tests.transport.peers import OK, Peer, Run, fetch, get, until

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n"
PER_LOOP = 10_000


async def unhurried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
    """Answers as the request's target says: at once, never, with a head only, or with half a body."""
    while True:
        target = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        peer.requests = [target]
        match target:
            case b"/quick":
                writer.write(OK)
            case b"/head":
                writer.write(HEAD)
            case b"/half":
                writer.write(HEAD + b"0123456789")
            case b"/slow":
                await asyncio.sleep(0.002)
                writer.write(HEAD + b"0123456789")
                await asyncio.sleep(0.002)
                writer.write(b"0123456789")
            case _:
                pass


async def cancel_one(transport: Transport, peer: Peer, chooser: random.Random, seen: Counter[str]) -> None:
    """Begin a request and cancel it after a random number of the loop's turns, or a random time."""
    target = chooser.choice(("/quick", "/head", "/half", "/never", "/slow", "/slow"))
    task = asyncio.create_task(fetch(transport, get(peer.origin(), target)))
    if chooser.random() < 0.5:
        for _ in range(chooser.randrange(12)):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(chooser.random() * 0.008)
    task.cancel()
    result = (await asyncio.gather(task, return_exceptions=True))[0]
    seen["finished" if isinstance(result, tuple) else type(result).__name__] += 1


@pytest.mark.parametrize("places", [4, 200])
def test_ten_thousand_cancellations_lose_no_place(run: Run, places: int, figures: Figures) -> None:
    """Half of them with four places for a hundred requests, so that most are cancelled in the queue."""

    async def main() -> Counter[str]:
        chooser = random.Random(places)
        seen: Counter[str] = Counter()
        async with Peer(unhurried) as peer:
            transport = Transport(TransportSettings(connections_per_origin=places))

            async def worker() -> None:
                while seen["CancelledError"] < PER_LOOP // 2:
                    await cancel_one(transport, peer, chooser, seen)

            await asyncio.gather(*(worker() for _ in range(100)))
            counts = transport.statistics()[peer.origin()]
            assert (counts.in_use, counts.waiting) == (0, 0)
            assert counts.idle <= places
            # Every place is still there: as many requests as there are places run at the same time.
            answers = await asyncio.gather(*(transport.send(get(peer.origin(), "/half")) for _ in range(places)))
            assert transport.statistics()[peer.origin()] == OriginStatistics(open=places, in_use=places)
            for answer in answers:
                await answer.aclose()
            assert transport.statistics()[peer.origin()] == OriginStatistics()
            await transport.aclose()
            await peer.all_gone()
        return seen

    seen = run(main)
    assert set(seen) <= {"CancelledError", "finished"}
    assert seen["CancelledError"] >= PER_LOOP // 2
    figures(f"cancellations with {places} places", seen["CancelledError"])
    figures("places lost", 0)


WINDOWS = {"before the head": ("/never", 0), "after the head": ("/head", 0), "in the body": ("/half", 10)}


@pytest.mark.parametrize("window", WINDOWS)
def test_a_cancelled_request_closes_its_socket_at_once(run: Run, window: str) -> None:
    target, size = WINDOWS[window]

    async def main() -> None:
        async with Peer(unhurried) as peer:
            transport = Transport()
            got = 0

            async def read() -> None:
                nonlocal got
                async with await transport.send(get(peer.origin(), target)) as answer:
                    while piece := await answer.chunk():
                        got += len(piece)

            task = asyncio.create_task(read())
            await until(lambda: got >= size and bool(peer.requests))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert transport.statistics()[peer.origin()] == OriginStatistics()
            await peer.all_gone()
            await transport.aclose()

    run(main)


def test_a_cancelled_waiter_passes_on_the_place_it_had_just_been_given(run: Run) -> None:
    async def main() -> None:
        async with Peer(unhurried) as peer:
            transport = Transport(TransportSettings(connections_per_origin=1))
            held = await transport.send(get(peer.origin(), "/quick"))
            first = asyncio.create_task(fetch(transport, get(peer.origin(), "/quick")))
            second = asyncio.create_task(fetch(transport, get(peer.origin(), "/quick")))
            await asyncio.sleep(0.02)
            await held.read()  # hands the connection to the first, which has not run yet ...
            first.cancel()  # ... and never will
            _, body = await second
            assert body == b"ok"
            with pytest.raises(asyncio.CancelledError):
                await first
            assert peer.accepted == 1
            assert transport.statistics()[peer.origin()] == OriginStatistics(open=1, idle=1)
            await transport.aclose()

    run(main)


def ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, object]) -> None:
    """For the server's view of broken handshakes."""


def test_cancelling_in_the_tls_handshake_leaves_no_socket(run: Run, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "roots.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    async def main() -> None:
        chooser = random.Random(1)
        async with Peer(unhurried, tls=context) as peer:
            asyncio.get_running_loop().set_exception_handler(ignore)
            transport = Transport(TransportSettings(ca_file=str(tmp_path / "roots.pem"), connections_per_origin=5))
            for _ in range(20):
                tasks = [asyncio.create_task(fetch(transport, get(peer.origin("https"), "/never"))) for _ in range(8)]
                for task in tasks:
                    for _ in range(chooser.randrange(8)):
                        await asyncio.sleep(0)
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
                assert all(isinstance(result, asyncio.CancelledError) for result in results)
            counts = transport.statistics()[peer.origin("https")]
            assert counts == OriginStatistics()
            _, body = await fetch(transport, get(peer.origin("https"), "/quick"))
            assert body == b"ok"
            await transport.aclose()
            await peer.all_gone()

    run(main)
