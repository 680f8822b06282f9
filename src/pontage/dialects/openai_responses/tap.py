"""A look into the frames of a stream that is forwarded as it is. Floor 3; a machine to be fed."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pontage.dialects.openai_responses.errors import error_of_answer, error_of_event
from pontage.dialects.openai_responses.events import (
    ArgumentsDelta,
    Broken,
    Completed,
    Failed,
    Incomplete,
    InputDelta,
    ItemAdded,
    ItemDone,
    RefusalDelta,
    SummaryDelta,
    TextDelta,
    ThinkingDelta,
)
from pontage.dialects.openai_responses.stream import TERMINATOR, read_event
from pontage.dialects.openai_responses.usage import read_usage
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import StreamTruncatedError
from pontage.streaming.framing import Frame

_EMPTY = ("message", "reasoning")  # items that begin without saying anything


class Tap:
    """Usage, first content and end of a stream; nothing is kept back."""

    def __init__(self) -> None:
        self.usage: TokenUsage | None = None
        self.content = False
        self.finished = False

    def feed(self, frame: Frame) -> bytes:
        """The frame as it was received. Raises ProtocolError, or the error that the provider reports in it."""
        data = frame.data
        if self.finished:
            return frame.raw
        if self.content and not (
            b'"response.completed"' in data
            or b'"response.incomplete"' in data
            or b'"response.failed"' in data
            or b'"error"' in data
        ):
            return frame.raw
        if data != TERMINATOR:
            self._look(data)
        return frame.raw

    def end(self) -> bytes:
        """Nothing more. Raises StreamTruncatedError when the end of the answer was not seen."""
        if not self.finished:
            raise StreamTruncatedError("the stream ended before response.completed")
        return b""

    def _look(self, data: bytes) -> None:
        event = read_event(data)
        match event:
            case TextDelta(delta=text) | RefusalDelta(delta=text) | ThinkingDelta(delta=text):
                self.content = self.content or text != ""
            case SummaryDelta(delta=text) | ArgumentsDelta(delta=text) | InputDelta(delta=text):
                self.content = self.content or text != ""
            case ItemAdded(item=item):
                self.content = self.content or _kind(item) not in _EMPTY
            case ItemDone(item=item):
                self.content = self.content or _kind(item) != "reasoning"
            case Completed(response=response) | Incomplete(response=response):
                self.usage = read_usage(response.usage, response.tool_usage, response.service_tier)
                self.content = self.content or bool(response.output)
                self.finished = True
            case Failed(response=response):
                raise error_of_answer(response.error)
            case Broken():
                raise error_of_event(msgspec.json.decode(data))
            case _:
                pass


def _kind(raw: msgspec.Raw) -> object:
    item: Any = msgspec.json.decode(raw)
    return cast(JSONObject, item).get("type") if isinstance(item, dict) else None
