"""The parts of one candidate of a stream while they grow. Floor 3; pure.

Thinking, text and refusal come one after the other: where one begins, the one before it is complete.
"""

from __future__ import annotations

from typing import Literal

from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import Citation, JSONObject, Part, Reasoning, Refusal, Text
from pontage.domain.stream import Delta, PartEnded, PartStarted, StreamEvent

Kind = Literal["text", "reasoning", "refusal"]


class Growing:
    """A text, a refusal or a stretch of thinking."""

    __slots__ = ("citations", "extra", "index", "kind", "number", "pieces", "signature")

    def __init__(self, kind: Kind, index: int) -> None:
        self.kind: Kind = kind
        self.index = index
        self.pieces: list[str] = []
        self.signature: str | None = None
        self.citations: tuple[Citation, ...] = ()
        self.number: int | None = None  # of the thinking among `reasoning_details`
        self.extra: JSONObject = {}

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self.pieces)

    def beginning(self) -> Part:
        """The part as it begins."""
        match self.kind:
            case "text":
                return Text(text="")
            case "reasoning":
                return Reasoning()
            case "refusal":
                return Refusal(text="")

    def part(self) -> Part:
        """The part as it is."""
        match self.kind:
            case "text":
                return Text(text=self.text, citations=self.citations, signature=self.signature)
            case "reasoning":
                return Reasoning(text=self.text, signature=self.signature, extra=self.extra)
            case "refusal":
                return Refusal(text=self.text)


class Spine:
    """The parts in their order, and the events that tell them."""

    __slots__ = ("count", "events", "growing", "logprobs", "number", "parts")

    def __init__(self, number: int) -> None:
        self.number = number
        self.count = 0
        self.growing: Growing | None = None
        self.parts: list[tuple[int, Part]] = []
        self.logprobs: tuple[TokenLogprob, ...] | None = None  # whose text has not come
        self.events: list[StreamEvent] = []  # of the chunk that is read

    def new_index(self) -> int:
        """The index of the next part."""
        self.count += 1
        return self.count - 1

    def start(self, index: int, part: Part) -> None:
        """Tell that a part begins."""
        self.events.append(PartStarted(index, part, self.number))

    def extend(self, index: int, text: str) -> None:
        """Tell that a part grows; log-probabilities go with the first text of their chunk."""
        logprobs, self.logprobs = self.logprobs, None
        self.events.append(Delta(index, text, self.number, logprobs))

    def grow(self, kind: Kind, text: str) -> None:
        """Let the text of this kind grow, a new one if another is open."""
        growing = self.growing
        if growing is None or growing.kind != kind:
            growing = self.begin(kind)
        growing.pieces.append(text)
        self.extend(growing.index, text)

    def begin(self, kind: Kind) -> Growing:
        """Begin a text of this kind; what was open is complete."""
        self.close()
        growing = self.growing = Growing(kind, self.new_index())
        self.start(growing.index, growing.beginning())
        return growing

    def close(self) -> None:
        """Tell that the text which is open is complete."""
        growing = self.growing
        if growing is not None:
            self.growing = None
            self.end(growing.index, growing.part())

    def end(self, index: int, part: Part) -> None:
        """Tell that a part is complete."""
        self.parts.append((index, part))
        self.events.append(PartEnded(index, part, self.number))

    def tell(self, part: Part) -> None:
        """Tell a part that comes whole."""
        self.close()
        index = self.new_index()
        self.start(index, Reasoning(redacted=True) if isinstance(part, Reasoning) else part)
        self.end(index, part)

    def told(self, kind: type[Part]) -> bool:
        """Whether a part of this kind is complete."""
        return any(isinstance(part, kind) for _, part in self.parts)
