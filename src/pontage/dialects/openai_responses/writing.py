"""One item of a streamed answer on its way to a client. Floor 3; machines to be fed.

Every item is told as the vendor does: added, its pieces growing, each piece done, the item done. What does not grow is
told when it is complete. A message holds adjacent texts; one that is known as an item closes with its last
text, another stays open for the next.
"""

from __future__ import annotations

from itertools import count
from typing import Final

import msgspec
from msgspec.structs import replace

from pontage.dialects.openai_responses.content import write_spoken
from pontage.dialects.openai_responses.items import RAW_THINKING
from pontage.dialects.openai_responses.items_out import forfeit, prefix_of, write_item, write_message_item
from pontage.dialects.openai_responses.logprobs import note_ids, write_logprobs
from pontage.dialects.openai_responses.names import Scope, item_fields, made_id, put_extra
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from pontage.streaming.framing import encode_sse

_encode: Final = msgspec.json.Encoder().encode
Spoken = Text | Refusal | Opaque
"""What stands in the content of a message."""
_RUNNING: Final = {"status": "in_progress"}


class Line:
    """The events of one stream in their order, and the items that were told complete."""

    def __init__(self, scope: Scope, answer: str) -> None:
        self.scope = scope
        self.answer = answer
        self.output: dict[int, JSONObject] = {}
        self._places = count()
        self.last = -1  # the place of the item that began last
        self._sequence = count()

    def say(self, kind: str, **fields: object) -> bytes:
        """One event, its name also inside as its `type`."""
        return encode_sse(_encode({"type": kind, "sequence_number": next(self._sequence), **fields}), kind)

    def take_place(self) -> int:
        """The place of the next item."""
        self.last = next(self._places)
        return self.last

    def begin(self, place: int, item: JSONObject) -> bytes:
        """An item begins."""
        return self.say("response.output_item.added", output_index=place, item=item)

    def end(self, place: int, item: JSONObject) -> bytes:
        """An item is complete."""
        self.output[place] = item
        return self.say("response.output_item.done", output_index=place, item=item)

    def whole(self, item: JSONObject) -> bytes:
        """An item that is told at once."""
        place = self.take_place()
        return self.begin(place, item) + self.end(place, item)


class Writer:
    """A part that is told when it is complete."""

    def __init__(self, line: Line, part: Part, where: str) -> None:
        """`where`: the part's canonical path, for notes."""
        self.line = line
        self.part = part
        self.where = where
        self.place = -1
        self.grown: list[str] = []

    def begin(self) -> bytes:
        """The start, if it starts now."""
        return b""

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None = None) -> bytes:
        """More of the part's string."""
        return b""

    def end(self, part: Part | None) -> bytes:
        """The end. None: the part was never completed; it is as far as it has come."""
        if part is None:
            return b""
        identity = made_id(prefix_of(part), self.line.answer, self.line.last + 1)
        item = write_item(part, self.line.scope, self.where, identity)
        return b"" if item is None else self.line.whole(item)


class _Growing(Writer):
    """A part that is an item of its own, and grows."""

    def __init__(self, line: Line, part: Part, where: str) -> None:
        super().__init__(line, part, where)
        self.place = line.take_place()
        self._made = made_id(prefix_of(part), line.answer, self.place)
        self._id: object = self._made

    def _begin(self, item: JSONObject) -> bytes:
        said = {"id": self._made, **item, **item_fields(self.part.extra, self.line.scope)}
        self._id = said["id"]
        return self.line.begin(self.place, said)

    def _say(self, kind: str, **fields: object) -> bytes:
        return self.line.say(kind, item_id=self._id, output_index=self.place, **fields)

    def _item(self, part: Part) -> JSONObject:
        return write_item(part, self.line.scope, self.where, self._made) or {}


class ThinkingWriter(_Growing):
    """Thinking, told as a summary or as itself."""

    def __init__(self, line: Line, part: Reasoning, where: str) -> None:
        super().__init__(line, part, where)
        self._begun = part
        self._raw = line.scope.carried and part.extra.get("type") == RAW_THINKING

    def begin(self) -> bytes:
        """See `Writer`."""
        return self._begin({"type": "reasoning", "summary": []})

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None = None) -> bytes:
        """See `Writer`."""
        if not text:
            return b""
        output = b"" if self.grown else self._piece("added", "")
        self.grown.append(text)
        if self._raw:
            return output + self._say("response.reasoning_text.delta", content_index=0, delta=text)
        return output + self._say("response.reasoning_summary_text.delta", summary_index=0, delta=text)

    def _piece(self, state: str, text: str) -> bytes:
        if self._raw:
            part = {"type": RAW_THINKING, "text": text}
            return self._say(f"response.content_part.{state}", content_index=0, part=part)
        part = {"type": "summary_text", "text": text}
        return self._say(f"response.reasoning_summary_part.{state}", summary_index=0, part=part)

    def end(self, part: Part | None) -> bytes:
        """See `Writer`."""
        grown = "".join(self.grown)
        whole = part if isinstance(part, Reasoning) else replace(self._begun, text=grown)
        output = b""
        if whole.text.startswith(grown):
            output += self.grow(whole.text[len(grown) :])
        if self.grown:
            if self._raw:
                output += self._say("response.reasoning_text.done", content_index=0, text=whole.text)
            else:
                output += self._say("response.reasoning_summary_text.done", summary_index=0, text=whole.text)
            output += self._piece("done", whole.text)
        return output + self.line.end(self.place, self._item(whole))


class CallWriter(_Growing):
    """A call; the arguments of the provider's own are told when they are complete."""

    def __init__(self, line: Line, part: ToolCall, where: str) -> None:
        super().__init__(line, part, where)
        self._begun = part
        self._field = "input" if part.kind == "custom" else "arguments"
        self._event = "custom_tool_call_input" if part.kind == "custom" else "function_call_arguments"
        self._streamed = not part.by_provider

    def begin(self) -> bytes:
        """See `Writer`."""
        item = write_item(replace(self._begun, arguments="", cache=None, signature=None), self.line.scope, self.where)
        skeleton = {**(item or {}), **_RUNNING}
        if self._streamed:
            skeleton[self._field] = ""
        return self._begin(skeleton)

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None = None) -> bytes:
        """See `Writer`."""
        if not text or not self._streamed:
            return b""
        self.grown.append(text)
        return self._say(f"response.{self._event}.delta", delta=text)

    def end(self, part: Part | None) -> bytes:
        """See `Writer`."""
        grown = "".join(self.grown)
        whole = part if isinstance(part, ToolCall) else replace(self._begun, arguments=grown)
        item = self._item(whole)
        if not self._streamed:
            return self.line.end(self.place, item)
        said = str(item.get(self._field, ""))
        output = self.grow(said[len(grown) :]) if said.startswith(grown) else b""
        output += self._say(f"response.{self._event}.done", **{self._field: said})
        return output + self.line.end(self.place, item)


class _Spoken:
    """A text within a message: its place there, and what has grown."""

    __slots__ = ("content", "grown", "logprobs", "part", "place", "where")

    def __init__(self, part: Spoken, where: str, place: int) -> None:
        self.part = part
        self.where = where
        self.place = place
        self.grown: list[str] = []
        self.logprobs: list[TokenLogprob] = []
        self.content: JSONObject | None = None  # when it is complete


class MessageWriter:
    """A message item with its texts, by their numbers."""

    def __init__(self, line: Line, fields: JSONObject) -> None:
        """`fields`: what the item says of itself; of an item from elsewhere nothing is known."""
        self._line = line
        self.fields = fields
        self.place = line.take_place()
        self._made = made_id("msg", line.answer, self.place)
        self._id: object = fields.get("id", self._made)
        self._texts: dict[int, _Spoken] = {}
        self._last: JSONObject = fields

    @property
    def running(self) -> bool:
        """Whether a text of it is not complete."""
        return any(text.content is None for text in self._texts.values())

    def begin(self) -> bytes:
        """The item begins."""
        item = {**write_message_item([], {}, self._made), **_RUNNING, **self.fields}
        return self._line.begin(self.place, item)

    def begin_text(self, index: int, part: Spoken, where: str) -> bytes:
        """A text begins in it."""
        text = self._texts[index] = _Spoken(part, where, len(self._texts))
        match part:
            case Text():
                skeleton: JSONObject = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
            case Refusal():
                skeleton = {"type": "refusal", "refusal": ""}
            case Opaque(data=data):
                skeleton = {**data}
        if self._line.scope.carried:
            put_extra(skeleton, part.extra, self._line.scope)
        return self._say("content_part.added", text, part=skeleton)

    def grow(self, index: int, words: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        """More words of a text."""
        text = self._texts[index]
        text.grown.append(words)
        if isinstance(text.part, Refusal):
            return self._say("refusal.delta", text, delta=words)
        if logprobs:
            note_ids(logprobs, self._line.scope.notes)
            text.logprobs += logprobs
        return self._say("output_text.delta", text, delta=words, logprobs=write_logprobs(logprobs or ()))

    def end_text(self, index: int, part: Part | None) -> bytes:
        """A text is complete."""
        text = self._texts[index]
        grown = "".join(text.grown)
        if isinstance(text.part, Opaque) or isinstance(part, Opaque):
            return self._end_unknown(text, part if isinstance(part, Opaque) else text.part)
        whole = part if isinstance(part, Text | Refusal) else replace(text.part, text=grown)
        rest = whole.text[len(grown) :] if whole.text.startswith(grown) else ""
        output = self.grow(index, rest, None) if rest else b""
        self._last = item_fields(whole.extra, self._line.scope)
        forfeit(whole, self._line.scope, text.where)
        content = text.content = write_spoken(whole, self._line.scope, text.where)
        if isinstance(whole, Refusal):
            output += self._say("refusal.done", text, refusal=whole.text)
        else:
            content["logprobs"] = write_logprobs(text.logprobs)
            for number, annotation in enumerate(content["annotations"]):
                fields = {"annotation_index": number, "annotation": annotation}
                output += self._say("output_text.annotation.added", text, **fields)
            output += self._say("output_text.done", text, text=whole.text, logprobs=content["logprobs"])
        return output + self._say("content_part.done", text, part=content)

    def _end_unknown(self, text: _Spoken, part: Spoken) -> bytes:
        self._last = item_fields(part.extra, self._line.scope)
        text.content = write_spoken(part, self._line.scope, text.where)
        return self._say("content_part.done", text, part=text.content)

    def end(self) -> bytes:
        """The item is complete, and all of its texts."""
        output = b"".join([self.end_text(index, None) for index, text in self._texts.items() if text.content is None])
        content = [text.content for text in self._texts.values() if text.content is not None]
        return output + self._line.end(self.place, write_message_item(content, self._last, self._made))

    def _say(self, kind: str, spoken: _Spoken, **fields: object) -> bytes:
        where = {"item_id": self._id, "output_index": self.place, "content_index": spoken.place}
        return self._line.say(f"response.{kind}", **where, **fields)
