"""Places, queues and stale connections."""

import asyncio

import pytest

from pontage.errors import ConnectionFailedError, ProtocolError
from pontage.transport import Answer, OriginStatistics, Transport, TransportSettings
from pontage.transport.connection import Connection
from pontage.transport.timers import Patience
from tests.transport.peers import OK, QUICK, Peer, Run, answering, fetch, get, silent, until

EMPTY = OriginStatistics()


def test_one_connection_serves_requests_in_turn_and_the_warmest_is_taken_first(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            transport = Transport()
            first, second = await asyncio.gather(*(transport.send(get(peer.origin(), f"/{n}")) for n in (1, 2)))
            assert transport.statistics()[peer.origin()] == OriginStatistics(open=2, in_use=2)
            await first.read()
            await second.read()
            assert transport.statistics()[peer.origin()] == OriginStatistics(open=2, idle=2)
            warm = second
            for _ in range(5):
                warm = await transport.send(get(peer.origin()))
                await warm.read()
            assert peer.accepted == 2
            await transport.aclose()

    run(main)


def test_a_connection_is_given_back_only_with_the_last_piece_of_the_body(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            transport = Transport(TransportSettings(connections_per_origin=1))
            answer = await transport.send(get(peer.origin()))
            await asyncio.sleep(0.05)  # the body is in long since
            assert transport.statistics()[peer.origin()].in_use == 1
            assert await answer.read() == b"ok"
            assert transport.statistics()[peer.origin()].idle == 1
            assert await answer.read() == b""
            assert await answer.chunk() == b""
            await answer.aclose()
            assert transport.statistics()[peer.origin()].idle == 1
            await transport.aclose()

    run(main)


def test_who_waits_longest_is_served_first_and_nobody_overtakes(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            transport = Transport(TransportSettings(connections_per_origin=1))
            held = await transport.send(get(peer.origin(), "/0"))
            tasks = [asyncio.create_task(fetch(transport, get(peer.origin(), f"/{n}"))) for n in range(1, 9)]
            await asyncio.sleep(0.01)
            assert transport.statistics()[peer.origin()] == OriginStatistics(open=1, in_use=1, waiting=8)
            await held.read()
            late = asyncio.create_task(fetch(transport, get(peer.origin(), "/9")))
            await asyncio.gather(*tasks, late)
            assert [request.split()[1] for request in peer.requests] == [b"/%d" % n for n in range(10)]
            assert peer.accepted == 1
            await transport.aclose()

    run(main)


def test_a_failed_request_passes_its_place_on(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(b"nonsense\r\n\r\n")) as peer:
            transport = Transport(TransportSettings(connections_per_origin=2))
            results = await asyncio.gather(
                *(fetch(transport, get(peer.origin())) for _ in range(20)), return_exceptions=True
            )
            assert all(isinstance(result, ProtocolError) for result in results)
            assert peer.accepted == 20
            assert transport.statistics()[peer.origin()] == EMPTY
            await transport.aclose()

    run(main)


def test_a_refused_connection_passes_its_place_on(run: Run) -> None:
    async def main() -> None:
        async with Peer(silent) as peer:
            origin = peer.origin()
        transport = Transport(TransportSettings(connections_per_origin=2))
        results = await asyncio.gather(*(fetch(transport, get(origin)) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(result, ConnectionFailedError) for result in results)
        assert transport.statistics()[origin] == EMPTY
        await transport.aclose()

    run(main)


def test_an_answer_not_read_to_its_end_closes_its_socket(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab")) as peer:
            transport = Transport()
            async with await transport.send(get(peer.origin())) as answer:
                assert await answer.chunk() == b"ab"
            await peer.all_gone()
            assert transport.statistics()[peer.origin()] == EMPTY
            with pytest.raises(ConnectionFailedError, match="closed before its end"):
                await answer.chunk()
            await answer.aclose()
            await transport.aclose()

    run(main)


async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
    """Answers, promises to keep the connection, and closes it when the next request comes."""
    await peer.request(reader)
    writer.write(OK)
    await writer.drain()
    await peer.request(reader)


def test_a_stale_connection_is_replaced_without_a_word(run: Run) -> None:
    async def main() -> None:
        async with Peer(answer_once) as peer:
            transport = Transport()
            for target in ("/a", "/b", "/c"):
                _, body = await fetch(transport, get(peer.origin(), target, method="POST", body=b"x"))
                assert body == b"ok"
            assert peer.accepted == 3
            assert [request.split()[1] for request in peer.requests] == [b"/a", b"/b", b"/b", b"/c", b"/c"]
            assert transport.statistics()[peer.origin()].idle == 1
            await transport.aclose()

    run(main)


def test_a_stale_connection_is_replaced_once_only(run: Run) -> None:
    async def main() -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
            if peer.accepted == 1:
                await answer_once(reader, writer, peer)
            else:
                await peer.request(reader)

        async with Peer(script) as peer:
            transport = Transport()
            await fetch(transport, get(peer.origin()))
            with pytest.raises(ConnectionFailedError):
                await fetch(transport, get(peer.origin()))
            assert peer.accepted == 2
            assert transport.statistics()[peer.origin()] == EMPTY
            await transport.aclose()

    run(main)


@pytest.mark.parametrize(("said", "wait"), [(b"HTTP", 0.0), (b"", 1.3)])
def test_what_may_have_been_worked_on_is_not_sent_again(run: Run, said: bytes, wait: float) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        await answer_once(reader, writer, peer)
        writer.write(said)
        await writer.drain()
        await asyncio.sleep(wait)

    async def main() -> None:
        async with Peer(script) as peer:
            transport = Transport()
            await fetch(transport, get(peer.origin()))
            with pytest.raises((ConnectionFailedError, ProtocolError)):
                await fetch(transport, get(peer.origin()))
            assert len(peer.requests) == 2
            assert peer.accepted == 1
            await transport.aclose()

    run(main)


def test_a_replacement_that_cannot_be_made_frees_the_place(run: Run) -> None:
    async def main() -> None:
        async with Peer(answer_once) as peer:
            transport = Transport(TransportSettings(connections_per_origin=1))
            await fetch(transport, get(peer.origin()))
            peer.stop_listening()
            await asyncio.sleep(0.01)
            with pytest.raises(ConnectionFailedError):
                await fetch(transport, get(peer.origin()))
            assert transport.statistics()[peer.origin()] == EMPTY
            await transport.aclose()

    run(main)


def test_idle_connections_are_closed_by_us_in_time_and_by_them_at_any(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer, Peer(answering(OK, close=True)) as leaver:
            transport = Transport(TransportSettings(idle_seconds=0.1))
            for origin in (peer.origin(), leaver.origin()):
                answers = await asyncio.gather(*(transport.send(get(origin)) for _ in range(3)))
                await asyncio.sleep(0.04)
                await asyncio.gather(*(answer.read() for answer in answers))
            await until(lambda: all(counts == EMPTY for counts in transport.statistics().values()))
            await peer.all_gone()
            await leaver.all_gone()
            # Pools of origins that have no connection any more are forgotten when a new origin comes.
            async with Peer(answering(OK)) as other:
                await fetch(transport, get(other.origin()))
                assert set(transport.statistics()) == {other.origin()}
                await transport.aclose()

    run(main)


def test_closing_ends_everything(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as lively, Peer(silent) as mute:
            transport = Transport(TransportSettings(connections_per_origin=2))
            await fetch(transport, get(lively.origin()))
            unread = await transport.send(get(lively.origin()))
            tasks = [asyncio.create_task(fetch(transport, get(mute.origin()))) for _ in range(5)]
            await asyncio.sleep(0.05)
            assert transport.statistics()[mute.origin()] == OriginStatistics(open=2, in_use=2, waiting=3)
            await transport.aclose()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(result, ConnectionFailedError) for result in results)
            assert await unread.read() == b"ok"  # it was all here
            await lively.all_gone()
            await mute.all_gone()
            assert transport.statistics() == {}
            with pytest.raises(ConnectionFailedError, match="transport was closed"):
                await transport.send(get(lively.origin()))
            await transport.aclose()

    run(main)


def test_closing_while_connecting(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            for turns in range(6):
                transport = Transport()
                task = asyncio.create_task(transport.send(get(peer.origin())))
                for _ in range(turns):
                    await asyncio.sleep(0)
                await transport.aclose()
                result = (await asyncio.gather(task, return_exceptions=True))[0]
                assert isinstance(result, (ConnectionFailedError, Answer))
                if isinstance(result, Answer):
                    await result.aclose()
            await peer.all_gone()

    run(main)


def test_a_connection_that_the_loop_is_closing_is_not_written_to(run: Run) -> None:
    """Between the end of a socket and the news of it the pool may pick its connection."""

    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            loop = asyncio.get_running_loop()
            connection = Connection(loop, TransportSettings())
            raw, _ = await loop.create_connection(lambda: connection, "127.0.0.1", peer.port)
            assert connection.usable
            raw.abort()
            assert not connection.usable
            with pytest.raises(ConnectionFailedError):
                await connection.exchange("GET", b"GET / HTTP/1.1\r\n\r\n", b"", Patience(QUICK, loop.time(), None))
            await peer.all_gone()

    run(main)


def test_a_connection_closed_while_it_is_made_does_not_live_on(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            loop = asyncio.get_running_loop()
            connection = Connection(loop, TransportSettings())
            connection.close()
            await loop.create_connection(lambda: connection, "127.0.0.1", peer.port)
            await until(lambda: peer.accepted == 1)
            await peer.all_gone()

    run(main)
