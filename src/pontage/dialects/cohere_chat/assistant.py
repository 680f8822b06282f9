"""The assistant's turn, both ways, in requests and in answers. Floor 3; pure.

The format keeps content, plan, calls and citations in fields of their own; they are read in the order of these words,
and any other order is written with a note. The plan that goes before calls is thinking: `PLAN` in its `extra`, which
says nothing by itself, marks the thinking that has its place there.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pontage.dialects.cohere_chat.calls import plain_text, read_call, write_call
from pontage.dialects.cohere_chat.citations import as_written, is_about_text, read_citation, write_citations
from pontage.dialects.cohere_chat.names import forfeit
from pontage.dialects.cohere_chat.parts import read_content, write_blocks
from pontage.dialects.cohere_chat.types import CALL, AssistantMessage, CitationObject
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.chat import Message, Origin
from pontage.domain.parts import Image, JSONObject, Part, Reasoning, Text, ToolCall

PLAN: Final = "tool_plan"
"""The name of the field, and of the mark."""

_CONTENT, _PLAN, _CALL = range(3)


def plan_part(text: str) -> Reasoning:
    """The plan as a part."""
    return Reasoning(text=text, extra={PLAN: {}})


def is_plan(part: Part, scope: Scope) -> bool:
    """Whether a part has its place in the plan."""
    return isinstance(part, Reasoning) and PLAN in part.extra and scope.carried


def read_assistant(wire: AssistantMessage, origin: Origin, where: str) -> Message:
    """The message. Raises InvalidRequestError, `where` being its path."""
    parts = read_content(wire.content, f"{where}.content")
    extra = wire.extra
    rest = _read_citations(parts, wire.citations or [])
    if rest:
        extra["citations"] = rest
    if wire.tool_plan:
        parts.append(plan_part(wire.tool_plan))
    unknown: list[JSONObject] = []
    for number, call in enumerate(wire.tool_calls or ()):
        part = read_call(call, f"{where}.tool_calls[{number}]")
        if part is None:
            unknown.append(CALL.builtins(call))
        else:
            parts.append(part)
    if unknown:
        extra["tool_calls"] = unknown
    return Message(role="assistant", parts=tuple(parts), origin=origin, extra=extra)


def _read_citations(parts: list[Part], citations: list[CitationObject]) -> list[JSONObject]:
    """Give the citations to their texts; what is left has no text."""
    rest: list[JSONObject] = []
    first = next((number for number, part in enumerate(parts) if isinstance(part, Text)), -1)
    for wire in citations:
        number = first if wire.content_index is None else wire.content_index
        part = parts[number] if 0 <= number < len(parts) else None
        if isinstance(part, Text) and is_about_text(wire):
            parts[number] = replace(part, citations=(*part.citations, read_citation(wire, part.text)))
        else:
            rest.append(as_written(wire))
    return rest


class _Sorted:
    """What a turn says, by the field that says it."""

    def __init__(self) -> None:
        self.content: list[JSONObject] = []
        self.plan: list[str] = []
        self.calls: list[JSONObject] = []
        self.citations: list[JSONObject] = []
        self.in_order = True
        self._rank = _CONTENT

    def rise(self, rank: int) -> None:
        """Something of this rank is said."""
        self.in_order = self.in_order and rank >= self._rank
        self._rank = rank


def write_assistant(message: Message, scope: Scope, where: str) -> JSONObject:
    """The message as a request replays it, or with `scope.answering` as an answer tells it."""
    found = _Sorted()
    for number, part in enumerate(message.parts):
        _sort(part, scope, f"{where}.parts[{number}]", found)
    if not found.in_order or len(found.plan) > 1:
        scope.notes.approximated(f"{where}.parts", "the order of content, plan and calls is not told")
    said: JSONObject = {"role": "assistant"}
    if found.content:
        said["content"] = found.content if scope.answering else plain_text(found.content)
    if found.plan:
        said["tool_plan"] = "".join(found.plan)
    if found.calls:
        said["tool_calls"] = found.calls
    if found.citations:
        said["citations"] = found.citations
    put_extra(said, message.extra, scope, where)
    return said


def _sort(part: Part, scope: Scope, where: str, found: _Sorted) -> None:
    if isinstance(part, ToolCall):
        call = write_call(part, scope, where)
        if call is not None:
            found.rise(_CALL)
            found.calls.append(call)
    elif isinstance(part, Reasoning) and is_plan(part, scope):
        found.rise(_PLAN)
        found.plan.append(part.text)
        forfeit(part, scope, where)
    elif isinstance(part, Image) and not scope.carried:
        scope.notes.unsupported(where, "the assistant's turns hold no pictures")
    else:
        _sort_content(part, scope, where, found)


def _sort_content(part: Part, scope: Scope, where: str, found: _Sorted) -> None:
    if part == Text(text="") and not (scope.own or scope.answering):
        scope.notes.dropped(where, "an empty text says nothing")
        return
    blocks = write_blocks(part, scope, where)
    if not blocks:
        return
    found.rise(_CONTENT)
    if isinstance(part, Text) and part.citations:
        if scope.carried or scope.answering:
            found.citations += write_citations(part, len(found.content), scope, where)
        else:
            scope.notes.dropped(f"{where}.citations", "citations of another provider are not taken back")
    found.content += blocks
