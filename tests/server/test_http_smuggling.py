"""Raw requests that two parsers could read differently: each has one verdict, and nothing behind a refused one runs."""

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.errors import PontageError
from pontage.server.http import Limits
from pontage.server.parser import RequestParser
from tests.conftest import Figures
from tests.server.wires import LOOPS, answers, connected, converse, run, serving

HOST = b"Host: gateway\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
GET = b"GET / HTTP/1.1\r\n"
LONG = b"a" * 9000
PIGGYBACK = b"GET /smuggled HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"

REFUSED: dict[str, tuple[int, bytes]] = {
    # Content-Length
    "length twice, different": (400, POST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n"),
    "length twice, equal": (400, POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    "length as a list": (400, POST + b"Content-Length: 5, 5\r\n\r\nhello"),
    "length with a plus": (400, POST + b"Content-Length: +5\r\n\r\nhello"),
    "length negative": (400, POST + b"Content-Length: -1\r\n\r\n"),
    "length hexadecimal": (400, POST + b"Content-Length: 0x5\r\n\r\nhello"),
    "length with a fraction": (400, POST + b"Content-Length: 5.0\r\n\r\nhello"),
    "length with a blank within": (400, POST + b"Content-Length: 1 0\r\n\r\nhello"),
    "length with an underscore": (400, POST + b"Content-Length: 1_0\r\n\r\nhello"),
    "length empty": (400, POST + b"Content-Length: \r\n\r\n"),
    "length of 40 digits": (400, POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n"),
    "length in Arabic digits": (400, POST + "Content-Length: ٥\r\n\r\nhello".encode()),
    "length in superscript": (400, POST + b"Content-Length: \xb2\r\n\r\nhello"),
    "length with a vertical tab": (400, POST + b"Content-Length: \x0b5\r\n\r\nhello"),
    "length beyond the limit": (413, POST + b"Content-Length: 99999999\r\n\r\n"),
    "length with a blank before the colon": (400, POST + b"Content-Length : 5\r\n\r\nhello"),
    "length with a tab before the colon": (400, POST + b"Content-Length\t: 5\r\n\r\nhello"),
    # Transfer-Encoding
    "both lengths": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "both lengths, reversed": (400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    "coding twice": (400, POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "coding twice, the second unknown": (
        400,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    ),
    "coding as a list": (400, POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "coding gzip, chunked": (400, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "coding chunked, identity": (400, POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    "coding identity": (400, POST + b"Transfer-Encoding: identity\r\n\r\n"),
    "coding xchunked": (400, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "coding quoted": (400, POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n'),
    "coding with a parameter": (400, POST + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    "coding empty": (400, POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
    "coding with a vertical tab": (400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    "coding with a form feed": (400, POST + b"Transfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n"),
    "coding with a no-break space": (400, POST + b"Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n"),
    "coding with a blank before the colon": (400, POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    "coding folded": (400, POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    "coding behind a bare line feed": (400, POST + b"X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "coding behind a bare carriage return": (400, POST + b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "coding in HTTP/1.0": (400, b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    # chunks
    "chunk size with a plus": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n"),
    "chunk size negative": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"),
    "chunk size with 0x": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
    "chunk size with an underscore": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0_5\r\nhello\r\n0\r\n\r\n"),
    "chunk size empty": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n"),
    "chunk size of 17 digits": (
        400,
        POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
    ),
    "chunk size with a blank in front": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n"),
    "chunk size with a blank behind": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n"),
    "chunk size behind a line feed": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"),
    "chunk size behind a carriage return": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n"),
    "chunk extension with a line feed": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n"),
    "chunk extension with a NUL": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5;a\0b\r\nhello\r\n0\r\n\r\n"),
    "chunk extension endless": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5;" + LONG + b"\r\nhello\r\n0\r\n\r\n"),
    "chunk longer than told": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n"),
    "chunk shorter than told": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n7\r\nhello\r\n0\r\n\r\n"),
    "chunk ended by a line feed": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n"),
    "chunk beyond the limit": (413, POST + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nhello\r\n0\r\n\r\n"),
    "trailer malformed": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n"),
    "trailer folded": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n z\r\n\r\n"),
    "trailer with a line feed": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\nZ: a\r\n\r\n"),
    "trailer with a length": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\nContent-length: 9\r\n\r\n"),
    "trailer with a host": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nHost: other\r\n\r\n"),
    "chunk extension behind a blank": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n5 ;a\r\nhello\r\n0\r\n\r\n"),
    # lines
    "only line feeds": (400, b"GET / HTTP/1.1\nHost: gateway\n\n"),
    "head ended by line feeds": (400, GET + b"Host: gateway\n\n"),
    "head ended by CR LF, LF": (400, GET + b"Host: gateway\r\n\n"),
    "only carriage returns": (400, b"GET / HTTP/1.1\rHost: gateway\r\r"),
    "a NUL in a value": (400, GET + HOST + b"X: a\0b\r\n\r\n"),
    "a NUL in a name": (400, GET + HOST + b"X\0: b\r\n\r\n"),
    "a delete character": (400, GET + HOST + b"X: a\x7fb\r\n\r\n"),
    "an escape character": (400, GET + HOST + b"X: a\x1bb\r\n\r\n"),
    "a folded field": (400, GET + HOST + b"X: a\r\n b\r\n\r\n"),
    "a folded first field": (400, GET + b" X: a\r\n" + HOST + b"\r\n"),
    "a field folded by a tab": (400, GET + HOST + b"X: a\r\n\tb\r\n\r\n"),
    "a field without a colon": (400, GET + HOST + b"X\r\n\r\n"),
    "a field without a name": (400, GET + HOST + b": x\r\n\r\n"),
    "a field name with a blank": (400, GET + HOST + b"X Y: z\r\n\r\n"),
    "a field name with a letter beyond ASCII": (400, GET + HOST + b"X\xe9: z\r\n\r\n"),
    "a field name with a bracket": (400, GET + HOST + b"X[0]: z\r\n\r\n"),
    # request lines
    "no version": (400, b"GET /\r\n" + HOST + b"\r\n"),
    "no target": (400, b"GET HTTP/1.1\r\n" + HOST + b"\r\n"),
    "two blanks": (400, b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a tab": (400, b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a blank in the target": (400, b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a blank in front": (400, b" GET / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a blank behind": (400, b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n"),
    "a fragment": (400, b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a control character in the target": (400, b"GET /a\x01 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "bytes beyond ASCII in the target": (400, b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a method with a colon": (400, b"GE:T / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "version in small letters": (400, b"GET / http/1.1\r\n" + HOST + b"\r\n"),
    "version 1.10": (400, b"GET / HTTP/1.10\r\n" + HOST + b"\r\n"),
    "version 01.1": (400, b"GET / HTTP/01.1\r\n" + HOST + b"\r\n"),
    "version 1.2": (505, b"GET / HTTP/1.2\r\n" + HOST + b"\r\n"),
    "version 2.0, the preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "version 0.9": (505, b"GET / HTTP/0.9\r\n" + HOST + b"\r\n"),
    "two empty lines in front": (400, b"\r\n\r\n" + GET + HOST + b"\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "CONNECT": (405, b"CONNECT gateway:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "TRACE": (405, b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "an asterisk with GET": (400, b"GET * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a bare authority": (400, b"GET gateway:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a relative path": (400, b"GET a/b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "another scheme": (400, b"GET ftp://gateway/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a target of 9,000 bytes": (431, b"GET /" + LONG + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    # Host
    "no host": (400, GET + b"\r\n"),
    "host twice": (400, GET + HOST + HOST + b"\r\n"),
    "host twice, in other letters": (400, GET + HOST + b"HOST: other\r\n\r\n"),
    "host empty": (400, GET + b"Host:\r\n\r\n"),
    "host as a list": (400, GET + b"Host: a, b\r\n\r\n"),
    "host with a user": (400, GET + b"Host: user@gateway\r\n\r\n"),
    "host with a path": (400, GET + b"Host: gateway/admin\r\n\r\n"),
    "host with a blank": (400, GET + b"Host: gate way\r\n\r\n"),
    "host with a bad port": (400, GET + b"Host: gateway:80x\r\n\r\n"),
    "host unlike the target's": (400, b"GET http://other/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "host twice in HTTP/1.0": (400, b"GET / HTTP/1.0\r\n" + HOST + HOST + b"\r\n"),
    # what else is refused before a body is read
    "a header block of 40 KB": (431, GET + HOST + (b"X: " + b"a" * 4000 + b"\r\n") * 10 + b"\r\n"),
    "101 fields": (431, GET + HOST + b"X: y\r\n" * 100 + b"\r\n"),
    "gzip": (415, POST + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
    "gzip twice": (400, POST + b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n"),
    "an unknown expectation": (417, POST + b"Expect: miracles\r\nContent-Length: 5\r\n\r\nhello"),
}

ACCEPTED: dict[str, tuple[bytes, bytes]] = {
    "plain": (b"GET /?", GET + HOST + b"\r\n"),
    "an empty line in front": (b"GET /?", b"\r\n" + GET + HOST + b"\r\n"),
    "an absolute target": (b"GET /a?b ", b"GET http://gateway/a?b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "an absolute target without a path": (b"GET /?q ", b"GET http://GATEWAY?q HTTP/1.1\r\n" + HOST + b"\r\n"),
    "an asterisk with OPTIONS": (b"OPTIONS *?", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a method in small letters": (b"get /?", b"get / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a host with a port": (b"GET /?", GET + b"Host: gateway:4000\r\n\r\n"),
    "a host in IPv6": (b"GET /?", GET + b"Host: [::1]:4000\r\n\r\n"),
    "blanks around a value": (b"POST /? hello", POST + b"Content-Length: \t 5 \t\r\n\r\nhello"),
    "leading zeros": (b"POST /? hello", POST + b"Content-Length: 005\r\n\r\nhello"),
    "a field in Latin-1": (b"GET /?", GET + HOST + b"X: caf\xe9\r\n\r\n"),
    "an empty value": (b"GET /?", GET + HOST + b"X:\r\n\r\n"),
    "identity": (b"POST /? hello", POST + b"Content-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"),
    "chunks": (b"POST /? hello", POST + b"Transfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n002\r\nlo\r\n0\r\n\r\n"),
    "chunks with extensions": (
        b"POST /? hello",
        POST + b'Transfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n0;c\r\n\r\n',
    ),
    "chunks with a trailer": (
        b"POST /? hello",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n",
    ),
    "chunks that look like a request": (
        b"POST /? " + PIGGYBACK,
        POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PIGGYBACK), PIGGYBACK),
    ),
    "a body that looks like a request": (
        b"POST /? " + PIGGYBACK,
        POST + b"Content-Length: %d\r\n\r\n" % len(PIGGYBACK) + PIGGYBACK,
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_refused_is_refused_and_nothing_behind_it_runs(loop: str, figures: Figures) -> None:
    async def main() -> None:
        async with serving() as house:
            for name, (status, raw) in REFUSED.items():
                heard = answers(await converse(house.port, raw + PIGGYBACK))
                assert [answer.status for answer in heard] == [status], name
                assert heard[0].headers["connection"] == "close", name
                assert heard[0].whole, name
            assert house.application.requests == []
            assert len(house.application.refusals) == len(REFUSED)
            assert house.listener.failures == 0

    run(main(), loop)
    figures(f"smuggling forms refused ({loop})", len(REFUSED))


def test_what_is_clear_is_accepted_and_the_next_request_as_well() -> None:
    async def main() -> None:
        async with serving() as house:
            for name, (beginning, raw) in ACCEPTED.items():
                heard = answers(await converse(house.port, raw + PIGGYBACK))
                assert [answer.status for answer in heard] == [200, 200], name
                assert heard[0].body.startswith(beginning), name
                assert heard[1].body.startswith(b"GET /smuggled"), name

    run(main())


Heard = list[tuple[str, str, bytes]]


def verdict(raw: bytes, step: int) -> int | Heard:
    """What the parser makes of bytes that come in pieces of `step`: the status of a refusal, or the requests."""
    parser = RequestParser(Limits())
    heard: Heard = []
    for at in range(0, len(raw), step):
        parser.receive(raw[at : at + step])
        try:
            while (complete := parser.next()) is not None:
                heard.append((complete[0].method, complete[0].path, complete[1]))
        except PontageError as error:
            return error.status
    return heard


class Other:
    """What llhttp makes of the same bytes."""

    def __init__(self, raw: bytes) -> None:
        self.target = self.body = b""
        self.heard: Heard = []
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(raw)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        path = b"*" if self.target == b"*" else httptools.parse_url(self.target).path or b"/"
        self.heard.append((self.parser.get_method().decode(), path.decode(), self.body))
        self.target = self.body = b""


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_does_not_depend_on_how_the_bytes_are_cut(name: str) -> None:
    status, raw = REFUSED[name]
    for step in (1, 2, 3, 7, 64, len(raw) + 1000):
        assert verdict(raw + PIGGYBACK, step) == status


@pytest.mark.parametrize("name", [name for name in ACCEPTED if name != "a method in small letters"])
def test_what_is_accepted_is_understood_by_llhttp_in_the_same_way(name: str) -> None:
    _, raw = ACCEPTED[name]
    for step in (1, 2, 5, len(raw) + 1000):
        assert verdict(raw + PIGGYBACK, step) == Other(raw + PIGGYBACK).heard


SEEDS = [raw for _, raw in [*REFUSED.values(), *ACCEPTED.values()] if len(raw) < 300]


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 299), st.binary(max_size=3), st.integers(0, 3))
def test_bent_requests_are_refused_or_understood_by_llhttp_in_the_same_way(
    raw: bytes, at: int, inserted: bytes, removed: int
) -> None:
    bent = raw[:at] + inserted + raw[at + removed :]
    ours = verdict(bent, len(bent) + 1)
    assert verdict(bent, 1) == ours
    if isinstance(ours, list) and all(method.isupper() for method, _, _ in ours):
        try:
            theirs = Other(bent).heard
        except httptools.HttpParserError:  # llhttp is the stricter one, or does not know the method
            return
        except httptools.HttpParserUpgrade:
            return
        assert ours == theirs


def test_every_form_arrives_byte_by_byte_over_a_socket_too() -> None:
    async def one(port: int, raw: bytes) -> list[int]:
        async with connected(port) as wire:
            await wire.drip(raw)
            return [answer.status for answer in answers(await wire.rest())]

    async def main() -> None:
        async with serving() as house:
            for name, (status, raw) in REFUSED.items():
                if len(raw) < 300:
                    assert await one(house.port, raw + PIGGYBACK) == [status], name
            assert house.application.requests == []
            for name, (_, raw) in ACCEPTED.items():
                assert await one(house.port, raw + PIGGYBACK) == [200, 200], name

    run(main())
