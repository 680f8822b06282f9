"""A transport that keeps, plays and spoils."""

import asyncio

import pytest

from pontage.conformance import Exchange, Tape
from pontage.conformance.cases_stream import at_once, strides, uneven
from pontage.errors import ConnectionFailedError
from pontage.transport import Origin, Outgoing
from tests.replay.upstream import stream, upstream, whole


def outgoing(port: int, body: bytes = b"{}") -> Outgoing:
    return Outgoing(
        method="POST", origin=Origin("http", "127.0.0.1", port), target="/x", headers=(), body=body, private=True
    )


def test_what_came_is_kept_and_what_goes_is_spoiled_once() -> None:
    async def main(port: int) -> tuple[Tape, list[bytes]]:
        tape, read = Tape(), []
        tape.spoil(lambda body: body[:1])
        for _ in range(2):
            async with await tape.send(outgoing(port)) as answer:
                read.append(await answer.read())
        await tape.aclose()
        return tape, read

    with upstream() as server:
        server.script(whole({"a": 1}), stream(b"data: {}\n\n", cuts=[3]))
        tape, read = asyncio.run(main(server.port))
        assert [received.body for received in server.received] == [b"{", b"{}"]
        assert read == [b'{"a": 1}', b"data: {}\n\n"]
        assert tape.last is not None
        assert (tape.last.status, tape.last.content_type, tape.last.body) == (200, "text/event-stream", read[1])
        assert [request.target for request in tape.sent] == ["/x", "/x"]


def test_what_is_played_opens_no_connection() -> None:
    async def main() -> list[bytes]:
        tape = Tape()
        tape.play(Exchange(body=b"abc", headers=(("Content-Type", "Text/Plain; charset=x"),)), [b"a", b"", b"bc"])
        answer = await tape.send(outgoing(9))
        pieces = [await answer.chunk(), await answer.chunk(), await answer.chunk()]
        await answer.aclose()
        with pytest.raises(ConnectionFailedError):
            await tape.send(outgoing(9))
        await tape.aclose()
        return pieces

    assert asyncio.run(main()) == [b"a", b"bc", b""]


@pytest.mark.parametrize("cuts", [strides, uneven, at_once])
@pytest.mark.parametrize("body", [b"", b"a", bytes(range(256)) * 9])
def test_no_byte_is_lost_by_cutting(cuts, body: bytes) -> None:
    for pieces in cuts(body):
        assert b"".join(pieces) == body
