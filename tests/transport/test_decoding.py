"""Compressed answers: every form, every cut, and no bombs."""

import gzip
import os
import random
import zlib

import pytest

from pontage.errors import ProtocolError
from pontage.transport import Headers, Transport, TransportSettings
from pontage.transport.decoding import decoder_for
from tests.transport.peers import Peer, Run, answering, fetch, get

DEFAULTS = TransportSettings()
TEXT = b"".join(b"line %d of a text that compresses\n" % i for i in range(3000))


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


FORMS = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "GZIP": gzip.compress(TEXT[:5000]) + gzip.compress(b"") + gzip.compress(TEXT[5000:]),
    "deflate": zlib.compress(TEXT),
    "Deflate": raw_deflate(TEXT),
    "identity": TEXT,
}


def decode(coding: str, pieces: list[bytes], ratio: int = 100) -> bytes:
    decoder = decoder_for(Headers([("content-encoding", coding)]), ratio)
    assert decoder is not None
    output = b""
    for piece in pieces:
        output += decoder.decode(piece)
        while decoder.pending:
            output += decoder.decode(b"")
    decoder.finish()
    return output


@pytest.mark.parametrize("coding", [name for name in FORMS if name != "identity"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000, 10**9])
def test_decoding_does_not_depend_on_the_cuts(coding: str, size: int) -> None:
    data = FORMS[coding]
    assert decode(coding, [data[i : i + size] for i in range(0, len(data), size)]) == TEXT


@pytest.mark.parametrize("coding", FORMS)
def test_an_answer_is_decoded(run: Run, coding: str) -> None:
    data = FORMS[coding]
    raw = b"HTTP/1.1 200 OK\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (coding.encode(), len(data)) + data

    async def main() -> None:
        async with Peer(answering(raw[:99], raw[99:], between=0.01)) as peer:
            transport = Transport()
            for _ in range(2):
                _, body = await fetch(transport, get(peer.origin()))
                assert body == TEXT
            assert peer.accepted == 1
            await transport.aclose()

    run(main)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, identity", "compress", "x"])
def test_other_codings_are_refused(run: Run, coding: str) -> None:
    check_refused(run, coding, b"abc")


def check_refused(run: Run, coding: str, data: bytes, settings: TransportSettings = DEFAULTS) -> None:
    raw = b"HTTP/1.1 200 OK\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (coding.encode(), len(data)) + data

    async def main() -> None:
        async with Peer(answering(raw)) as peer:
            transport = Transport(settings)
            with pytest.raises(ProtocolError):
                await fetch(transport, get(peer.origin()))
            assert transport.statistics()[peer.origin()].open == 0
            await transport.aclose()

    run(main)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate"])
def test_cut_damaged_and_trailing_data_are_refused(run: Run, coding: str) -> None:
    data = FORMS[coding]
    check_refused(run, coding, data[:-1])
    check_refused(run, coding, data[: len(data) // 2])
    check_refused(run, coding, data[:1])
    check_refused(run, coding, data + b"\0")
    check_refused(run, coding, b"\x1f\x8bnonsense")


def test_no_body_needs_no_decoding(run: Run) -> None:
    raw = b"HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n"

    async def main() -> None:
        async with Peer(answering(raw)) as peer:
            transport = Transport()
            answer, body = await fetch(transport, get(peer.origin()))
            assert (answer.status, body) == (204, b"")
            await transport.aclose()

    run(main)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate"])
def test_bombs_are_refused_early(run: Run, coding: str) -> None:
    zeros = bytes(200 * 1024 * 1024)
    data = {"gzip": gzip.compress, "deflate": zlib.compress, "Deflate": raw_deflate}[coding](zeros)
    del zeros
    check_refused(run, coding, data)  # ratio
    check_refused(run, coding, data, TransportSettings(max_ratio=10**9, max_body_bytes=1_000_000))  # size
    with pytest.raises(ProtocolError, match="ratio"):
        decode(coding, [data])


def test_no_step_yields_more_than_a_step() -> None:
    data = gzip.compress(bytes(10_000_000))
    decoder = decoder_for(Headers([("content-encoding", "gzip")]), 10**9)
    assert decoder is not None
    sizes = [len(decoder.decode(data))]
    while decoder.pending:
        sizes.append(len(decoder.decode(b"")))
    decoder.finish()
    assert sum(sizes) == 10_000_000
    assert max(sizes) <= 256 * 1024


def test_output_that_ends_on_a_step_is_not_lost() -> None:
    for size in (262144 - 1, 262144, 262144 + 1, 524288):
        for coding, pack in (("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)):
            whole = pack(bytes(size))
            assert decode(coding, [whole[:-9], whole[-9:-4], whole[-4:]], 10**9) == bytes(size)


def test_random_data_passes_unharmed() -> None:
    data = os.urandom(300_000)
    packed = gzip.compress(data)
    chooser = random.Random(1)
    pieces: list[bytes] = []
    while packed:
        size = chooser.randrange(1, 50_000)
        pieces.append(packed[:size])
        packed = packed[size:]
    assert decode("gzip", pieces) == data
