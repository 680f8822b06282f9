"""Content decoding: gzip and deflate, piece by piece, bounded. Floor 2; no sockets.

A compressed body is a small key to a large memory: output is made in limited steps, and a body that grows beyond the
permitted ratio is refused as soon as it does.
"""

from __future__ import annotations

import zlib

from pontage.errors import ProtocolError
from pontage.transport.messages import Headers

_STEP = 256 * 1024  # decoded bytes per step: bounds what one small piece can unfold to at once
_SLACK = 64 * 1024  # short bodies may compress better than any honest long one
_GZIP = 31
_ZLIB = 15
_RAW = -15


def decoder_for(headers: Headers, max_ratio: int) -> Decoder | None:
    """The decoder an answer needs, None if its body is as is. Raises `ProtocolError` for an unknown encoding."""
    codings = headers.all("content-encoding")
    if not codings:
        return None
    match ", ".join(codings).strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return Decoder(_GZIP, max_ratio)
        case "deflate":
            return Decoder(None, max_ratio)
        case _:
            raise ProtocolError("the answer has a content-encoding that was not asked for")


class Decoder:
    """Decodes one body. `pending` says that more output is to be had without more input."""

    __slots__ = ("_ended", "_inflater", "_made", "_max_ratio", "_stepped", "_taken", "_waiting", "_window")

    def __init__(self, window: int | None, max_ratio: int) -> None:
        self._window = window  # None until the first two bytes tell zlib's wrapping from a raw deflate stream
        self._max_ratio = max_ratio
        self._inflater = None if window is None else zlib.decompressobj(window)
        self._waiting = b""
        self._taken = 0
        self._made = 0
        self._ended = False
        self._stepped = False  # the last step was a full one: the inflater may hold more, even without input

    @property
    def pending(self) -> bool:
        """Whether `decode(b"")` would yield more."""
        return self._stepped or (bool(self._waiting) and self._inflater is not None)

    def decode(self, data: bytes) -> bytes:
        """At most one step of output for `data` and what was left before. Raises `ProtocolError`."""
        self._taken += len(data)
        source = self._waiting + data if self._waiting else data
        self._waiting = b""
        if not source and not self._stepped:
            return b""
        if self._inflater is None and not self._begin(source):
            self._waiting = source
            return b""
        try:
            output = self._inflate(source)
        except zlib.error:
            raise ProtocolError("the compressed body of the answer is damaged") from None
        self._made += len(output)
        if self._made > self._taken * self._max_ratio + _SLACK:
            raise ProtocolError("the compressed body of the answer unfolds beyond the permitted ratio")
        return output

    def finish(self) -> None:
        """The body is over. Raises `ProtocolError` if the compressed stream is not."""
        if self._taken and not self._ended:
            raise ProtocolError("the compressed body of the answer is truncated")

    def _begin(self, source: bytes) -> bool:
        if len(source) < 2:
            return False
        wrapped = source[0] & 0x0F == 8 and (source[0] << 8 | source[1]) % 31 == 0
        self._window = _ZLIB if wrapped else _RAW
        self._inflater = zlib.decompressobj(self._window)
        return True

    def _inflate(self, source: bytes) -> bytes:
        if self._ended:
            if self._window != _GZIP:
                raise zlib.error
            self._inflater = zlib.decompressobj(_GZIP)  # gzip bodies may be several members in a row
            self._ended = False
        inflater = self._inflater
        assert inflater is not None
        output = inflater.decompress(source, _STEP)
        self._ended = inflater.eof
        self._stepped = len(output) == _STEP and not inflater.eof
        self._waiting = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        return output
