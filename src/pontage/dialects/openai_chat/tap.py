"""A look into a provider's stream that a client of the same format gets untouched. Floor 3; pure.

Once content was seen, a frame is decoded only if its bytes say that it holds usage, a finish reason or an error.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from pontage.dialects.openai_chat.relay import asks_usage
from pontage.dialects.openai_chat.usage import decode_usage, usage_apart
from pontage.dialects.openai_chat.variant import Variant
from pontage.dialects.openai_errors import error_of
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame, encode_sse

_DONE: Final = b"[DONE]"
_SAYS_NOTHING: Final = frozenset({"role", "obfuscation"})


class Tap:
    """One stream's tap. Raises in-band errors from the tree."""

    __slots__ = ("_apart", "_asked", "_done_optional", "_ended", "_tier", "content", "finished", "usage")

    def __init__(self, body: bytes, variant: Variant) -> None:
        """`body`: the request as the client sent it."""
        self.usage: TokenUsage | None = None
        self.content = False
        self.finished = False
        self._apart = True  # no usage but one that is kept apart was seen
        self._asked = asks_usage(body)
        self._done_optional = variant.done_optional
        self._ended = False
        self._tier: Any = None

    def feed(self, frame: Frame) -> bytes:
        """The frame's own bytes; nothing for the usage that only the gateway asked for."""
        data = frame.data
        if data == _DONE:
            self.content = self.finished = True
            return frame.raw
        if self.content and not _worth_reading(data):
            return frame.raw
        return self._read(frame)

    def end(self) -> bytes:
        """The last frame, where the server is known to leave it out. Raises StreamTruncatedError when the stream is
        not whole."""
        if self.finished:
            return b""
        if not (self._done_optional and self._ended):
            raise StreamTruncatedError("the provider's stream ended without its last event")
        self.finished = True
        return encode_sse(_DONE)

    def _read(self, frame: Frame) -> bytes:
        try:
            value: Any = msgspec.json.decode(frame.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ProtocolError("the provider's stream is not valid JSON") from None
        chunk = cast(JSONObject, value) if isinstance(value, dict) else {}
        if chunk.get("error") or frame.event == "error" or chunk.get("object") == "error":
            raise error_of(chunk)
        choices: Any = chunk.get("choices")
        for choice in cast(list[Any], choices) if isinstance(choices, list) else ():
            self._read_choice(choice)
        self._tier = chunk.get("service_tier") or self._tier
        usage: Any = chunk.get("usage")
        if isinstance(usage, dict) and usage:
            self._apart = False
            self.usage = decode_usage(cast(JSONObject, usage), self._tier)
            return frame.raw if choices or self._asked else b""
        apart = usage_apart(chunk) if self._apart else None
        if apart is not None:
            self.usage = decode_usage(apart, self._tier)
        return frame.raw

    def _read_choice(self, choice: Any) -> None:
        if not isinstance(choice, dict):
            return
        fields = cast(JSONObject, choice)
        self._ended = self._ended or bool(fields.get("finish_reason"))
        delta: Any = fields.get("delta")
        if isinstance(delta, dict) and not self.content:
            told = cast(JSONObject, delta)
            self.content = any(value and name not in _SAYS_NOTHING for name, value in told.items())


def _worth_reading(data: bytes) -> bool:
    """Whether a chunk may hold more than content. In text the quotation marks of these words would be escaped."""
    return (
        b'"usage":{' in data
        or b'"usage": {' in data
        or b'"finish_reason":"' in data
        or b'"finish_reason": "' in data
        or b'"error"' in data
    )
