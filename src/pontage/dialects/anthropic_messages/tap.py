"""A look into the frames of a stream that is forwarded as it is. Floor 3; a machine to be fed."""

from __future__ import annotations

from typing import Final

from pontage.dialects.anthropic_messages.errors import decode_error
from pontage.dialects.anthropic_messages.stream import read_event
from pontage.dialects.anthropic_messages.types import (
    BlockDelta,
    BlockStart,
    BlockStop,
    ErrorEvent,
    InputJSONDelta,
    MessageDelta,
    MessageStart,
    MessageStop,
    TextDelta,
    ThinkingDelta,
)
from pontage.dialects.anthropic_messages.usage import merge_usage, read_usage
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import StreamTruncatedError
from pontage.streaming.framing import Frame

_OLD_TERMINATOR: Final = b"[DONE]"
_GROWING: Final = ("text", "thinking", "tool_use", "server_tool_use")


class Tap:
    """Usage, first content and end of a stream; nothing is kept back."""

    def __init__(self) -> None:
        self.usage: TokenUsage | None = None
        self.content = False
        self.finished = False
        self._counts: JSONObject | None = None

    def feed(self, frame: Frame) -> bytes:
        """The frame as it was received. Raises ProtocolError, or the error that the provider reports in it."""
        data = frame.data
        if self.finished or (self.content and not (b'"message_' in data or b'"error"' in data)):
            return frame.raw
        if data != _OLD_TERMINATOR:
            self._look(data)
        return frame.raw

    def end(self) -> bytes:
        """Nothing more. Raises StreamTruncatedError when `message_stop` was not seen."""
        if not self.finished:
            raise StreamTruncatedError("the stream ended before message_stop")
        return b""

    def _look(self, data: bytes) -> None:
        event = read_event(data)
        match event:
            case MessageStart(message=message):
                self._count(message.usage)
                self.content = self.content or bool(message.content)
            case BlockStart(content_block=block):  # the blocks that grow are empty so far, the others are whole
                self.content = self.content or getattr(block.__struct_config__, "tag", None) not in _GROWING
            case BlockDelta(delta=TextDelta(text="") | ThinkingDelta(thinking="") | InputJSONDelta(partial_json="")):
                pass
            case BlockDelta():
                self.content = True
            case BlockStop():
                self.content = True
            case MessageDelta(usage=usage):
                self._count(usage)
            case MessageStop():
                self.finished = True
            case ErrorEvent():
                raise decode_error(200, {}, data)
            case _:
                pass

    def _count(self, counts: JSONObject | None) -> None:
        self._counts = merge_usage(self._counts, counts)
        self.usage = read_usage(self._counts)
