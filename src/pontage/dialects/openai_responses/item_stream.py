"""The items of a streamed answer on their way to a client. Floor 3; a machine to be fed."""

from __future__ import annotations

from pontage.dialects.openai_responses.names import item_fields, made_id
from pontage.dialects.openai_responses.tags import tag_item
from pontage.dialects.openai_responses.turns import is_spoken
from pontage.dialects.openai_responses.writing import CallWriter, Line, MessageWriter, Spoken, ThinkingWriter, Writer
from pontage.domain.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall
from pontage.domain.stream import Delta


class Items:
    """Parts that may be open side by side, by their numbers."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._writers: dict[int, Writer | MessageWriter] = {}
        self._message: MessageWriter | None = None  # the open one that takes another text
        self._proofs: dict[int, str | None] = {}  # of the parts that have begun, as far as known then
        self.parts: dict[int, Part] = {}
        """Those that are complete."""

    def begin(self, index: int, part: Part) -> bytes:
        """A part begins."""
        output = b""
        where = f"choices[0].message.parts[{index}]"
        if part.signature and not isinstance(part, Reasoning) and not self._line.scope.signed:
            output += self._carry(part.signature, "next:")
        self._proofs[index] = part.signature
        if isinstance(part, Text | Refusal | Opaque) and is_spoken(part):
            return output + self._begin_text(index, part, where)
        output += self._close_message()
        match part:
            case Reasoning():
                writer: Writer = ThinkingWriter(self._line, part, where)
            case ToolCall() if not part.by_provider or item_fields(part.extra, self._line.scope):
                writer = CallWriter(self._line, part, where)
            case _:
                writer = Writer(self._line, part, where)
        self._writers[index] = writer
        return output + writer.begin()

    def _begin_text(self, index: int, part: Spoken, where: str) -> bytes:
        fields = item_fields(part.extra, self._line.scope)
        output = b""
        message = self._message
        if message is None or message.fields != fields:
            output += self._close_message()
            message = self._message = MessageWriter(self._line, fields)
            output += message.begin()
        self._writers[index] = message
        return output + message.begin_text(index, part, where)

    def grow(self, event: Delta) -> bytes:
        """A part grows."""
        writer = self._writers.get(event.index)
        if writer is None:
            return b""
        if isinstance(writer, MessageWriter):
            return writer.grow(event.index, event.text, event.logprobs)
        return writer.grow(event.text, event.logprobs)

    def end(self, index: int, part: Part | None) -> bytes:
        """A part is complete, or (None) never was."""
        output = b""
        if index not in self._writers and part is not None:
            output += self.begin(index, part)  # a part that is told whole, without a start
        writer = self._writers.pop(index)
        if isinstance(writer, MessageWriter):
            output += writer.end_text(index, part)
            if not writer.running and (writer is not self._message or writer.fields):
                output += self._close_message() if writer is self._message else writer.end()
        else:
            output += writer.end(part)
        if part is not None:
            self.parts[index] = part
            output += self._carry_late(index, part, writer)
        return output

    def close(self) -> bytes:
        """Nothing more comes: the end of all that is open."""
        output = b"".join([self.end(index, None) for index in tuple(self._writers)])
        return output + self._close_message()

    def _close_message(self) -> bytes:
        """No further text joins the message; it ends with its last one."""
        message, self._message = self._message, None
        return message.end() if message is not None and not message.running else b""

    def _carry(self, proof: str, place: str) -> bytes:
        """An item for a foreign proof that belongs to the part beside it."""
        identity = made_id("rs", self._line.answer, self._line.last + 1)
        return self._close_message() + self._line.whole(tag_item(self._line.scope.family, proof, place, identity))

    def _carry_late(self, index: int, part: Part, writer: Writer | MessageWriter) -> bytes:
        """An item for a foreign proof that was not known when its part began."""
        if self._line.scope.signed or isinstance(part, Reasoning) or part.signature in (None, self._proofs.get(index)):
            return b""
        if writer.place != self._line.last or next(reversed(self._proofs)) != index:
            self._line.scope.notes.dropped(
                f"choices[0].message.parts[{index}].signature", "told when other items had begun"
            )
            return b""
        return self._carry(part.signature, "prev:")
