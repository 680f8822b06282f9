"""A look into lines that go through untouched: usage, the first content, the end, errors. Floor 3."""

from __future__ import annotations

from pontage.dialects.ollama_chat.form import Form
from pontage.dialects.ollama_chat.response import read_line
from pontage.dialects.ollama_chat.usage import read_usage
from pontage.domain.chat import TokenUsage
from pontage.errors import StreamTruncatedError
from pontage.streaming.framing import Frame


class Tap:
    """Usage, first content and end of a stream; nothing is kept back."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.usage: TokenUsage | None = None
        self.content = False
        self.finished = False

    def feed(self, frame: Frame) -> bytes:
        """The line as it was received. Raises ProtocolError, or the error that the provider reports in it."""
        data = frame.data
        # Within a text its quotes are escaped; only a call's arguments could hold these bytes as they are.
        plain = b'"done":false' in data and b'"error"' not in data and b'"tool_calls"' not in data
        if not (self.finished or (self.content and plain)):
            self._look(data)
        return frame.raw

    def end(self) -> bytes:
        """Nothing more. Raises StreamTruncatedError when no line said that the answer is done."""
        if not self.finished:
            raise StreamTruncatedError("the stream ended before the line that is done")
        return b""

    def _look(self, data: bytes) -> None:
        line = read_line(data, self._form)
        turn = line.message
        if turn is not None:
            self.content = self.content or any((turn.content, turn.thinking, turn.images, turn.tool_calls))
        if line.done:
            self.finished = True
            self.usage = read_usage(line.prompt_eval_count, line.eval_count)
