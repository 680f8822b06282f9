"""One item of a streamed answer while it grows. Floor 3; machines to be fed.

A message's parts begin with their content; thinking begins with its first word, for only then it is known whether it is
told as a summary; calls begin with their item. What does not grow is told when it is complete. A growth that does not
fit its item is skipped: the complete item is what holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, cast

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from pontage.dialects.openai_responses.content import read_part
from pontage.dialects.openai_responses.item_types import ANSWERED, CONTENT
from pontage.dialects.openai_responses.items import BETWEEN, RAW_THINKING, read_item
from pontage.dialects.openai_responses.names import ITEM
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from pontage.domain.stream import Delta, PartEnded, PartStarted, StreamEvent
from pontage.errors import InvalidRequestError, ProtocolError

_P = TypeVar("_P", bound=Part)


def _begun(part: _P) -> _P:
    """A part as it begins: that its item is in progress goes without saying."""
    fields = part.extra.get(ITEM)
    if not fields or "status" not in fields:
        return part
    fields = {key: value for key, value in fields.items() if key != "status"}
    rest = {key: value for key, value in part.extra.items() if key != ITEM}
    return replace(part, extra={ITEM: fields, **rest} if fields else rest)


def _read(raw: Raw) -> tuple[Part, ...]:
    return read_item(raw, ANSWERED, "item").parts


class Piece:
    """A part that grows: its number, how it began, and its string so far."""

    __slots__ = ("grown", "index", "part")

    def __init__(self, index: int, part: Part) -> None:
        self.index = index
        self.part = part
        self.grown: list[str] = []

    def begin(self) -> list[StreamEvent]:
        """The event of the start."""
        return [PartStarted(self.index, self.part)]

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None = None) -> list[StreamEvent]:
        """The event of more of the string."""
        if not text and logprobs is None:
            return []
        self.grown.append(text)
        return [Delta(self.index, text, logprobs=logprobs)]

    def end(self, part: Part | None) -> list[StreamEvent]:
        """The events of the end: what was not streamed of it, and the whole part; of one that is None, or of another
        kind than it began, what there is. What was streamed is not taken back, should the whole say otherwise."""
        grown = "".join(self.grown)
        if part is None or type(part) is not type(self.part):
            return [PartEnded(self.index, _with_string(self.part, grown) if grown else self.part)]
        whole = _string(part)
        if not whole.startswith(grown):
            return [PartEnded(self.index, _with_string(part, grown))]
        return [*self.grow(whole[len(grown) :]), PartEnded(self.index, part)]


def _string(part: Part) -> str:
    """The string of a part that grows."""
    match part:
        case Text(text=text) | Refusal(text=text) | Reasoning(text=text):
            return text
        case ToolCall(arguments=arguments):
            return arguments
        case _:
            return ""


def _silent(part: Part) -> Part:
    """A part before its first word."""
    match part:
        case Text():
            return replace(part, text="", citations=())
        case Refusal():
            return replace(part, text="")
        case _:
            return part


def _with_string(part: Part, string: str) -> Part:
    return replace(part, **{"arguments" if isinstance(part, ToolCall) else "text": string})


class Growing:
    """An item that has begun; of this kind, one that is told when it is complete."""

    def __init__(self, indexes: Iterator[int]) -> None:
        self._index = next(indexes)

    def begin(self) -> list[StreamEvent]:
        """The events of the start."""
        return []

    def add(self, place: int, raw: bytes) -> list[StreamEvent]:
        """The events of a new piece of content."""
        return []

    def speak(
        self, place: int, text: str, logprobs: tuple[TokenLogprob, ...] | None, *, refused: bool = False
    ) -> list[StreamEvent]:
        """The events of more words in one piece of content."""
        return []

    def think(self, place: int, text: str, *, raw: bool) -> list[StreamEvent]:
        """The events of more thinking (`raw`), or of more of its summary."""
        return []

    def grow(self, text: str) -> list[StreamEvent]:
        """The events of more arguments."""
        return []

    def end(self, raw: Raw | None) -> list[StreamEvent]:
        """The events of the end. None: it was never told complete."""
        return [] if raw is None else [event for part in _read(raw)[:1] for event in self._whole(part)]

    def _whole(self, part: Part) -> list[StreamEvent]:
        return [PartStarted(self._index, part), PartEnded(self._index, part)]


class _Message(Growing):
    """Words; their pieces by the place they have in the content."""

    def __init__(self, item: JSONObject, indexes: Iterator[int]) -> None:
        self._indexes = indexes
        self._pieces: dict[int, Piece] = {}
        shell = {**item, "role": "assistant", "content": [{"type": "output_text", "text": ""}]}
        (self._bare,) = map(_begun, _read(Raw(msgspec.json.encode(shell))))

    def add(self, place: int, raw: bytes) -> list[StreamEvent]:
        if place in self._pieces:
            return []
        try:
            part = read_part(CONTENT.decode(raw), "part")
        except InvalidRequestError as error:
            raise ProtocolError(f"the provider's answer is malformed at {error.param}: {error.message}") from None
        extra: JSONObject = {**self._bare.extra, **part.extra}
        if isinstance(part, Opaque):
            extra = {ITEM: {}, **extra}
        piece = self._begin(place, replace(_silent(part), extra=extra))
        return [*piece.begin(), *piece.grow(_string(part))]

    def _begin(self, place: int, part: Part) -> Piece:
        piece = self._pieces[place] = Piece(next(self._indexes), part)
        return piece

    def speak(
        self, place: int, text: str, logprobs: tuple[TokenLogprob, ...] | None, *, refused: bool = False
    ) -> list[StreamEvent]:
        piece = self._pieces.get(place)
        if piece is not None:
            return [] if isinstance(piece.part, Opaque) else piece.grow(text, logprobs)
        extra = self._bare.extra
        piece = self._begin(place, Refusal(text="", extra=extra) if refused else Text(text="", extra=extra))
        return [*piece.begin(), *piece.grow(text, logprobs)]

    def end(self, raw: Raw | None) -> list[StreamEvent]:
        parts: list[Part | None] = [] if raw is None else list(_read(raw))
        pieces = [self._pieces[place] for place in sorted(self._pieces)]
        missing = [
            Piece(next(self._indexes), _begun(_silent(part))) for part in parts[len(pieces) :] if part is not None
        ]
        parts += [None] * (len(pieces) - len(parts))
        events = [event for piece in missing for event in piece.begin()]
        for piece, part in zip(pieces + missing, parts, strict=True):
            events += piece.end(part)
        return events


class _Thinking(Growing):
    """Thinking, or a summary of it, in pieces between which a blank line stands."""

    def __init__(self, part: Reasoning, indexes: Iterator[int]) -> None:
        super().__init__(indexes)
        fields = _begun(part).extra.get(ITEM)
        self._piece = Piece(self._index, Reasoning(extra={ITEM: fields} if fields else {}))
        self._raw: bool | None = None  # None: it has not begun
        self._place = 0

    def think(self, place: int, text: str, *, raw: bool) -> list[StreamEvent]:
        if not text or raw is not (raw if self._raw is None else self._raw):
            return []
        events: list[StreamEvent] = []
        if self._raw is None:
            events += self._begin(raw=raw, redacted=False)
        elif place != self._place:
            events += self._piece.grow(BETWEEN)
        self._place = place
        return events + self._piece.grow(text)

    def _begin(self, *, raw: bool, redacted: bool) -> list[StreamEvent]:
        self._raw = raw
        extra = self._piece.part.extra
        begun = Reasoning(redacted=redacted, extra={**extra, "type": RAW_THINKING} if raw else extra)
        self._piece.part = begun
        return self._piece.begin()

    def end(self, raw: Raw | None) -> list[StreamEvent]:
        part = None if raw is None else next(iter(_read(raw)), None)
        events: list[StreamEvent] = []
        if self._raw is None:
            whole = part if isinstance(part, Reasoning) else Reasoning()
            events += self._begin(raw=whole.extra.get("type") == RAW_THINKING, redacted=whole.redacted)
        return events + self._piece.end(part)


class _Calling(Growing):
    """A call, its arguments growing."""

    def __init__(self, part: ToolCall, indexes: Iterator[int]) -> None:
        super().__init__(indexes)
        self._piece = Piece(self._index, _begun(replace(part, arguments="")))

    def begin(self) -> list[StreamEvent]:
        return self._piece.begin()

    def grow(self, text: str) -> list[StreamEvent]:
        return self._piece.grow(text)

    def end(self, raw: Raw | None) -> list[StreamEvent]:
        return self._piece.end(None if raw is None else next(iter(_read(raw)), None))


def open_item(raw: bytes, indexes: Iterator[int]) -> Growing:
    """The machine for an item that begins so. Raises ProtocolError when it is no item."""
    parts = read_item(Raw(raw), ANSWERED, "item").parts
    item = cast(JSONObject, msgspec.json.decode(raw))
    if item.get("type") in ("message", "", None):
        return _Message(item, indexes)
    match parts[0]:
        case ToolCall() as part:
            return _Calling(part, indexes)
        case Reasoning() as part:
            return _Thinking(part, indexes)
        case _:
            return Growing(indexes)
