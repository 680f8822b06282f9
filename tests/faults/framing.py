"""Faults of HTTP: lengths that lie, chunks that are none, heads beyond measure, codings nobody asked for."""

import functools
import gzip
import zlib

from tests.faults.expected import ANSWER, BROKEN, cut
from tests.faults.fault import Fault, Unlike, both
from tests.faults.peer import Step
from tests.faults.roads import NO_LAST_WORD
from tests.faults.wire import LAST, Ask, chunk

HALF_EVENT = Unlike(
    outcome=cut("PTG-1504"),
    why="half an event is held back, and the last word is missed",
    dialects=("openai_chat", "openai_responses", "anthropic_messages", "cohere_chat"),
    streams=True,
    relayed=True,
)


def coded(ask: Ask, body: bytes, coding: str = "gzip") -> list[Step]:
    return [ask.sized(body, f"content-encoding: {coding}")]


def bomb(ask: Ask) -> list[Step]:
    """Forty megabytes in forty thousand bytes."""
    return coded(ask, packed())


@functools.cache
def packed() -> bytes:
    return gzip.compress(b" " * 40_000_000, 9)


@functools.cache
def blank() -> bytes:
    return b" " * (65 << 20)


def with_length(length: str) -> Fault:
    """A head that says this of the length of a good body."""
    return both(
        f"the length is said to be {length}",
        BROKEN,
        lambda ask: [ask.head(f"content-length: {length}") + ask.body(), "fin"],
    )


def with_chunks(name: str, broken: bytes) -> Fault:
    """Good chunks, and one that is none where the content begins."""
    return both(name, BROKEN, lambda ask: [ask.chunked() + broken, "fin"])


def head_of(name: str, head: bytes) -> Fault:
    """An answer that begins with these bytes, after which all is well."""
    return both(name, BROKEN, lambda ask: [head + ask.said(ask.body()), "fin"])


FRAMING = (
    Fault(
        name="the length is more than comes",
        whole=BROKEN,
        stream=ANSWER,  # its last word was heard
        unlike=(NO_LAST_WORD,),
        says=lambda ask: [ask.sized(ask.body()).replace(b"content-length: ", b"content-length: 1"), "fin"],
    ),
    both("more comes than the length", ANSWER, lambda ask: [ask.sized(ask.body()) + b"{}garbage"]),
    Fault(
        name="less than the content fits the length",
        whole=BROKEN,
        stream=cut("PTG-1503"),
        unlike=(HALF_EVENT,),
        says=lambda ask: [ask.head(f"content-length: {len(ask.body()) * 2 // 3}") + ask.body()],
    ),
    with_length("-1"),
    with_length("ten"),
    with_length("99999999999999999999999"),
    with_length("10, 20"),
    both(
        "two lengths that differ",
        BROKEN,
        lambda ask: [ask.head("content-length: 5", f"content-length: {len(ask.body())}") + ask.body()],
    ),
    both(
        "a length and chunks",
        BROKEN,
        lambda ask: [ask.head("content-length: 5", "transfer-encoding: chunked") + chunk(ask.body()) + LAST],
    ),
    both(
        "a transfer coding that nobody knows",
        BROKEN,
        lambda ask: [ask.head("transfer-encoding: gzip, chunked") + chunk(ask.body()) + LAST],
    ),
    with_chunks("a chunk whose size is no number", b"xyz\r\nhello\r\n"),
    with_chunks("a chunk larger than any", b"fffffffffffffffff\r\nhello\r\n"),
    with_chunks("a chunk longer than its size", b"2\r\nhello\r\n"),
    with_chunks("a chunk with an endless extension", b"2;" + b"x" * 100_000),
    both(
        "neither length nor chunks",
        ANSWER,
        lambda ask: [ask.head("connection: close") + ask.body(), "fin"],
    ),
    both(
        "a second answer behind the first",
        ANSWER,
        lambda ask: [ask.said(ask.body()) + ask.said(ask.body(who="smuggled"))],
    ),
    both(
        "an answer before the answer",
        ANSWER,
        lambda ask: [b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + ask.said(ask.body())],
    ),
    both("hints without an end", BROKEN, lambda ask: [b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50, "hang"]),
    head_of("no HTTP", b"SSH-2.0-OpenSSH_9.7\r\n"),
    head_of("HTTP/2 without being asked", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"),
    head_of("a status of four digits", b"HTTP/1.1 2000 Fine\r\ncontent-length: 0\r\n\r\n"),
    head_of(
        "another protocol", b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
    ),
    both("a header of 40 KB", BROKEN, lambda ask: [ask.head("x-long: " + "x" * 40_000, "content-length: 2") + b"{}"]),
    both("two hundred headers", BROKEN, lambda ask: [ask.head(*["x-many: y"] * 200, "content-length: 2") + b"{}"]),
    both("a header without a name", BROKEN, lambda ask: [ask.head(": what", "content-length: 2") + b"{}"]),
    both("a header with a null", BROKEN, lambda ask: [ask.head("x-null: a\0b", "content-length: 2") + b"{}"]),
    both("a header on two lines", BROKEN, lambda ask: [ask.head("x-folded: a\r\n b", "content-length: 2") + b"{}"]),
    both("compressed", ANSWER, lambda ask: coded(ask, gzip.compress(ask.body()))),
    both("compressed in another way", ANSWER, lambda ask: coded(ask, zlib.compress(ask.body()), "deflate")),
    both("a compression bomb", BROKEN, bomb, heavy=True),
    both("damaged compression", BROKEN, lambda ask: coded(ask, gzip.compress(ask.body())[:20] + b"\xff" * 40)),
    both("said to be compressed, and is not", BROKEN, lambda ask: coded(ask, ask.body())),
    both("a coding that was not asked for", BROKEN, lambda ask: coded(ask, ask.body(), "br")),
    both("a body of 65 MiB", BROKEN, lambda ask: [ask.head(f"content-length: {65 << 20}"), blank(), "fin"], heavy=True),
)
