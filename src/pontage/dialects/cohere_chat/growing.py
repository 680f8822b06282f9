"""A part of a stream while it grows. Floor 3; a machine to be fed.

Every kind of part has its own end: a text waits for its citations, a call for its arguments, a plan for whatever is
next. A block of a kind that is unknown here is told when it is complete.
"""

from __future__ import annotations

from typing import Any, cast

from msgspec.structs import replace

from pontage.dialects.cohere_chat.assistant import plan_part
from pontage.dialects.cohere_chat.citations import read_citation
from pontage.dialects.cohere_chat.response_types import CALL_PIECE, CONTENT_PIECE, CallPiece, ContentPiece
from pontage.dialects.cohere_chat.types import CitationObject
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject, Opaque, Part, Reasoning, Text, ToolCall
from pontage.domain.stream import Delta, PartEnded, PartStarted, StreamEvent


class Growing:
    """A part that has begun: as it began, and what it has grown by since."""

    __slots__ = ("_grown", "citations", "ended", "index", "part")

    def __init__(self, index: int, part: Part) -> None:
        """`index`: the part's place among all parts."""
        self.index = index
        self.part = part
        self.ended = False
        self.citations: list[CitationObject] = []
        self._grown: list[str] = []

    def begin(self, text: str = "") -> list[StreamEvent]:
        """The events of the start, with the text that is already there; an unknown block has none."""
        if isinstance(self.part, Opaque):
            return []
        return [PartStarted(self.index, self.part), *self.grow(text)]

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None = None) -> list[StreamEvent]:
        """The event of more text."""
        if not text and logprobs is None:
            return []
        self._grown.append(text)
        return [Delta(self.index, text, logprobs=logprobs)]

    def absorb(self, piece: ContentPiece) -> list[StreamEvent]:
        """Add a piece. What has no canonical name replaces what was there; in an unknown block texts grow."""
        part = self.part
        if not isinstance(part, Opaque):
            self.part = replace(part, extra={**part.extra, **piece.extra})
            return self.grow(piece.text or piece.thinking or "")
        for name, value in cast(JSONObject, CONTENT_PIECE.builtins(piece)).items():
            before: Any = part.data.get(name)
            grows = isinstance(before, str) and isinstance(value, str) and name != "type"
            part.data[name] = before + value if grows else value
        return []

    def end(self) -> list[StreamEvent]:
        """The events of the end."""
        part, text = self.part, "".join(self._grown)
        match part:
            case Opaque():
                return [PartStarted(self.index, part), PartEnded(self.index, part)]
            case Text():
                cited = tuple([read_citation(wire, text) for wire in self.citations])
                return [PartEnded(self.index, replace(part, text=text, citations=cited))]
            case Reasoning():
                return [PartEnded(self.index, replace(part, text=text))]
            case ToolCall():
                return [PartEnded(self.index, replace(part, arguments=text))]
            case _:
                return [PartEnded(self.index, part)]


def content_growing(index: int, piece: ContentPiece) -> Growing:
    """A content block that begins."""
    kind = piece.type or ("text" if piece.thinking is None else "thinking")
    if kind == "text":
        return Growing(index, Text(text="", extra={**piece.extra}))
    if kind == "thinking":
        return Growing(index, Reasoning(extra={**piece.extra}))
    return Growing(index, Opaque(data=CONTENT_PIECE.builtins(piece)))


def plan_growing(index: int) -> Growing:
    """A plan that begins."""
    return Growing(index, plan_part(""))


def call_growing(index: int, piece: CallPiece) -> Growing | None:
    """A call that begins; None for one of a kind that is unknown here."""
    function = piece.function
    if function is None or piece.type not in (None, "function"):
        return None
    extra = {**piece.extra}
    if function.extra:
        extra["function"] = {**function.extra}
    return Growing(index, ToolCall(id=piece.id or "", name=function.name or "", extra=extra))


def unknown_call(piece: CallPiece) -> JSONObject:
    """A call of an unknown kind as plain JSON values."""
    return CALL_PIECE.builtins(piece)
