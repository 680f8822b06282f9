"""One candidate answer of a stream, put together from its deltas. Floor 3; pure.

Calls and the voice stay open side by side until the end, for some servers mix their pieces. What stands beside the
content (citations, a proof) goes to the first and last text, or to an empty one where there is none.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pontage.dialects.codec import Unknown
from pontage.dialects.openai_chat import message_types as wires
from pontage.dialects.openai_chat.assistant import VOICE_TYPE, decode_voice
from pontage.dialects.openai_chat.calls import decode_signature
from pontage.dialects.openai_chat.citations import decode_annotations
from pontage.dialects.openai_chat.fragments import Calls
from pontage.dialects.openai_chat.growth import Spine
from pontage.dialects.openai_chat.logprobs import decode_logprobs, encode_logprobs
from pontage.dialects.openai_chat.message_types import Function, said
from pontage.dialects.openai_chat.parts import decode_part
from pontage.dialects.openai_chat.response_types import UNNAMED_IN_CHOICE, ChunkChoice, Logprobs
from pontage.dialects.openai_chat.response_types import Delta as Piece
from pontage.dialects.openai_chat.stops import decode_stop
from pontage.dialects.openai_chat.thinking import decode_detail, family_of
from pontage.domain.parts import Audio, Citation, Inline, JSONObject, Reasoning, Text
from pontage.domain.stream import Ending, StreamEvent
from pontage.errors import InvalidRequestError, ProtocolError


class Candidate:
    """The machine of one choice."""

    __slots__ = (
        "_calls", "_citations", "_extra", "_family", "_message_extra", "_signature", "_spine",
        "_stop_reason", "_voice", "word",
    )  # fmt: skip

    def __init__(self, number: int, seed: str, family: str | None) -> None:
        """`seed`: what ids that calls lack are made from; `family`: whose proofs the stream announced."""
        self.word: str | None = None  # the finish reason, once it is told
        self._family = family
        self._spine = Spine(number)
        self._calls = Calls(self._spine, seed)
        self._voice = _Voice(self._spine)
        self._citations: tuple[Citation, ...] = ()
        self._signature: str | None = None
        self._stop_reason: str | int | None = None
        self._extra: JSONObject = {}
        self._message_extra: JSONObject = {}

    def feed(self, choice: ChunkChoice, events: list[StreamEvent]) -> None:
        """Add a chunk's piece, and the events that it makes to `events`. Raises ProtocolError."""
        self._spine.events = events
        delta = choice.delta
        if choice.logprobs:
            self._note_logprobs(choice.logprobs)
        if delta:
            self._read(delta)
        if choice.finish_reason:
            self.word = choice.finish_reason
        if choice.stop_reason is not msgspec.UNSET:
            self._stop_reason = choice.stop_reason
        for name in UNNAMED_IN_CHOICE:
            value = getattr(choice, name)
            if value:
                _gather(self._extra, name, value)
        for name, value in choice.extra.items():
            _gather(self._extra, name, value)

    def finish(self, events: list[StreamEvent]) -> Ending:
        """Tell whatever is still open as complete, and how the candidate ended."""
        spine = self._spine
        spine.events = events
        self._place_marks()
        if spine.logprobs is not None and spine.growing is not None:
            spine.extend(spine.growing.index, "")
        spine.close()
        for index, part in sorted([*self._calls.finish(), *self._voice.finish()], key=lambda one: one[0]):
            spine.end(index, part)
        if spine.logprobs is not None:
            rest = {"logprobs": encode_logprobs(spine.logprobs)}
            self._extra = {**rest, **self._extra}
        parts = tuple([part for _, part in spine.parts])
        return Ending(
            stop=decode_stop(self.word, self._stop_reason, parts), extra=self._extra, message_extra=self._message_extra
        )

    def _place_marks(self) -> None:
        """Give citations and a proof to the text that is open, or to an empty one at the end."""
        spine = self._spine
        growing = spine.growing if spine.growing is not None and spine.growing.kind == "text" else None
        earlier = spine.told(Text)
        if growing is None and not earlier and self._signature is not None and self._calls:
            self._calls.sign_first(self._signature)
            self._signature = None
        if self._citations or self._signature is not None:
            if growing is None or (self._citations and earlier):
                growing = spine.begin("text")
            growing.citations, growing.signature = self._citations, self._signature

    def _note_logprobs(self, logprobs: Logprobs) -> None:
        tokens, others = decode_logprobs(logprobs)
        if tokens:
            self._spine.logprobs = (*(self._spine.logprobs or ()), *tokens)
        if others:
            known: JSONObject = self._extra.setdefault("logprobs", {})
            for name, value in others.items():
                _gather(known, name, value)

    def _read(self, delta: Piece) -> None:
        spine = self._spine
        if delta.reasoning_content or delta.reasoning or delta.reasoning_details:
            self._think(delta)
        content = delta.content
        if isinstance(content, str):
            if content:
                spine.grow("text", content)
        elif content:
            _read_parts(spine, content)
        if delta.refusal:
            spine.grow("refusal", delta.refusal)
        if delta.tool_calls:
            spine.close()
            for fragment in delta.tool_calls:
                self._calls.feed(fragment)
        if delta.extra or delta.images or delta.audio or delta.annotations or delta.extra_content or delta.channel:
            self._read_more(delta)
        if isinstance(delta.function_call, Function):
            self._calls.feed_legacy(delta.function_call)

    def _read_more(self, delta: Piece) -> None:
        """What few deltas hold."""
        _read_parts(self._spine, said(delta.images) or [])
        voice = said(delta.audio)
        if voice is not None:
            self._voice.feed(voice)
        if delta.annotations:
            citations, others = decode_annotations(delta.annotations)
            self._citations += citations
            if others:
                _gather(self._message_extra, "annotations", others)
        signature, rest = decode_signature(said(delta.extra_content))
        self._signature = signature or self._signature
        if rest:
            self._message_extra["extra_content"] = rest
        if delta.channel:
            self._message_extra["channel"] = delta.channel
        for name, value in delta.extra.items():
            _gather(self._message_extra, name, value)

    def _think(self, delta: Piece) -> None:
        text = said(delta.reasoning_content) or said(delta.reasoning)
        if text:
            self._think_on(None)
            self._spine.grow("reasoning", text)
        for detail in said(delta.reasoning_details) or ():
            part = decode_detail(detail)
            if isinstance(detail, Unknown) or not isinstance(part, Reasoning):
                self._spine.tell(part)
                continue
            named = said(detail.format)
            if family_of(named) not in (None, self._family):  # the message's origin could not say it any more
                part.extra["format"] = named
            if part.redacted:
                self._spine.tell(part)
            else:
                self._add_detail(part, said(detail.index), repeats=bool(text))

    def _add_detail(self, part: Reasoning, number: int | None, *, repeats: bool) -> None:
        """Add an entry of `reasoning_details`. `repeats`: its text stood in another field; it is not new either where
        it comes with the proof and is all that was told before."""
        if not (part.text or part.signature or part.extra):
            return
        growing = self._spine.growing
        whole = growing.text if growing is not None and growing.kind == "reasoning" and part.signature else None
        if part.text and not repeats and part.text != whole:
            self._think_on(number)
            self._spine.grow("reasoning", part.text)
        growing = self._spine.growing
        if growing is None or growing.kind != "reasoning":
            growing = self._spine.begin("reasoning")
        growing.number = number
        growing.signature = part.signature or growing.signature
        growing.extra |= part.extra

    def _think_on(self, number: int | None) -> None:
        """Close the thinking that is open where new text cannot belong to it."""
        growing = self._spine.growing
        if growing is not None and growing.kind == "reasoning":
            other = number is not None and growing.number is not None and number != growing.number
            if growing.signature is not None or other:
                self._spine.close()


class _Voice:
    """The model's voice: its transcript grows, its data is told at the end."""

    __slots__ = ("_index", "_spine", "_voice")

    def __init__(self, spine: Spine) -> None:
        self._spine = spine
        self._voice: wires.Audio | None = None
        self._index = 0

    def feed(self, piece: wires.Audio) -> None:
        """Add a piece."""
        known = self._voice
        if known is None:
            self._spine.close()
            known = self._voice = wires.Audio(data="")
            self._index = self._spine.new_index()
            self._spine.start(self._index, Audio(source=Inline(VOICE_TYPE, ""), id=said(piece.id)))
        known.id = said(piece.id) or known.id
        known.data = (said(known.data) or "") + (said(piece.data) or "")
        known.expires_at = said(piece.expires_at) or known.expires_at
        if piece.transcript:
            known.transcript = (said(known.transcript) or "") + piece.transcript
            self._spine.extend(self._index, piece.transcript)

    def finish(self) -> list[tuple[int, Audio]]:
        """The voice with its index, if there is one."""
        return [] if self._voice is None else [(self._index, decode_voice(self._voice))]


def _read_parts(spine: Spine, parts: list[wires.Part]) -> None:
    """Content in parts: texts grow like any other, pictures and unknown blocks come whole."""
    for part in parts:
        if isinstance(part, wires.TextPart):
            spine.grow("text", part.text)
            continue
        try:
            spine.tell(decode_part(part, "delta"))
        except InvalidRequestError as error:
            raise ProtocolError(f"the provider's stream is malformed: {error.message}") from None


def _gather(fields: JSONObject, name: str, value: Any) -> None:
    """Keep a field that has no canonical name: lists grow, anything else is replaced by what comes later."""
    known = fields.get(name)
    if isinstance(known, list) and isinstance(value, list):
        fields[name] = [*cast(list[Any], known), *cast(list[Any], value)]
    elif value is not None:
        fields[name] = value
