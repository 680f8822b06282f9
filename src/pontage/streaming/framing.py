"""Floor 2. Framing: where one event of a streamed body ends and the next begins. Knows bytes, not what they say.

Three decoders of one shape (`Framing`) for the three ways providers stream JSON: server-sent events, one JSON text a
line, and one JSON array that arrives piece by piece. Machines to be fed: no socket, no clock, no wait. The body may be
cut at any byte; the frames are the same for every cut. No received byte is lost: the `raw` of all frames and the
`remainder`, joined, are the input. A decoder that has raised cannot be used any further.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import ClassVar, Final, Protocol

import msgspec

from pontage.errors import ProtocolError

FRAME_LIMIT: Final = 16 * 1024 * 1024
"""The largest frame that is accepted, in bytes as received."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"  # what JSON allows between its tokens
_LINE_END = re.compile(rb"\r\n?|\n")
# Two line ends. Possessive, so that the halves of one CRLF are never taken for two; written out, as `{2}` is 4x slower.
_BLANK_LINE = re.compile(rb"(?:\r\n?+|\n)(?:\r\n?+|\n)")

# The inside of an object up to a brace, or to a string that is not whole yet; the rest of a string up to its quote.
_OBJECT_TEXT = re.compile(rb'(?:[^"{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_STRING_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_ARRAY_GRAMMAR = {
    "start": {b"[": "first"},
    "first": {b"{": "object", b"]": "closed"},
    "after": {b",": "next", b"]": "closed"},
    "next": {b"{": "object"},
    "closed": {},
}


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One event of a stream: its payload, its name if it has one, and the bytes it came from.

    `data` is valid UTF-8. `raw` is exactly what was received since the frame before: comments and blank lines that
    precede the event, the event, and its terminator.
    """

    data: bytes
    event: str = ""
    raw: bytes = b""


class Framing(Protocol):
    """A decoder of one kind of framing; made anew for every stream."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by the next bytes of the body. Raises ProtocolError."""
        ...

    def end(self) -> list[Frame]:
        """What the end of the body completes. Whether the *stream* was complete is the dialect's to judge."""
        ...

    @property
    def remainder(self) -> bytes:
        """The bytes received that belong to no frame so far."""
        ...


class _BlockDecoder:
    """What SSE and NDJSON have in common: blocks of bytes that end in a boundary."""

    __slots__ = ("_at_start", "_limit", "_pending", "_skipped")
    _boundary: ClassVar[re.Pattern[bytes]]
    _split: ClassVar[staticmethod[[bytes], tuple[list[bytes], bytes]]]
    _parse: ClassVar[staticmethod[[bytes], tuple[bytes | None, str]]]

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        """`limit`: largest accepted event in bytes, its terminator included; also of what is skipped between two."""
        self._limit = limit
        self._pending = bytearray()  # of a block whose boundary has not come
        self._skipped = bytearray()  # whole blocks without data, for the `raw` of the next frame
        self._at_start = True

    def feed(self, data: bytes) -> list[Frame]:
        """The events completed by these bytes. Raises ProtocolError when one is larger than the limit."""
        pending = self._pending
        if pending:
            unseen = max(0, len(pending) - 3)  # a boundary has at most four bytes
            pending += data
            if self._boundary.search(pending, unseen) is None:
                _require_at_most(self._limit, len(pending))
                return []
            data = bytes(pending)
            pending.clear()
        blocks, tail = self._split(data)
        pending += tail
        if len(data) > self._limit:
            _require_at_most(self._limit, len(tail), *map(len, blocks))
        return self._frames(blocks)

    def end(self) -> list[Frame]:
        """The last event, when the body ends without its terminator, even in the middle of a line.

        The SSE standard drops such an event; but providers do leave a last one unterminated, so it is handed on as
        it is. If it was cut off, its payload is malformed JSON, or the dialect misses its terminal event.
        """
        block = bytes(self._pending)
        self._pending.clear()
        return self._frames([block] if block else [])

    @property
    def remainder(self) -> bytes:
        """The bytes received that belong to no frame so far: an unfinished event, comments behind the last one."""
        return bytes(self._skipped + self._pending)

    def _frames(self, blocks: list[bytes]) -> list[Frame]:
        if self._at_start and blocks:
            self._at_start = False
            if blocks[0].startswith(_BYTE_ORDER_MARK):
                self._skipped += _BYTE_ORDER_MARK
                blocks[0] = blocks[0].removeprefix(_BYTE_ORDER_MARK)
        frames: list[Frame] = []
        parse = self._parse
        for raw in blocks:
            data, event = parse(raw)
            if data is None:
                self._skipped += raw
                _require_at_most(self._limit, len(self._skipped))
                continue
            if self._skipped:
                raw = bytes(self._skipped) + raw
                self._skipped.clear()
            frames.append(Frame(data if data.isascii() else _valid_utf8(data), event, raw))
        return frames


def _split_events(data: bytes) -> tuple[list[bytes], bytes]:
    """The blocks ended by a blank line, each with it, and what follows the last."""
    if b"\r" not in data:
        *blocks, tail = data.split(b"\n\n")
        return [block + b"\n\n" for block in blocks], tail
    ends = [0, *(blank_line.end() for blank_line in _BLANK_LINE.finditer(data))]
    return [data[start:end] for start, end in pairwise(ends)], data[ends[-1] :]


def _parse_event(block: bytes) -> tuple[bytes | None, str]:
    """The data (None without a `data` line) and the event name of one block of lines."""
    if block.startswith(b"data: ") and block.find(b"\n") == len(block) - 2 and b"\r" not in block:
        return block[6:-2], ""  # the form nearly all events have, read several times faster
    lines: list[bytes] = []
    event = b""
    for line in block.splitlines():
        name, _, value = line.partition(b":")
        if name == b"data":
            lines.append(value.removeprefix(b" "))
        elif name == b"event":
            event = value.removeprefix(b" ")
    return (b"\n".join(lines) if lines else None), event.decode("utf-8", "replace")


def _split_lines(data: bytes) -> tuple[list[bytes], bytes]:
    *lines, tail = data.split(b"\n")
    return [line + b"\n" for line in lines], tail


def _parse_line(line: bytes) -> tuple[bytes | None, str]:
    return line.strip(_SPACE) or None, ""


class SSEDecoder(_BlockDecoder):
    """Server-sent events, read as the WHATWG HTML standard says; `id` and `retry` mean nothing here.

    Lines end in LF, CR or CRLF, mixed at will; a leading byte order mark is skipped; a block without a `data` line
    yields no frame; bytes that are no UTF-8 become U+FFFD in `data`. An event that ends in a lone CR is not held
    back to see whether an LF follows: that LF counts to the next frame's `raw`.
    """

    __slots__ = ()
    _boundary = _BLANK_LINE
    _split = staticmethod(_split_events)
    _parse = staticmethod(_parse_event)


class NDJSONDecoder(_BlockDecoder):
    """One JSON text a line, ended by LF or CRLF; blank lines yield no frame. Mark and UTF-8 as in `SSEDecoder`."""

    __slots__ = ()
    _boundary = re.compile(rb"\n")
    _split = staticmethod(_split_lines)
    _parse = staticmethod(_parse_line)


class JSONArrayDecoder:
    """One JSON array of objects arriving piece by piece (Gemini's stream without ``alt=sse``); a frame is an element.

    `data` is the element's exact bytes, handed on as soon as its last brace is there. The comma before an element
    counts to its `raw`; the closing bracket stays in the remainder.
    """

    __slots__ = ("_depth", "_in_string", "_limit", "_pending", "_position", "_state")

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        """`limit`: largest accepted element in bytes, with the separator before it."""
        self._limit = limit
        self._pending = bytearray()
        self._position = 0  # how far `_pending` is understood
        self._state = "start"
        self._depth = 0  # of braces inside an element; JSON's brackets need no counting beside them
        self._in_string = False

    def feed(self, data: bytes) -> list[Frame]:
        """The elements completed by these bytes. Raises ProtocolError: no array of objects, or one over the limit."""
        self._pending += data
        frames: list[Frame] = []
        start = 0
        while self._finds_end():
            raw = bytes(self._pending[start : self._position])
            _require_at_most(self._limit, len(raw))
            frames.append(Frame(_valid_utf8(raw[raw.index(b"{") :]), raw=raw))
            start = self._position
        del self._pending[:start]
        self._position -= start
        _require_at_most(self._limit, len(self._pending))
        return frames

    def end(self) -> list[Frame]:
        """Nothing: an element that is not whole cannot be read. It stays in the remainder."""
        return []

    @property
    def remainder(self) -> bytes:
        """The bytes received that belong to no frame so far: an unfinished element, the array's own end."""
        return bytes(self._pending)

    def _finds_end(self) -> bool:
        """Goes on to the end of an element (True), or as far as the bytes reach."""
        pending = self._pending
        while self._position < len(pending):
            if self._state != "object":
                self._step_between()
                continue
            text = _STRING_TEXT if self._in_string else _OBJECT_TEXT
            match = text.match(pending, self._position)
            self._position = match.end() if match else len(pending)  # both patterns match, if only nothing
            character = bytes(pending[self._position : self._position + 1])
            if character in b"\\":  # no byte left, or an escape whose second half is yet to come
                break
            self._position += 1
            if character == b'"':
                self._in_string = not self._in_string
                continue
            self._depth += 1 if character == b"{" else -1
            if self._depth == 0:
                self._state = "after"
                return True
        return False

    def _step_between(self) -> None:
        """Over one byte that is outside of the elements."""
        character = bytes(self._pending[self._position : self._position + 1])
        if character not in _SPACE:
            state = _ARRAY_GRAMMAR[self._state].get(character)
            if state is None:
                raise ProtocolError(f"the stream is no JSON array of objects: unexpected {character!r}")
            self._state = state
            self._depth = 1
        self._position += 1


def encode_sse(data: bytes, event: str = "") -> bytes:
    """A server-sent event; every line of `data` becomes a line of its own. `event` is one line, or empty for none."""
    if b"\n" in data or b"\r" in data:
        data = b"\ndata: ".join(_LINE_END.split(data))
    if event:
        return b"event: %b\ndata: %b\n\n" % (event.encode(), data)
    return b"data: %b\n\n" % data


def encode_ndjson(data: bytes) -> bytes:
    """A line of JSON. Line ends in `data` become spaces: in JSON they can only stand between tokens."""
    if b"\n" in data:
        data = data.replace(b"\n", b" ")
    return data + b"\n"


def _valid_utf8(data: bytes) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data


def _require_at_most(limit: int, *sizes: int) -> None:
    if max(sizes) > limit:
        raise ProtocolError(f"a frame of the stream is larger than {limit} bytes")
