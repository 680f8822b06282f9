"""Calls of one conversation that share an id. Floor 2; pure.

Some providers and clients number the calls of each turn anew, or tell no ids from which a conversation could make
distinct ones. A format that binds a result to its call by the id alone refuses such a conversation, or misreads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from pontage.dialects.notes import Notes
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Part, ToolCall, ToolResult


def told_apart(request: ChatRequest, notes: Notes) -> ChatRequest:
    """`request` itself when every call has an id of its own; else with new ids for the later calls of an id, and for
    the results that answer them. Results of one id answer its calls in their order."""
    ids = [part.id for message in request.messages for part in message.parts if isinstance(part, ToolCall)]
    if len(ids) == len(set(ids)):
        return request
    return replace(request, messages=tuple(_renamed(request.messages, set(ids), notes)))


def _renamed(messages: Sequence[Message], taken: set[str], notes: Notes) -> Iterator[Message]:
    seen: set[str] = set()
    waiting: dict[str, list[str]] = {}  # the ids of the calls that no result has answered, by the id they came with
    latest: dict[str, str] = {}
    for index, message in enumerate(messages):
        parts: list[Part] = []
        for place, part in enumerate(message.parts):
            if isinstance(part, ToolCall):
                found = _free(part.id, taken) if part.id in seen else part.id
                seen.add(part.id)
                waiting.setdefault(part.id, []).append(found)
                latest[part.id] = found
                if found != part.id:
                    notes.approximated(f"messages[{index}].parts[{place}].id", "an earlier call has this id")
                    part = replace(part, id=found)
            elif isinstance(part, ToolResult) and part.call_id in waiting:
                called = waiting[part.call_id]
                answered = called.pop(0) if called else latest[part.call_id]
                part = part if answered == part.call_id else replace(part, call_id=answered)
            parts.append(part)
        same = all(new is old for new, old in zip(parts, message.parts, strict=True))
        yield message if same else replace(message, parts=tuple(parts))


def _free(name: str, taken: set[str]) -> str:
    """An id made of `name` that no call has."""
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    taken.add(f"{name}_{number}")
    return f"{name}_{number}"
