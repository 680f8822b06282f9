"""What a stream has said so far, in a sample: enough to estimate its tokens when nobody tells them. Floor 4.

Frames that pass untouched are not decoded, and what a caller who left was given is billed all the same. So a stream's
beginning is kept, and read only when somebody asks; of the rest the size is known, and frames of one stream are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from pontage.dialects.dialect import ProviderSide
from pontage.domain.stream import Delta, StreamEvent
from pontage.errors import PontageError
from pontage.estimate import text_tokens

KEPT: Final = 16 * 1024
"""Bytes of a stream's beginning that are kept."""


class Sample:
    """The beginning of a stream and the size of all of it. Feed it the bytes as they come."""

    __slots__ = ("_kept", "_pieces", "_rate", "_side", "_total")

    def __init__(self, side: ProviderSide) -> None:
        self._side = side
        self._pieces: list[bytes] = []
        self._kept = 0
        self._total = 0
        self._rate: float | None = None  # tokens a byte, once the beginning is whole

    def add(self, data: bytes) -> None:
        """The next bytes of the stream."""
        size = len(data)
        self._total += size
        if self._kept < KEPT:
            self._kept += size
            self._pieces.append(data)

    def tokens(self) -> int:
        """The tokens that were told so far, by estimate."""
        rate = self._rate
        if rate is None:
            told = "".join(event.text for event in self._events() if isinstance(event, Delta))
            rate = text_tokens(told) / max(1, self._kept)
            if self._kept >= KEPT:
                self._rate = rate
                self._pieces.clear()
        return round(rate * self._total)

    def _events(self) -> Iterator[StreamEvent]:
        framing, decoder = self._side.framing(), self._side.stream_decoder()
        with suppress(PontageError):  # it broke here; what was whole before it counts
            for frame in framing.feed(b"".join(self._pieces)):
                yield from decoder.feed(frame)
