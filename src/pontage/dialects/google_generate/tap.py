"""Floor 3. A look into frames that go through untouched: usage, the first content, the end, errors."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Raw, Struct

from pontage.dialects.google_generate.errors import decode_error
from pontage.dialects.google_generate.usage import count_searches, read_usage
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame


class _Candidate(Struct, rename="camel"):
    index: Any = None
    finish_reason: Any = None
    content: Raw = Raw()
    grounding_metadata: Raw = Raw()


class _Glimpse(Struct, rename="camel"):
    usage_metadata: JSONObject | None = None
    candidates: list[_Candidate] | None = None
    prompt_feedback: JSONObject | None = None
    error: Any = None


_GLIMPSE: Final = msgspec.json.Decoder(_Glimpse)


class Tap:
    """See `pontage.dialects.dialect.StreamTap`."""

    def __init__(self, *, array: bool = False) -> None:
        """`array`: the frames are elements of a JSON array, and its end is owed."""
        self._owed = b"]" if array else b""
        self._told: JSONObject = {}
        self._searches: int | None = None
        self._seen = False  # a candidate at all
        self._running: set[int] = set()  # candidates that have not finished
        self._blocked = False
        self.usage: TokenUsage | None = None
        self.content = False
        self.finished = False

    def feed(self, frame: Frame) -> bytes:
        """The frame's own bytes. Raises the error it tells."""
        data = frame.data
        try:
            glimpse = _GLIMPSE.decode(data)
            for place, candidate in enumerate(glimpse.candidates or ()):
                self._look(candidate, place)
        except msgspec.ValidationError:
            if data.lstrip()[:1] == b"[" and b'"error"' in data:
                raise decode_error(200, {}, data) from None
            raise ProtocolError("the provider's answer is malformed") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError(f"the provider's answer is malformed: {error}") from None
        if glimpse.error is not None:
            raise decode_error(200, {}, data)
        if glimpse.usage_metadata:
            self._told.update(glimpse.usage_metadata)  # a later frame may leave out what an earlier told
        if self._told:
            self.usage = read_usage(self._told, self._searches)
        if glimpse.prompt_feedback and glimpse.prompt_feedback.get("blockReason"):
            self._blocked = True
        self.finished = (self._seen and not self._running) or self._blocked
        return frame.raw

    def end(self) -> bytes:
        """See `StreamTap`."""
        if not self.finished:
            raise StreamTruncatedError("the stream ended before its finishReason")
        return self._owed

    def _look(self, candidate: _Candidate, place: int) -> None:
        number = candidate.index if isinstance(candidate.index, int) else place
        self._seen = True
        if candidate.finish_reason is None:
            self._running.add(number)
        else:
            self._running.discard(number)
        grounding = bytes(candidate.grounding_metadata)
        if grounding and b"webSearchQueries" in grounding:
            found = count_searches(msgspec.json.decode(grounding))
            self._searches = found if found is not None else self._searches
        if not self.content:
            self.content = _has_content(bytes(candidate.content))


def _has_content(raw: bytes) -> bool:
    """Whether a turn holds anything but empty text."""
    if not raw:
        return False
    content: Any = msgspec.json.decode(raw)
    parts: Any = cast(JSONObject, content).get("parts") if isinstance(content, dict) else None
    for part in cast(list[Any], parts) if isinstance(parts, list) else [parts]:
        if isinstance(part, dict):
            fields = cast(JSONObject, part)
            silent = {"text", "thought", "thoughtSignature"} if not fields.get("text") else {"thoughtSignature"}
            if fields.keys() - silent:
                return True
    return False
