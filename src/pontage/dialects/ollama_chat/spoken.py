"""The one message of an answer, written. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from pontage.dialects.ollama_chat.parts import write_part
from pontage.dialects.scope import Scope, put_extra
from pontage.dialects.spelling import respell
from pontage.domain.chat import Message
from pontage.domain.parts import JSONObject, Part, Text

_ORDER: Final = ("thinking", "images", "content", "tool_calls")
_TEXTS: Final = ("thinking", "content")


def write_spoken(message: Message, scope: Scope, where: str) -> JSONObject:
    """All parts of an answer in one message, an own one as its origin wrote it; notes where that costs the order of
    parts, or makes one text of several that were different things."""
    said = write_answer(message, scope, where)
    if not (message.spelling and scope.own):
        return said
    return cast(JSONObject, respell(msgspec.json.decode(msgspec.json.encode(said)), message.spelling))


def write_answer(message: Message, scope: Scope, where: str) -> JSONObject:
    """All parts of an answer in one message, in the writer's own words."""
    found: dict[str, list[tuple[str, Part, Any]]] = {name: [] for name in _ORDER}
    place = 0
    for number, part in enumerate(message.parts):
        path = f"{where}.parts[{number}]"
        said = write_part(part, scope, path)
        if said is None:
            continue
        field, value = said
        if _ORDER.index(field) < place:
            scope.notes.approximated(f"{where}.parts", "thinking, pictures, text and calls stand in this order here")
        place = max(place, _ORDER.index(field))
        found[field].append((path, part, value))
    turn: JSONObject = {"role": "assistant", "content": ""}
    for field, entries in found.items():
        if entries:
            values = [value for _, _, value in entries]
            turn[field] = "".join(values) if field in _TEXTS else values
        if field in _TEXTS and len(entries) > 1 and not all(isinstance(part, Text) for _, part, _ in entries):
            for path, _, _ in entries:
                scope.notes.approximated(path, "texts of one kind are one text here")
    for index, (_, _, call) in enumerate(found["tool_calls"]):
        call["function"]["index"] = index
    put_extra(turn, message.extra, scope, where)
    return turn
