"""The chunks of one choice of a client's stream. Floor 3; pure."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from pontage.dialects.openai_chat.logprobs import encode_logprobs
from pontage.dialects.openai_chat.variant import Scope
from pontage.domain.parts import JSONObject
from pontage.domain.stream import Delta
from pontage.streaming.framing import encode_sse

_ENCODE: Final = msgspec.json.encode
_TAIL: Final = b',"logprobs":null,"finish_reason":null}]}'


class Way(NamedTuple):
    """What stands before and behind a piece of text in its chunk: built once a part, for nearly every chunk is one."""

    before: bytes
    behind: bytes


class Line:
    """How chunks of one choice are made. `scope` and `where` (the message's path) are what its parts are written by."""

    __slots__ = ("_head", "scope", "where")

    def __init__(self, number: int, head: JSONObject, scope: Scope) -> None:
        """`head`: the fields that every chunk repeats."""
        self._head = b'%b,"choices":[{"index":%d,"delta":' % (_ENCODE(head)[:-1], number)
        self.scope = scope
        self.where = f"choices[{number}].message"

    def way(self, before: bytes, behind: bytes) -> Way:
        """The way of text that stands between these bytes of a delta."""
        return Way(self._head + before, behind)

    def piece(self, event: Delta, way: Way) -> bytes:
        """The chunk that tells a piece of text."""
        start = way.before + _ENCODE(event.text) + way.behind
        if event.logprobs is None:
            return encode_sse(start + _TAIL)
        told = _ENCODE(encode_logprobs(event.logprobs))
        return encode_sse(b'%b,"logprobs":%b,"finish_reason":null}]}' % (start, told))

    def chunk(self, delta: JSONObject) -> bytes:
        """The chunk that tells `delta`; nothing where it is empty."""
        return encode_sse(self._head + _ENCODE(delta) + _TAIL) if delta else b""
