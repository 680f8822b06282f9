"""Answers that break the protocol, say more than was asked, or are too large: refused, and never reused."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.errors import ProtocolError
from pontage.transport import Transport, TransportSettings
from pontage.transport.response import ResponseReader
from tests.transport.peers import OK, Peer, Run, Script, answering, exchange, fetch, get

HEAD = b"HTTP/1.1 200 OK\r\n"
DEFAULTS = TransportSettings()
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"

BROKEN = {
    "not HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\ncontent-length: 0\r\n\r\n",
    "status 099": b"HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n",
    "status 600": b"HTTP/1.1 600 OK\r\ncontent-length: 0\r\n\r\n",
    "status 20": b"HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n",
    "status 2000": b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "101 without upgrade": b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK,
    "bare LF": b"HTTP/1.1 200 OK\ncontent-length: 0\n\n",
    "bare LF in the header": HEAD + b"a: b\nc: d\r\ncontent-length: 0\r\n\r\n",
    "bare LF at the end": HEAD + b"content-length: 0\r\n\n",
    "bare CR": HEAD + b"a: b\rc: d\r\ncontent-length: 0\r\n\r\n",
    "bare CR in the status line": b"HTTP/1.1 200 O\rK\r\ncontent-length: 0\r\n\r\n",
    "NUL": HEAD + b"a: b\0c\r\ncontent-length: 0\r\n\r\n",
    "control character": HEAD + b"a: b\x01c\r\ncontent-length: 0\r\n\r\n",
    "folded line": HEAD + b"a: b\r\n c\r\ncontent-length: 0\r\n\r\n",
    "folded transfer-encoding": HEAD + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": HEAD + b"content-length : 0\r\n\r\n",
    "space before the first header": HEAD + b" a: b\r\ncontent-length: 0\r\n\r\n",
    "header without a name": HEAD + b": b\r\ncontent-length: 0\r\n\r\n",
    "header without a colon": HEAD + b"ab\r\ncontent-length: 0\r\n\r\n",
    "length and chunked": HEAD + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    "chunked and length": HEAD + b"transfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    "two lengths": HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxy",
    "two equal lengths": HEAD + b"content-length: 1\r\ncontent-length: 1\r\n\r\nx",
    "list of lengths": HEAD + b"content-length: 1, 1\r\n\r\nx",
    "signed length": HEAD + b"content-length: +1\r\n\r\nx",
    "negative length": HEAD + b"content-length: -1\r\n\r\nx",
    "hexadecimal length": HEAD + b"content-length: 0x1\r\n\r\nx",
    "empty length": HEAD + b"content-length:\r\n\r\nx",
    "huge length": HEAD + b"content-length: 99999999999999999999999\r\n\r\nx",
    "unknown transfer-encoding": HEAD + b"transfer-encoding: identity\r\n\r\nx",
    "gzip, chunked": HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    "chunked, gzip": HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    "chunked in two fields": HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "dressed-up chunked": HEAD + b'transfer-encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked in 1.0": b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk size missing": CHUNKED + b"\r\nx\r\n0\r\n\r\n",
    "chunk size not hexadecimal": CHUNKED + b"g\r\nx\r\n0\r\n\r\n",
    "chunk size prefixed": CHUNKED + b"0x1\r\nx\r\n0\r\n\r\n",
    "chunk size signed": CHUNKED + b"-1\r\nx\r\n0\r\n\r\n",
    "chunk size huge": CHUNKED + b"fffffffffffffffff\r\nx\r\n0\r\n\r\n",
    "chunk size and space": CHUNKED + b"1 \r\nx\r\n0\r\n\r\n",
    "chunk too long": CHUNKED + b"1\r\nxy\r\n0\r\n\r\n",
    "chunk with bare LF": CHUNKED + b"1\nx\n0\n\n",
    "chunk extension with bare LF": CHUNKED + b"1;a\nb\r\nx\r\n0\r\n\r\n",
    "length in the trailers": CHUNKED + b"1\r\nx\r\n0\r\ncontent-length: 1\r\n\r\n",
    "folded trailer": CHUNKED + b"1\r\nx\r\n0\r\na: b\r\n c\r\n\r\n",
    "nine informational answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 9 + OK,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_refused_and_its_connection_closed(run: Run, name: str) -> None:
    check_broken(run, answering(BROKEN[name]))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_refused_byte_by_byte_too(run: Run, name: str) -> None:
    raw = BROKEN[name]
    check_broken(run, answering(*(raw[i : i + 1] for i in range(len(raw))), between=0))


def check_broken(run: Run, script: Script, settings: TransportSettings = DEFAULTS) -> None:
    async def main() -> None:
        async with Peer(script) as peer:
            transport = Transport(settings)
            with pytest.raises(ProtocolError):
                await fetch(transport, get(peer.origin()))
            assert transport.statistics()[peer.origin()].open == 0
            await peer.all_gone()
            await transport.aclose()

    run(main)


TRAILING = [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", b"x", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0"]
ENDINGS = [
    HEAD + b"content-length: 2\r\n\r\nok",
    HEAD + b"content-length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
    CHUNKED + b"2\r\nok\r\n0\r\n\r\n",
    CHUNKED + b"0\r\n\r\n",
    CHUNKED + b"2\r\nok\r\n0\r\na: b\r\n\r\n",
]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("extra", TRAILING)
def test_bytes_after_an_answer_cost_the_connection(run: Run, ending: bytes, extra: bytes) -> None:
    results, peer = run(lambda: exchange(answering(ending + extra), "/a", "/b"))
    assert len(results) == 2
    assert all(status < 400 and b"evil" not in body for status, body in results)
    assert peer.accepted == 2


def test_the_connection_is_kept_when_nothing_comes_after_it(run: Run) -> None:
    for ending in ENDINGS:
        _, peer = run(lambda ending=ending: exchange(answering(ending), "/a", "/b"))
        assert peer.accepted == 1


@pytest.mark.parametrize("extra", TRAILING)
def test_bytes_on_an_idle_connection_close_it(run: Run, extra: bytes) -> None:
    async def main() -> None:
        async with Peer(answering(OK, b"", extra, between=0.02)) as peer:
            transport = Transport()
            _, body = await fetch(transport, get(peer.origin()))
            assert body == b"ok"
            await peer.all_gone()
            assert transport.statistics()[peer.origin()].open == 0
            await fetch(transport, get(peer.origin()))
            assert peer.accepted == 2
            await transport.aclose()

    run(main)


SMALL = TransportSettings(max_header_bytes=1000, max_headers=10, max_body_bytes=5000)
OVERSIZED = {
    "one long header": HEAD + b"a: " + b"x" * 1000 + b"\r\ncontent-length: 0\r\n\r\n",
    "one endless header": HEAD + b"a: " + b"x" * 2_000_000,
    "many headers": HEAD + b"a: b\r\n" * 11 + b"content-length: 0\r\n\r\n",
    "endless headers": HEAD + b"a: b\r\n" * 2_000_000,
    "endless reason": b"HTTP/1.1 200 " + b"x" * 2_000_000,
    "endless chunk extension": CHUNKED + b"1;" + b"x" * 2_000_000,
    "endless trailers": CHUNKED + b"1\r\nx\r\n0\r\n" + b"a: b\r\n" * 2_000_000,
    "endless trailer": CHUNKED + b"1\r\nx\r\n0\r\na: " + b"x" * 2_000_000,
    "endless chunk size": CHUNKED + b"0" * 2_000_000,
    "long body": HEAD + b"content-length: 5001\r\n\r\n" + b"x" * 5001,
    "long chunked body": CHUNKED + b"100\r\n" + b"x" * 256 + b"\r\n" + (b"100\r\n" + b"x" * 256 + b"\r\n") * 20,
    "endless body": HEAD + b"\r\n" + b"x" * 2_000_000,
}


@pytest.mark.parametrize("name", OVERSIZED)
def test_a_limit_is_a_limit(run: Run, name: str) -> None:
    check_broken(run, answering(OVERSIZED[name]), SMALL)


def test_what_is_just_within_the_limits_passes(run: Run) -> None:
    raw = HEAD + b"a: b\r\n" * 8 + b"c: " + b"x" * 800 + b"\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000

    async def main() -> None:
        async with Peer(answering(raw)) as peer:
            transport = Transport(SMALL)
            answer, body = await fetch(transport, get(peer.origin()))
            assert (len(answer.headers), len(body)) == (10, 5000)
            await transport.aclose()

    run(main)


def test_errors_quote_nothing_of_the_answer(run: Run) -> None:
    raw = HEAD + b"x-canary: CANARY\0CANARY\r\n\r\nCANARY"
    with pytest.raises(ProtocolError) as caught:
        run(lambda: exchange(answering(raw)))
    error: BaseException | None = caught.value
    while error is not None:
        assert "CANARY" not in str(error)
        error = error.__context__


def read_whole(pieces: list[bytes]) -> tuple[object, ...]:
    reader = ResponseReader(32768, 100)
    body = b""
    try:
        for piece in pieces:
            reader.feed(piece)
            body += reader.take()
        reader.finish()
    except ProtocolError:
        return ("refused",)
    assert reader.head is not None
    return reader.head.status, reader.head.headers.items(), body


SAMPLES = [*ENDINGS, *BROKEN.values(), HEAD + b"\r\nhello", b"HTTP/1.1 100 Continue\r\n\r\n" + OK]


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=300, deadline=None)
def test_every_cut_reads_the_same(raw: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert read_whole(pieces) == read_whole([raw])


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=500, deadline=None)
def test_damaged_answers_are_read_or_refused_but_never_crash(raw: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(raw) - 1))
    damage = data.draw(st.binary(max_size=3))
    read_whole([raw[:position] + damage + raw[position + data.draw(st.integers(0, 3)) :]])


def test_a_slow_reader_slows_the_peer_down(run: Run) -> None:
    total = 40 * 1024 * 1024
    written = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        nonlocal written
        await peer.request(reader)
        writer.write(HEAD + b"content-length: %d\r\n\r\n" % total)
        for _ in range(total // 65536):
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536
        await reader.read()

    async def main() -> None:
        nonlocal written
        written = 0
        async with Peer(flood) as peer:
            transport = Transport()
            answer = await transport.send(get(peer.origin()))
            before = -1
            while before != written:
                before = written
                await asyncio.sleep(0.1)
            assert written < total // 2  # what the kernel's buffers of both ends hold, and little of ours
            size = 0
            while piece := await answer.chunk():
                assert len(piece) <= 1024 * 1024
                size += len(piece)
            assert size == total
            assert transport.statistics()[peer.origin()].idle == 1
            await transport.aclose()

    run(main)
