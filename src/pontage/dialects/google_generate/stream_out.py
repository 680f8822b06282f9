"""Floor 3. Events to the bytes of one stream of a client: server-sent events, or one JSON array in pieces.

A piece of text is a frame; a call is held until it is whole, as the format has no pieces of calls; a signature follows
in a frame with empty text. The last frame has every finishReason and the usage; then the body just ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pontage.dialects.google_generate.errors import encode_error
from pontage.dialects.google_generate.grounding import Places, write_grounding
from pontage.dialects.google_generate.logprobs import write_logprobs
from pontage.dialects.google_generate.messages import TurnWriter
from pontage.dialects.google_generate.names import FAMILY, NAME
from pontage.dialects.google_generate.order import InOrder, PartEvent
from pontage.dialects.google_generate.parts import Scope, write_part
from pontage.dialects.google_generate.response import identity
from pontage.dialects.google_generate.stops import blocked, write_stop
from pontage.dialects.google_generate.usage import write_usage
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from, merge
from pontage.domain.chat import Message, Note, Origin
from pontage.domain.parts import JSONObject, Part, Reasoning, Refusal, Text
from pontage.domain.stream import Delta, Ending, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError
from pontage.streaming.framing import encode_sse

_MODEL = "model"


class Encoder:
    """See `pontage.dialects.dialect.StreamEncoder`."""

    def __init__(self, family: str | None = FAMILY, *, array: bool = False) -> None:
        """`family`: whose signatures the client will bring back; `array`: a JSON array instead of events."""
        self._notes = Notes()
        self._family = family
        self._frame = ArrayWriter() if array else None
        self._origin: Origin | None = None
        self._identity: JSONObject = {}
        self._first: JSONObject = {}  # goes with the first frame only
        self._scope: Scope | None = None
        self._order = InOrder()
        self._shown: dict[tuple[int, int], bool] = {}  # parts whose text streams, and whether it is a thought
        self._called: set[int] = set()  # choices with calls
        self._places: dict[int, Places] = {}

    def feed(self, event: StreamEvent) -> bytes:
        """See `StreamEncoder`."""
        match event:
            case Started():
                self._start(event)
                return b""
            case Finished():
                return self._parts(self._order.rest()) + self._finish(event)
            case _:
                return self._parts(self._order.feed(event))

    def _parts(self, events: Sequence[PartEvent]) -> bytes:
        sent: list[bytes] = []
        for event in events:
            match event:
                case Delta():
                    sent.append(self._delta(event))
                case PartStarted(index, part, choice):
                    if isinstance(part, Text | Refusal) or (isinstance(part, Reasoning) and not part.redacted):
                        self._shown[choice, index] = isinstance(part, Reasoning)
                case PartEnded(index, part, choice):
                    sent.append(self._ended(index, part, choice))
        return b"".join(sent)

    def fail(self, error: PontageError) -> bytes:
        """See `StreamEncoder`. A JSON array is closed, so that the client can read it; no finishReason came."""
        _, body = encode_error(error)
        if self._frame is None:
            return encode_sse(body)
        return self._frame.feed(body) + self._frame.end()

    def keep_alive(self) -> bytes:
        """A blank line: Google's own client takes a comment for data, but skips these."""
        return b"\n"

    def notes(self) -> tuple[Note, ...]:
        """See `StreamEncoder`."""
        return self._notes.all()

    def _start(self, event: Started) -> None:
        self._origin = event.origin
        self._identity = identity(event.id, event.model, event.created, self._notes)
        mine = is_from(event.origin, NAME)
        usage = write_usage(event.usage, event.service_tier, Notes(), mine=mine)  # told again, and in full, at the end
        if usage is not None:
            self._first["usageMetadata"] = usage
        if mine or event.origin is None:
            merge(self._first, event.extra)
        else:
            self._notes.extras(event.extra)
        message = Message(role="assistant", origin=event.origin)
        self._scope = TurnWriter(self._notes, self._family, answer=True).scope(message)

    def _delta(self, event: Delta) -> bytes:
        key = (event.choice, event.index)
        thought = self._shown.get(key)
        if thought is None or not (event.text or event.logprobs):
            return b""
        part: JSONObject = {"text": event.text, "thought": True} if thought else {"text": event.text}
        candidate: JSONObject = {"content": {"role": _MODEL, "parts": [part]}, "index": event.choice}
        if event.logprobs is not None:
            candidate["logprobsResult"] = write_logprobs(event.logprobs, f"choices[{event.choice}]", self._notes)
        return self._send([candidate])

    def _ended(self, index: int, part: Part, choice: int) -> bytes:
        assert self._scope is not None
        where = f"choices[{choice}].message.parts[{index}]"
        parts = write_part(part, where, self._scope)
        places = self._places.setdefault(choice, Places())
        if self._shown.pop((choice, index), None) is None or not isinstance(part, Text | Refusal | Reasoning):
            places.other(len(parts))
            if any("functionCall" in found for found in parts):
                self._called.add(choice)
        else:
            places.text(part, where, sealed=any("thoughtSignature" in found for found in parts))
            parts = [{**found, "text": ""} for found in parts if len(found) > 1 + ("thought" in found)]
        if not parts:
            return b""
        return self._send([{"content": {"role": _MODEL, "parts": parts}, "index": choice}])

    def _finish(self, event: Finished) -> bytes:
        mine = is_from(self._origin, NAME)
        body: JSONObject = {}
        usage = write_usage(event.usage, event.service_tier, self._notes, mine=mine)
        if usage is not None:
            body["usageMetadata"] = usage
        if mine or self._origin is None:
            merge(body, event.extra)
        else:
            self._notes.extras(event.extra)
        self._notes.extend(event.notes)
        is_blocked = mine and "promptFeedback" in event.extra and event.stop == blocked(event.extra)
        candidates = (
            [] if is_blocked else [self._ending(k, ending, mine=mine) for k, ending in enumerate(event.endings)]
        )
        sent = self._send([candidate for candidate in candidates if candidate["finishReason"] is not None], body)
        return sent if self._frame is None else sent + self._frame.end()

    def _ending(self, number: int, ending: Ending, *, mine: bool) -> JSONObject:
        where = f"choices[{number}]"
        content: JSONObject = {"role": _MODEL, "parts": [{"text": ""}]}
        candidate: JSONObject = {
            "content": content,
            "finishReason": write_stop(ending.stop, where, self._notes, mine=mine, has_calls=number in self._called),
            "index": number,
        }
        if mine or self._origin is None:
            merge(candidate, ending.extra)
            merge(content, ending.message_extra)
        else:
            self._notes.extras(ending.extra, where)
            self._notes.extras(ending.message_extra, f"{where}.message")
        places = self._places.get(number)
        if places is not None and places.texts and not mine:
            candidate["groundingMetadata"] = write_grounding(places.texts, self._notes)
        return candidate

    def _send(self, candidates: list[JSONObject], body: JSONObject | None = None) -> bytes:
        frame: dict[str, Any] = {"candidates": candidates} if candidates else {}
        if self._first:
            frame.update(self._first)
            self._first = {}
        if body:
            frame.update(body)
        frame.update(self._identity)
        data = msgspec.json.encode(frame)
        return encode_sse(data) if self._frame is None else self._frame.feed(data)


class ArrayWriter:
    """Frames as the elements of one JSON array; also the `Reframer` of clients that read it."""

    def __init__(self) -> None:
        self._begun = False

    def feed(self, data: bytes) -> bytes:
        """The bytes for one frame's data."""
        start = b",\n" if self._begun else b"["
        self._begun = True
        return start + data

    def end(self) -> bytes:
        """The bytes that close the array."""
        return b"]" if self._begun else b"[]"
