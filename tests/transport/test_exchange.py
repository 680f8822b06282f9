"""Sending and reading: what goes over the wire, and every way a body may be delimited."""

import asyncio
import socket
import struct

import pytest

from pontage.errors import ConnectionFailedError, InvalidRequestError, ProtocolError
from pontage.transport import Origin, Outgoing, Transport, TransportSettings
from tests.transport.peers import OK, Peer, Run, answering, exchange, fetch, get

HEAD = b"HTTP/1.1 200 OK\r\n"

CLEAN = {
    "length": (HEAD + b"content-length: 5\r\n\r\nhello", b"hello"),
    "no reason phrase": (b"HTTP/1.1 200\r\ncontent-length: 5\r\n\r\nhello", b"hello"),
    "empty": (HEAD + b"content-length: 0\r\n\r\n", b""),
    "chunked": (HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\n\r\n", b"hello"),
    "chunked, any case": (HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello"),
    "trailers": (HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n", b"hello"),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", b""),
    "100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"content-length: 2\r\n\r\nok", b"ok"),
    "103 first": (
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 3 + HEAD + b"content-length: 2\r\n\r\nok",
        b"ok",
    ),
    "1.0, kept alive": (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", b"ok"),
    "redirect": (b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n", b""),
}
CLOSING = {
    "connection: close": (HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok", b"ok"),
    "1.0": (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok"),
    "end of file": (HEAD + b"\r\nhello", b"hello"),
    "end of file, nothing": (HEAD + b"\r\n", b""),
    "1.0, end of file": (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
}


@pytest.mark.parametrize("name", CLEAN)
def test_a_well_delimited_answer_is_read_and_its_connection_kept(run: Run, name: str) -> None:
    raw, body = CLEAN[name]
    results, peer = run(lambda: exchange(answering(raw), "/a", "/b", "/c"))
    assert [found for _, found in results] == [body] * 3
    assert peer.accepted == 1


@pytest.mark.parametrize("name", CLEAN)
def test_an_answer_may_come_byte_by_byte(run: Run, name: str) -> None:
    raw, body = CLEAN[name]
    single = [raw[i : i + 1] for i in range(len(raw))]
    results, peer = run(lambda: exchange(answering(*single, between=0), "/a", "/b"))
    assert [found for _, found in results] == [body] * 2
    assert peer.accepted == 1


@pytest.mark.parametrize("name", CLOSING)
@pytest.mark.parametrize("between", [None, 0])
def test_an_answer_that_closes_is_read_and_its_connection_is_not_used_again(
    run: Run, name: str, between: float | None
) -> None:
    raw, body = CLOSING[name]
    pieces = [raw] if between is None else [raw[i : i + 1] for i in range(len(raw))]
    results, peer = run(lambda: exchange(answering(*pieces, close=True, between=between), "/a", "/b"))
    assert [found for _, found in results] == [body] * 2
    assert peer.accepted == 2


def test_head_has_no_body_whatever_its_headers_say(run: Run) -> None:
    raw = HEAD + b"content-length: 5\r\n\r\n"
    results, peer = run(lambda: exchange(answering(raw), "/a", "/b", method="HEAD"))
    assert results == [(200, b""), (200, b"")]
    assert peer.accepted == 2


def test_redirects_are_answers(run: Run) -> None:
    results, peer = run(lambda: exchange(answering(CLEAN["redirect"][0])))
    assert results == [(302, b"")]
    assert len(peer.requests) == 1


@pytest.mark.parametrize("size", [0, 10, 70_000, 3_000_000])
def test_what_is_sent(run: Run, size: int) -> None:
    body = b"x" * size

    async def main() -> bytes:
        async with Peer(answering(OK)) as peer:
            transport = Transport()
            headers = (("Authorization", "Bearer k"), ("x-tab", "a\tb"), ("x-empty", ""))
            await fetch(transport, get(peer.origin(), "/v1/x?y=%20", method="POST", headers=headers, body=body))
            await transport.aclose()
            expected = (
                f"POST /v1/x?y=%20 HTTP/1.1\r\nhost: 127.0.0.1:{peer.port}\r\nAuthorization: Bearer k\r\n"
                f"x-tab: a\tb\r\nx-empty: \r\ncontent-length: {size}\r\n\r\n"
            ).encode()
            assert peer.requests == [expected + body]
            return peer.requests[0]

    run(main)


def test_a_get_without_body_has_no_length(run: Run) -> None:
    _, peer = run(lambda: exchange(answering(OK)))
    assert b"content-length" not in peer.requests[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (name, "x")
        for name in (
            "host", "Host", "connection", "Content-Length", "transfer-encoding", "TE", "trailer", "upgrade", "expect",
            "keep-alive", "proxy-authorization", "Proxy-Connection", "", "a b", "a:", "a: b", "a\r\nb", "a\0b", "ä",
        )
    ]
    + [("x", value) for value in ("a\r\nb: c", "a\nb", "a\rb", "a\0b", "ä", "\x7f", "a\r\nb\0c", "a\r\n", "\u2028")],
)  # fmt: skip
def test_headers_that_could_be_read_as_more_are_refused(run: Run, field: str, value: str) -> None:
    check_refused(run, headers=(("accept", "x"), (field, value)))


@pytest.mark.parametrize("target", ["", "x", "/a b", "/a\r\nb", "/\0", "/ä", "http://other/", "/a#b", "*", "/\x7f"])
def test_targets_that_could_be_read_as_more_are_refused(run: Run, target: str) -> None:
    check_refused(run, target=target)


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\n", "CONNECT", "GET /"])
def test_methods_that_are_none_are_refused(run: Run, method: str) -> None:
    check_refused(run, method=method)


def check_refused(run: Run, **parts: object) -> None:
    async def main() -> None:
        transport = Transport()
        request = get(Origin.of("http://127.0.0.1:9"), "/")
        for name, value in parts.items():
            setattr(request, name, value)
        with pytest.raises(InvalidRequestError):
            await transport.send(request)
        assert not any(counts.open for counts in transport.statistics().values())

    run(main)


CUT = {
    "in the length": HEAD + b"content-length: 5\r\n\r\nhell",
    "before the body": HEAD + b"content-length: 5\r\n\r\n",
    "in the chunk": HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhel",
    "before the last chunk": HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "in the last chunk": HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    "in the head": HEAD + b"content-len",
    "in the status line": b"HTT",
    "after 100": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_is_never_an_end(run: Run, name: str) -> None:
    with pytest.raises(ProtocolError, match="truncated"):
        run(lambda: exchange(answering(CUT[name], close=True)))


def test_what_came_before_the_cut_is_delivered(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(CUT["in the length"], close=True)) as peer:
            transport = Transport()
            answer = await transport.send(get(peer.origin()))
            assert await answer.chunk() == b"hell"
            for _ in range(2):
                with pytest.raises((ProtocolError, ConnectionFailedError)):
                    await answer.chunk()
            await transport.aclose()

    run(main)


def test_a_peer_that_says_nothing_and_leaves_is_a_failed_connection(run: Run) -> None:
    with pytest.raises(ConnectionFailedError):
        run(lambda: exchange(answering(b"", close=True)))


def test_a_reset_is_never_a_clean_end(run: Run) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        await peer.request(reader)
        writer.write(HEAD + b"\r\nhello")
        await writer.drain()
        await asyncio.sleep(0.05)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with pytest.raises(ProtocolError, match="reset"):
        run(lambda: exchange(reset))


def test_an_early_answer_to_a_large_body_is_read_and_the_connection_dropped(run: Run) -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        peer.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(5)

    async def main() -> None:
        async with Peer(early) as peer:
            transport = Transport()
            for _ in range(2):
                answer, _ = await fetch(transport, get(peer.origin(), method="POST", body=b"x" * 20_000_000))
                assert answer.status == 413
            assert peer.accepted == 2
            await transport.aclose()

    run(main)


def test_headers_of_an_answer(run: Run) -> None:
    raw = HEAD + b"X-One: a \r\nset-cookie: 1\r\nSet-Cookie: 2\r\nempty:\r\ncontent-length: 0\r\n\r\n"

    async def main() -> None:
        async with Peer(answering(raw)) as peer:
            transport = Transport()
            answer, _ = await fetch(transport, get(peer.origin()))
            headers = answer.headers
            assert headers.get("x-one") == headers.get("X-ONE", "z") == "a"
            assert headers.get("set-cookie") == "1"
            assert headers.all("Set-Cookie") == ("1", "2")
            assert headers.get("empty") == ""
            assert headers.get("none") is None
            assert headers.get("none", "z") == "z"
            assert headers.items()[0] == ("x-one", "a")
            assert "X-One" in headers
            assert 5 not in headers
            assert len(headers) == 5
            assert repr(headers) == "Headers(5 fields)"
            assert repr(answer) == "Answer(200)"
            await transport.aclose()

    run(main)


def test_representations_hold_no_secrets() -> None:
    request = Outgoing(
        "GET", Origin.of("https://a.example"), "/p?key=SECRET", (("authorization", "SECRET"),), b"SECRET"
    )
    assert repr(request) == "Outgoing(GET https://a.example/p)"
    settings = TransportSettings(proxy="http://me:SECRET@proxy.example:3128")
    assert "SECRET" not in repr(settings)
    assert "proxy='***'" in repr(settings)
    assert "proxy=None" in repr(TransportSettings())
