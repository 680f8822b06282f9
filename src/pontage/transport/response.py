"""Reading HTTP/1.1 answers: bytes in, head and body pieces out, nothing lenient. Floor 2; sans I/O.

`httptools` (llhttp, with no leniency switched on) takes the bytes apart and refuses bare CR or LF, folded lines,
conflicting or malformed lengths and bad chunks. What it cannot know is added here: bounds, informational answers,
answers without a body, bodies that end with the connection, and bytes nobody asked for.
"""

from __future__ import annotations

import httptools
import msgspec

from pontage.errors import ProtocolError
from pontage.transport.messages import Headers

_MAX_INFORMATIONAL = 8


class Head(msgspec.Struct, frozen=True):
    """Status code and header fields of an answer."""

    status: int
    headers: Headers


class ResponseReader:
    """Reads the answers of one connection, one after the other; `expect` announces each.

    `head` appears when the header block is in, `pieces` collect the body (`buffered` bytes of it are not taken yet),
    `complete` says it ended as it should, `reusable` that the connection may carry another request, `started` that
    at least one byte has come. Methods raise `ProtocolError`; after that the reader is of no use.
    """

    __slots__ = (
        "_chunked",
        "_fruitless",
        "_header_bytes",
        "_headers",
        "_informational",
        "_max_header_bytes",
        "_max_headers",
        "_method",
        "_parser",
        "_problem",
        "_until_close",
        "buffered",
        "complete",
        "head",
        "pieces",
        "reusable",
        "started",
    )

    def __init__(self, max_header_bytes: int, max_headers: int) -> None:
        self._max_header_bytes = max_header_bytes
        self._max_headers = max_headers
        self._parser = httptools.HttpResponseParser(self)
        self.expect("GET")

    def expect(self, method: str) -> None:
        """The answer to a request of `method` comes next."""
        self._method = method
        self._headers: list[tuple[str, str]] = []
        self._header_bytes = 0
        self._fruitless = 0  # bytes since the last that were of use: bounds heads, chunk extensions and trailers
        self._informational = 0
        self._chunked = False
        self._until_close = False
        self._problem: ProtocolError | None = None
        self.head: Head | None = None
        self.pieces: list[bytes] = []
        self.buffered = 0
        self.complete = False
        self.reusable = False
        self.started = False

    def feed(self, data: bytes) -> None:
        """Take what came from the socket."""
        if self.complete:
            self.reusable = False
            return
        self.started = True
        self._fruitless += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.reusable = False
            if not self.complete:
                # llhttp's reasons are fixed texts; they quote nothing of the answer.
                raise self._problem or ProtocolError(f"the answer is not valid HTTP/1.1: {error}") from None
        if self.complete:
            self.reusable = self.reusable and not self._strays(data)
        elif self._fruitless > self._max_header_bytes:
            raise ProtocolError("the answer's header block or chunk framing is larger than the limit")

    def finish(self) -> None:
        """The connection has ended: the end of a body that says nothing of its length, the cut of any other."""
        self.reusable = False
        if self._until_close:
            self.complete = True
        elif not self.complete:
            raise ProtocolError("the answer is truncated: the connection ended before it did")

    def take(self) -> bytes:
        """The body bytes that have come since the last call."""
        pieces = self.pieces
        if len(pieces) == 1:
            data = pieces[0]
        elif pieces:
            data = b"".join(pieces)
        else:
            return b""
        self.pieces = []
        self.buffered = 0
        return data

    def on_message_begin(self) -> None:
        """Parser callback: the first byte of an answer."""
        if self.complete:
            self.reusable = False  # the parser has gone on to an answer that nobody asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        """Parser callback: a field of the header block, or of the trailers, which are dropped."""
        if self.head is not None:
            return
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > self._max_header_bytes or len(self._headers) >= self._max_headers:
            self._refuse("the answer's header block is larger than the limit")
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1").rstrip(" \t")))

    def on_headers_complete(self) -> None:
        """Parser callback: the header block is in."""
        if self.complete:
            return
        parser = self._parser
        status = parser.get_status_code()
        if parser.get_http_version() not in ("1.1", "1.0") or not 100 <= status <= 599 or status == 101:
            self._refuse("the answer's status line is not one of HTTP/1.1")
        self._fruitless = 0
        if status < 200:
            self._informational += 1
            self._headers = []
            self._header_bytes = 0
            if self._informational > _MAX_INFORMATIONAL:
                self._refuse("too many informational answers")
            return
        headers = Headers(self._headers)
        coding = headers.all("transfer-encoding")
        if coding and ([value.lower() for value in coding] != ["chunked"] or parser.get_http_version() == "1.0"):
            self._refuse("the answer's transfer-encoding is not chunked alone")
        self.head = Head(status, headers)
        self._chunked = bool(coding)
        self.reusable = parser.should_keep_alive()
        if self._method == "HEAD" or (self._method == "CONNECT" and status < 300):
            # The parser expects a body here. There is none, and with it ends what it can read of this connection.
            self.complete = True
            self.reusable = False
        elif not coding and "content-length" not in headers and status not in (204, 304):
            self._until_close = True
            self.reusable = False

    def on_body(self, data: bytes) -> None:
        """Parser callback: a piece of the body."""
        if self.complete:
            self.reusable = False
            return
        self._fruitless = 0
        self.pieces.append(data)
        self.buffered += len(data)

    def on_message_complete(self) -> None:
        """Parser callback: an answer has ended, informational ones included."""
        if self.head is not None:
            self.complete = True

    def _refuse(self, message: str) -> None:
        self._problem = ProtocolError(message)
        raise self._problem

    def _strays(self, data: bytes) -> bool:
        # Blank lines after an answer pass the parser without a word; anything else has already cleared `reusable`.
        if self.pieces and not self._chunked:
            return not data.endswith(self.pieces[-1][-len(data) :])
        return not data.endswith(b"\n") or data.endswith((b"\n\n", b"\n\r\n\r\n"))
