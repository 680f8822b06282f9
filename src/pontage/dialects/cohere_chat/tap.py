"""A look into the frames of a stream that is forwarded as it is. Floor 3; a machine to be fed."""

from __future__ import annotations

from pontage.dialects.cohere_chat.response_types import CallStart, ContentDelta, ContentStart, MessageEnd, PlanDelta
from pontage.dialects.cohere_chat.stream import TERMINATOR, is_bare_error, raise_told, read_event
from pontage.dialects.cohere_chat.usage import read_usage
from pontage.domain.chat import TokenUsage
from pontage.errors import StreamTruncatedError
from pontage.streaming.framing import Frame


class Tap:
    """Usage, first content and end of a stream; nothing is kept back."""

    def __init__(self) -> None:
        self.usage: TokenUsage | None = None
        self.content = False
        self.finished = False

    def feed(self, frame: Frame) -> bytes:
        """The frame as it was received. Raises ProtocolError, or the error that the provider reports in it."""
        data = frame.data
        if self.finished or (self.content and not (b'"message-end"' in data or is_bare_error(data))):
            return frame.raw
        if data != TERMINATOR:
            self._look(data)
        return frame.raw

    def end(self) -> bytes:
        """Nothing more. Raises StreamTruncatedError when `message-end` was not seen."""
        if not self.finished:
            raise StreamTruncatedError("the stream ended before message-end")
        return b""

    def _look(self, data: bytes) -> None:
        event = read_event(data)
        match event:
            case ContentStart() | ContentDelta():
                piece = event.delta.message.content
                self.content = self.content or bool(piece.text or piece.thinking or piece.extra)
            case PlanDelta():
                self.content = self.content or bool(event.delta.message.tool_plan)
            case CallStart():
                self.content = True
            case MessageEnd():
                raise_told(event)
                self.usage = read_usage(event.delta.usage)
                self.finished = True
            case _:
                pass
