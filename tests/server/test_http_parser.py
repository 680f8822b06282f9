"""The parser alone: limits to the byte, bodies cut anywhere, and work that stays in proportion to the input."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.errors import ClientError, PontageError
from pontage.server.clock import Phase
from pontage.server.http import Limits
from pontage.server.parser import RequestParser
from tests.server.wires import get, post


def read(raw: bytes, limits: Limits | None = None) -> bytes | None:
    parser = RequestParser(limits or Limits())
    parser.receive(raw)
    complete = parser.next()
    return None if complete is None else complete[1]


def status(raw: bytes, limits: Limits) -> int:
    try:
        assert read(raw, limits) is not None
    except ClientError as error:
        return error.status
    return 200


def test_limits_are_exact() -> None:
    plain = get("/")
    assert status(plain, Limits(header_bytes=len(plain))) == 200
    assert status(plain, Limits(header_bytes=len(plain) - 1)) == 431
    assert status(get("/", "A: b", "C: d"), Limits(header_fields=3)) == 200
    assert status(get("/", "A: b", "C: d"), Limits(header_fields=2)) == 431
    assert status(get("/1234"), Limits(target_bytes=5)) == 200
    assert status(get("/12345"), Limits(target_bytes=5)) == 431
    assert status(post("/", b"12345"), Limits(body_bytes=5)) == 200
    assert status(post("/", b"123456"), Limits(body_bytes=5)) == 413
    chunked = get("/", "Transfer-Encoding: chunked", method="POST")
    assert status(chunked + b"2\r\n12\r\n3\r\n345\r\n0\r\n\r\n", Limits(body_bytes=5)) == 200
    assert status(chunked + b"2\r\n12\r\n4\r\n3456\r\n0\r\n\r\n", Limits(body_bytes=5)) == 413


def test_a_head_or_a_trailer_without_end_is_cut_off() -> None:
    limits = Limits(header_bytes=200)
    parser = RequestParser(limits)
    parser.receive(get("/", "X: " + "a" * 150)[:-4])
    assert parser.next() is None
    assert parser.phase is Phase.HEAD
    parser.receive(b"a" * 50)
    with pytest.raises(PontageError) as caught:
        parser.next()
    assert caught.value.status == 431
    chunked = get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\nX: "
    for trailer in (b"a" * 300, b"a" * 300 + b"\r\n\r\n"):
        assert status(chunked + trailer, limits) == 431


def test_a_refusal_knows_what_was_understood() -> None:
    parser = RequestParser(Limits())
    parser.receive(post("/v1/x?q", b"").replace(b"Length: 0", b"Length: x"))
    with pytest.raises(PontageError) as caught:
        parser.next()
    assert caught.value.param == "content-length"
    assert (parser.method, parser.target, parser.headers.get("host")) == ("POST", "/v1/x?q", "gateway")


def test_tiny_chunks_are_refused_before_they_cost_time() -> None:
    head = get("/", "Transfer-Encoding: chunked", method="POST")
    tiny = head + b"1\r\nx\r\n" * (1024 * 1024 // 6) + b"0\r\n\r\n"
    begin = time.process_time()
    assert status(tiny, Limits()) == 400
    assert time.process_time() - begin < 2
    fair = head + b"20\r\n" + b"x" * 32 + b"\r\n"
    assert read(head + b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n") == b"x" * 5000
    assert read(head + fair.removeprefix(head) * 30_000 + b"0\r\n\r\n") == b"x" * 960_000


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=40), st.lists(st.binary(min_size=1, max_size=40), max_size=4)), max_size=4),
    st.lists(st.integers(1, 60), min_size=1, max_size=30),
)
def test_bodies_survive_every_cut(bodies: list[bytes | list[bytes]], steps: list[int]) -> None:
    raw = b""
    for body in bodies:
        if isinstance(body, bytes):
            raw += post("/", body)
        else:
            chunks = b"".join(b"%X;x\r\n%b\r\n" % (len(piece), piece) for piece in body)
            raw += get("/", "Transfer-Encoding: chunked", method="POST") + chunks + b"0\r\nA: b\r\n\r\n"
    parser = RequestParser(Limits())
    heard: list[bytes] = []
    at = 0
    while at < len(raw):
        step = steps[at % len(steps)]
        parser.receive(raw[at : at + step])
        at += step
        while (complete := parser.next()) is not None:
            heard.append(complete[1])
    assert heard == [body if isinstance(body, bytes) else b"".join(body) for body in bodies]
    assert parser.phase is Phase.IDLE
    assert parser.buffered == 0


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused_or_awaits_more(noise: bytes) -> None:
    try:
        read(noise)
    except ClientError as error:
        assert error.status in (400, 431, 505)  # noqa: PT017  # it is raised or not
