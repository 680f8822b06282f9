"""Reads HTTP/1.1 requests from bytes: strict, bounded, and indifferent to how they are cut. Floor 8; no I/O.

The grammar is RFC 9112's without its leniencies. It is our own rather than llhttp's, because a gateway must
refuse what a second parser could read differently: llhttp forgives in places, and does not tell where a chunked
body ended, so a check of the raw bytes beside it could not be aligned. Tests compare the two: whatever passes here,
llhttp understands in the same way.
"""

from __future__ import annotations

import re

import msgspec

from pontage.errors import (
    ExpectationFailedError,
    HeadersTooLargeError,
    InvalidRequestError,
    MethodNotAllowedError,
    PayloadTooLargeError,
    UnsupportedEncodingError,
    VersionNotSupportedError,
)
from pontage.server.chunked import FIELDS, STRAY, TOKEN, ChunkedBody
from pontage.server.clock import Phase
from pontage.server.http import Headers, Limits

_REQUEST_LINE = re.compile(rf"({TOKEN}) ([\x21\x22\x24-\x7e]++) HTTP/([0-9])\.([0-9])")
_BEGINNING = re.compile(rf"{TOKEN}|\r\Z".encode())
_ABSOLUTE = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://([^/?]*)(.*)")
_HOST = re.compile(r"(?:[A-Za-z0-9._~%!$&'()*+;=\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_LENGTH = re.compile(r"[0-9]{1,18}")

# Fields of which a second one could mean something else to the next parser on the way.
_SINGLE = ("host", "content-length", "transfer-encoding", "content-type", "content-encoding", "expect")


class Head(msgspec.Struct, frozen=True):
    """A request without its body, as the connection needs to know it."""

    method: str
    path: str
    query: str
    headers: Headers
    modern: bool  # HTTP/1.1, as against 1.0
    persistent: bool  # the client wants to keep the connection
    length: int  # of the body in bytes; -1 when it comes in chunks
    expects_continue: bool


class RequestParser:
    """The requests of one connection, one after the other.

    `method`, `target` and `headers` tell what is known of the request being read, for wording a refusal.
    After an error the parser must not be used again: nothing behind a refused request is ever read.
    """

    __slots__ = ("_buffer", "_chunks", "_limits", "_scanned", "_skipped", "head", "headers", "method", "target")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0  # bytes of an unfinished head that are known to hold no end
        self._skipped = False  # one empty line before a request is forgiven (RFC 9112, 2.2)
        self._chunks: ChunkedBody | None = None
        self.head: Head | None = None
        self.method = self.target = ""
        self.headers = Headers()

    def receive(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._buffer += data

    @property
    def buffered(self) -> int:
        """Bytes received but not yet part of a request that was handed out."""
        return len(self._buffer)

    @property
    def phase(self) -> Phase:
        """Whether a request has begun, and whether its head is complete."""
        if self.head is not None:
            return Phase.BODY
        return Phase.HEAD if self._buffer or self._skipped else Phase.IDLE

    @property
    def body_bytes(self) -> int:
        """Bytes of the current body received so far."""
        return len(self._buffer) + (self._chunks.size if self._chunks else 0)

    def next(self) -> tuple[Head, bytes] | None:
        """The next whole request as (head, body), or None when more bytes are needed.

        Raises a `ClientError` that says why the request is refused.
        """
        head = self.head or self._read_head()
        if head is None:
            return None
        buffer = self._buffer
        if self._chunks is not None:
            body = self._chunks.feed(buffer)
            if body is None:
                return None
            self._chunks = None
        elif head.length > len(buffer):
            return None
        elif head.length:
            body = bytes(memoryview(buffer)[: head.length])
            del buffer[: head.length]
        else:
            body = b""
        self.head = None
        return head, body

    def _read_head(self) -> Head | None:
        buffer, limits = self._buffer, self._limits
        if buffer.startswith(b"\r\n") and not self._skipped:
            del buffer[:2]
            self._skipped = True
        end = buffer.find(b"\r\n\r\n", max(0, self._scanned - 3))
        if end < 0:
            if len(buffer) > limits.header_bytes:
                raise self._too_large()
            if buffer:
                self._check_beginning()
            self._scanned = len(buffer)
            return None
        if end + 4 > limits.header_bytes:
            raise self._too_large()
        text = buffer[: end + 2].decode("latin-1")
        del buffer[: end + 4]
        self._scanned, self._skipped = 0, False
        self.head = head = self._understand(text)
        if head.length < 0:
            self._chunks = ChunkedBody(limits)
        return head

    def _too_large(self) -> HeadersTooLargeError:
        # The request line, if it came, decides in whose words this is refused.
        limits = self._limits
        line = self._buffer[: limits.header_bytes].partition(b"\r\n")[0].decode("latin-1")
        match = _REQUEST_LINE.fullmatch(line)
        self.method, self.target = (match[1], match[2][: limits.target_bytes]) if match else ("", "")
        self.headers = Headers()
        return HeadersTooLargeError(f"the header block is larger than {limits.header_bytes} bytes")

    def _check_beginning(self) -> None:
        # Whoever ends lines with a bare LF, or speaks TLS, would otherwise wait for the header timeout.
        if STRAY.search(self._buffer, max(0, self._scanned - 1)):
            raise InvalidRequestError("a line of the header block does not end with CR LF, or holds a NUL")
        if _BEGINNING.match(self._buffer) is None:
            raise InvalidRequestError("this is not HTTP", hint="the port speaks plain HTTP, not TLS")

    def _understand(self, text: str) -> Head:
        self.method = self.target = ""
        self.headers = Headers()
        line, _, fields = text.partition("\r\n")
        match = _REQUEST_LINE.fullmatch(line)
        if match is None:
            raise InvalidRequestError("the request line is not `METHOD target HTTP/1.1`")
        method, target, major, minor = match.groups()
        self.method, self.target = method, target[: self._limits.target_bytes]
        if major != "1" or minor not in "01":
            raise VersionNotSupportedError(f"HTTP/{major}.{minor} is not spoken here", hint="use HTTP/1.1")
        if len(target) > self._limits.target_bytes:
            raise HeadersTooLargeError(f"the request target is longer than {self._limits.target_bytes} bytes")
        self.headers = headers = _read_fields(fields, self._limits)
        modern = minor == "1"
        host = _read_host(headers, modern)
        path, query = _read_target(method, target, host)
        length = _read_length(headers, modern)
        if length > self._limits.body_bytes:
            raise PayloadTooLargeError(f"the body is larger than {self._limits.body_bytes} bytes")
        expects = _read_expectation(headers, modern)
        return Head(method, path, query, headers, modern, _read_persistence(headers, modern), length, expects)


def _read_fields(text: str, limits: Limits) -> Headers:
    if FIELDS.fullmatch(text) is None:
        raise InvalidRequestError("a header field is malformed: folded, without a name, or with a control character")
    lines = text.split("\r\n")
    lines.pop()
    if len(lines) > limits.header_fields:
        raise HeadersTooLargeError(f"there are more than {limits.header_fields} header fields")
    parts = [line.partition(":") for line in lines]
    # A tab around a value stays in it: it is legal, but `chunked` and a tab is how a coding is hidden from one parser.
    headers = Headers([(name.lower(), value.strip(" ")) for name, _, value in parts])
    if headers.repeats:
        for name in _SINGLE:
            if len(headers.all(name)) > 1:
                raise InvalidRequestError(f"the field `{name}` occurs more than once", param=name)
    return headers


def _read_host(headers: Headers, modern: bool) -> str | None:
    host = headers.get("host")
    if host is None:
        if modern:
            raise InvalidRequestError("the field `host` is missing", param="host")
    elif _HOST.fullmatch(host) is None:
        raise InvalidRequestError("the field `host` is not a host name or address with an optional port", param="host")
    return host


def _read_target(method: str, target: str, host: str | None) -> tuple[str, str]:
    if method in ("CONNECT", "TRACE"):
        raise MethodNotAllowedError(f"{method} is not served")
    if target[0] != "/":
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is not None:
            # Two names for one host: which of them counts is a matter of taste, so they must agree.
            if host is not None and absolute[1].lower() != host.lower():
                raise InvalidRequestError("the request target names another host than the field `host`", param="host")
            target = absolute[2] if absolute[2][:1] == "/" else "/" + absolute[2]
        elif target != "*" or method != "OPTIONS":
            raise InvalidRequestError("the request target is neither a path nor a URL")
    path, _, query = target.partition("?")
    return path, query


def _read_length(headers: Headers, modern: bool) -> int:
    coding = headers.get("transfer-encoding")
    length = headers.get("content-length")
    encoding = headers.get("content-encoding")
    if encoding is not None and encoding.lower() != "identity":
        raise UnsupportedEncodingError("a compressed body is not accepted", param="content-encoding")
    if coding is not None:
        if not modern or length is not None or coding.lower() != "chunked":
            raise InvalidRequestError(
                "`transfer-encoding` must be exactly `chunked`, in HTTP/1.1, and without `content-length`",
                param="transfer-encoding",
            )
        return -1
    if length is None:
        return 0
    if _LENGTH.fullmatch(length) is None:
        raise InvalidRequestError("`content-length` is not a number of bytes", param="content-length")
    return int(length)


def _read_expectation(headers: Headers, modern: bool) -> bool:
    expectation = headers.get("expect")
    if expectation is None or not modern:
        return False
    if expectation.lower() != "100-continue":
        raise ExpectationFailedError("the only expectation met here is 100-continue", param="expect")
    return True


def _read_persistence(headers: Headers, modern: bool) -> bool:
    if "connection" not in headers:
        return modern
    options = [option.strip(" \t").lower() for option in ",".join(headers.all("connection")).split(",")]
    return "close" not in options and (modern or "keep-alive" in options)
