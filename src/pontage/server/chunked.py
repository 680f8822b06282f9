"""Reads a chunked request body from bytes: strict and bounded; and the grammar it shares with `parser`.

Floor 8; no I/O.
"""

from __future__ import annotations

import re

from pontage.errors import HeadersTooLargeError, InvalidRequestError, PayloadTooLargeError
from pontage.server.http import Limits

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
"""The characters of a method or a field name (RFC 9110, 5.6.2), as a pattern."""

FIELDS = re.compile(rf"(?:{TOKEN}:[\t\x20-\x7e\x80-\xff]*+\r\n)*+")
"""A whole block of header fields: no folding, no blank before the colon, no control characters."""

STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\x00")
"""A line ending that is not CR LF, or a NUL, in a block that may still be growing."""

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?")
_FRAMING_FIELD = re.compile(r"(?:^|\n)(?:content-length|transfer-encoding|host):", re.IGNORECASE)
_LINE_BYTES = 256  # a size line with its extensions, which are ignored
_FRAMING_BYTES = 64 * 1024  # spent on size lines beyond a quarter of the body: tiny chunks cost time, not bandwidth


class ChunkedBody:
    """One body as it comes in; trailer fields are checked and forgotten."""

    __slots__ = ("_body", "_framing", "_left", "_limits", "_trailer")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._body = bytearray()
        self._left = 0  # of the current chunk, its closing CR LF included; 0 before a size line
        self._framing = 0
        self._trailer = False

    @property
    def size(self) -> int:
        """Bytes of the body read so far."""
        return len(self._body)

    def feed(self, buffer: bytearray) -> bytes | None:
        """Take what belongs to the body off the front of `buffer`; the whole body once it is complete.

        Raises `InvalidRequestError` for anything but plain chunks, `PayloadTooLargeError` beyond the body limit,
        `HeadersTooLargeError` for an endless trailer.
        """
        at = 0
        while not self._trailer:
            step = self._read_data(buffer, at) if self._left else self._read_size(buffer, at)
            if step == at:
                del buffer[:at]
                return None
            at = step
        del buffer[:at]
        return bytes(self._body) if self._skip_trailer(buffer) else None

    def _read_size(self, buffer: bytearray, at: int) -> int:
        end = buffer.find(b"\r\n", at, at + _LINE_BYTES)
        if end < 0:
            if len(buffer) - at >= _LINE_BYTES or STRAY.search(buffer, at):
                raise InvalidRequestError("a chunk's size line is malformed or too long")
            return at
        match = _SIZE_LINE.fullmatch(buffer, at, end)
        if match is None:
            raise InvalidRequestError("a chunk's size is not a hexadecimal number")
        size = int(match[1], 16)
        if len(self._body) + size > self._limits.body_bytes:
            raise PayloadTooLargeError(f"the body is larger than {self._limits.body_bytes} bytes")
        self._framing += end + 4 - at
        if self._framing > _FRAMING_BYTES + len(self._body) // 4:
            raise InvalidRequestError("the body is cut into too many small chunks")
        self._left = size + 2
        self._trailer = size == 0
        return end + 2

    def _read_data(self, buffer: bytearray, at: int) -> int:
        wanted = self._left - 2
        if wanted > 0:
            piece = buffer[at : at + wanted]
            self._body += piece
            self._left -= len(piece)
            at += len(piece)
            if self._left > 2:
                return at
        closing = buffer[at : at + 2]
        if not b"\r\n".startswith(closing):
            raise InvalidRequestError("a chunk is longer than its size says")
        if len(closing) == 2:
            self._left = 0
            at += 2
        return at

    def _skip_trailer(self, buffer: bytearray) -> bool:
        if buffer.startswith(b"\r\n"):
            del buffer[:2]
            return True
        end = buffer.find(b"\r\n\r\n")
        if max(end, len(buffer) if end < 0 else 0) > self._limits.header_bytes:
            raise HeadersTooLargeError(f"the trailer is larger than {self._limits.header_bytes} bytes")
        if end < 0:
            if STRAY.search(buffer):
                raise InvalidRequestError("a trailer line does not end with CR LF, or holds a NUL")
            return False
        text = buffer[: end + 2].decode("latin-1")
        if FIELDS.fullmatch(text) is None or _FRAMING_FIELD.search(text):
            raise InvalidRequestError("a trailer field is malformed, or one that cannot come this late")
        del buffer[: end + 4]
        return True
