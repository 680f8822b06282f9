"""One choice of a client's stream: its parts as deltas. Floor 3; pure.

A delta names a field, not a part. Thinking, text and refusals are therefore told one after the other, even if another
format opens several at once; what is not its turn waits. Calls have numbers and may grow side by side.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.openai_chat.assistant import NO_VOICE, VOICE_TYPE
from pontage.dialects.openai_chat.calls import encode_call, encode_signature, is_call
from pontage.dialects.openai_chat.citations import encode_annotations
from pontage.dialects.openai_chat.line import Line, Way
from pontage.dialects.openai_chat.parts import encode_part
from pontage.dialects.openai_chat.thinking import DETAILS, TEXT_FIELD, encode_detail
from pontage.dialects.openai_chat.variant import Scope
from pontage.domain.parts import Audio, Image, Inline, JSONObject, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from pontage.domain.stream import Delta, PartEnded, PartStarted

_FIELDS: Final[dict[type[Part], bytes]] = {
    Text: b'{"content":',
    Reasoning: b'{"%b":' % TEXT_FIELD.encode(),
    Refusal: b'{"refusal":',
}


class Speaker:
    """The machine of one choice."""

    __slots__ = (
        "_calls",
        "_counts",
        "_last",
        "_line",
        "_offset",
        "_speaking",
        "_thoughts",
        "_waiting",
        "_ways",
        "decisive",
    )

    def __init__(self, number: int, head: JSONObject, scope: Scope) -> None:
        """`head`: the fields that every chunk repeats."""
        self.decisive: list[Part] = []  # the parts that bear on why the answer ended
        self._line = Line(number, head, scope)
        self._calls = _Calls(self._line)
        self._ways: dict[int, Way] = {}  # of the texts that may be told now
        self._speaking: int | None = None  # the text that is told now
        self._waiting: list[PartStarted | Delta | PartEnded] = []
        self._last: Part | None = None  # the last part that was told
        self._counts: dict[str, int] = {}  # of entries in lists that several deltas tell
        self._offset = 0  # characters of text told
        self._thoughts = 0

    def grow(self, event: Delta) -> bytes:
        """The chunk for a piece of text."""
        way = self._ways.get(event.index)
        if way is not None:
            return self._line.piece(event, way)
        if any(isinstance(one, PartStarted) and one.index == event.index for one in self._waiting):
            self._waiting.append(event)
            return b""
        return self._calls.grow(event)

    def begin(self, index: int, part: Part) -> bytes:
        """The chunk for a part that begins, if its beginning says anything."""
        match part:
            case Text() | Reasoning() | Refusal():
                if self._speaking is not None:
                    self._waiting.append(PartStarted(index, part))
                else:
                    self._speaking = index
                    self._ways[index] = self._line.way(_FIELDS[type(part)], b"}")
                    self._note_joining(part)
                return b""
            case ToolCall() if not part.by_provider:
                self._last = part
                return self._calls.begin(index, part)
            case Audio():
                self._last = part
                self._ways[index] = self._line.way(b'{"audio":{"transcript":', b"}}")
                return self._line.chunk({"audio": {"id": part.id or NO_VOICE}})
            case _:
                return b""

    def end(self, index: int, part: Part) -> bytes:
        """The chunks for what is known of a part only at its end."""
        line, scope = self._line, self._line.scope
        where = f"{line.where}.parts[{index}]"
        match part:
            case Text() | Reasoning() | Refusal():
                if self._speaking != index:
                    self._waiting.append(PartEnded(index, part))
                    return b""
                return self._end_text(index, part, where) + self._next()
            case ToolCall() if not part.by_provider:
                self.decisive.append(part)
                return self._calls.end(index, part, where)
            case Audio():
                return line.chunk({"audio": _voice_rest(part, where, scope)})
            case Image():
                self._last = part
                images = self._numbered("images", encode_part(part, where, scope))
                return line.chunk({"images": images} if images else {})
            case Opaque() if scope.carried:
                self._last = part
                return self._calls.tell(part) if is_call(part.data) else line.chunk(_opaque(part))
            case ToolCall() | Opaque():
                scope.notes.dropped(where, "a block of another format")
            case _:
                scope.notes.unsupported(where, f"no {part.__struct_config__.tag} in an answer")
        return b""

    def finish(self) -> bytes:
        """The chunks of what never got its turn, as its part was never ended."""
        self._speaking = None
        return self._next()

    def _numbered(self, name: str, entries: list[JSONObject]) -> list[JSONObject]:
        """The entries with their numbers in the list that all deltas together make: clients join them by these."""
        start = self._counts.get(name, 0)
        self._counts[name] = start + len(entries)
        return [{"index": index, **entry} for index, entry in enumerate(entries, start)]

    def _note_joining(self, part: Part) -> None:
        """Note where two parts become one for who reads them."""
        last = self._last
        signed = isinstance(last, Reasoning) and last.signature is not None
        if type(last) is type(part) and not signed:
            self._line.scope.notes.approximated(f"{self._line.where}.parts", "adjacent texts become one")
        self._last = part

    def _end_text(self, index: int, part: Text | Reasoning | Refusal, where: str) -> bytes:
        line, scope = self._line, self._line.scope
        self._speaking = None
        del self._ways[index]
        self._last = part
        delta: JSONObject = {}
        match part:
            case Text():
                if part.citations:
                    cited = encode_annotations(part, where, self._offset, scope)
                    delta["annotations"] = self._numbered("annotations", cited)
                if part.signature is not None:
                    delta.update(encode_signature(part.signature, where, scope))
                self._offset += len(part.text)
                scope.notes.extras(part.extra, where)
            case Reasoning():
                if part.signature is not None or part.redacted or (part.extra and scope.carried):
                    delta[DETAILS] = [self._detail(part)]
                if not scope.carried:
                    scope.notes.extras(part.extra, where)
                self._thoughts += 1
            case Refusal():
                self.decisive.append(part)
                scope.forfeit(part, where)
        return line.chunk(delta)

    def _detail(self, part: Reasoning) -> JSONObject:
        """What of a stretch of thinking is told at its end: its proof with all its text, so that both come back
        together, or without a proof only the rest."""
        scope = self._line.scope
        told = part if scope.carried else Reasoning(text=part.text, signature=part.signature, redacted=part.redacted)
        wire = encode_detail(told, self._thoughts, scope.family)
        if part.signature is None:
            wire.pop("text", None)
        return wire

    def _next(self) -> bytes:
        """The chunks of what has waited, as far as it is its turn now."""
        waiting, self._waiting = self._waiting, []
        pieces: list[bytes] = []
        for event in waiting:
            match event:
                case PartStarted():
                    pieces.append(self.begin(event.index, event.part))
                case Delta():
                    pieces.append(self.grow(event))
                case PartEnded():
                    pieces.append(self.end(event.index, event.part))
        return b"".join(pieces)


class _Calls:
    """The calls of one choice, counted apart from its other parts."""

    __slots__ = ("_begun", "_count", "_grown", "_line", "_ways")

    def __init__(self, line: Line) -> None:
        self._line = line
        self._count = 0
        self._begun: dict[int, tuple[int, JSONObject]] = {}
        self._ways: dict[int, Way] = {}
        self._grown: set[int] = set()

    def begin(self, index: int, part: ToolCall) -> bytes:
        """The chunk that names a call."""
        wire = encode_call(part, f"{self._line.where}.parts[{index}]", self._line.scope)
        kind, field = ("custom", "input") if part.kind == "custom" else ("function", "arguments")
        wire[kind][field] = ""
        number = self._count
        self._count += 1
        self._begun[index] = (number, wire)
        before = b'{"tool_calls":[{"index":%d,"%b":{"%b":' % (number, kind.encode(), field.encode())
        self._ways[index] = self._line.way(before, b"}}]}")
        return self._line.chunk({"tool_calls": [{"index": number, **wire}]})

    def grow(self, event: Delta) -> bytes:
        """The chunk for a piece of arguments; nothing for a part that is not told."""
        way = self._ways.get(event.index)
        if way is None:
            return b""
        self._grown.add(event.index)
        return self._line.piece(event, way)

    def end(self, index: int, part: ToolCall, where: str) -> bytes:
        """The chunks for what came only at the end: arguments in one piece, a proof, fields of the origin."""
        number, begun = self._begun[index]
        wire = encode_call(part, where, self._line.scope)
        kind, field = ("custom", "input") if part.kind == "custom" else ("function", "arguments")
        arguments = wire[kind].pop(field)
        begun[kind].pop(field)
        told = b""
        if index not in self._grown and arguments:
            told = self._line.piece(Delta(index, arguments), self._ways[index])
        del self._ways[index]
        rest = {name: value for name, value in wire.items() if begun.get(name) != value}
        return told + (self._line.chunk({"tool_calls": [{"index": number, **rest}]}) if rest else b"")

    def tell(self, part: Opaque) -> bytes:
        """The chunk for a call of an unknown kind."""
        number = self._count
        self._count += 1
        return self._line.chunk({"tool_calls": [{"index": number, **part.data}]})


def _opaque(part: Opaque) -> JSONObject:
    of_thinking = str(part.data.get("type")).startswith("reasoning.")
    return {DETAILS if of_thinking else "content": [part.data]}


def _voice_rest(voice: Audio, where: str, scope: Scope) -> JSONObject:
    """What of a voice is told at its end."""
    wire: JSONObject = {}
    if isinstance(voice.source, Inline):
        if voice.source.media_type != VOICE_TYPE:
            scope.notes.dropped(f"{where}.source.media_type", "the request says which encoding it has")
        wire["data"] = voice.source.base64
    if voice.expires_at is not None:
        wire["expires_at"] = voice.expires_at
    return wire
