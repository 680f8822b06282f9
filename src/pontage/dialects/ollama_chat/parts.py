"""Parts of a message, both ways. Floor 3; pure.

A message has one thinking, then its pictures (the server puts them before the text), one text, and its calls: that is
the order parts are read in. `write_part` gives the field a part belongs to and what it says there, or None where there
is no way to say it; then there is a note under the part's canonical path (`where`).
"""

from __future__ import annotations

from typing import Any, assert_never

from pontage.dialects.ollama_chat.calls import CallReader, write_call
from pontage.dialects.ollama_chat.media import read_image, write_image
from pontage.dialects.ollama_chat.types import Turn
from pontage.dialects.scope import Scope
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    Nested,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

Said = tuple[str, Any]
"""The name of a field, and what a part says in it."""


def read_parts(turn: Turn, calls: CallReader) -> tuple[Part, ...]:
    """What a message says, in the order described above."""
    parts: list[Part] = []
    if turn.thinking:
        parts.append(Reasoning(text=turn.thinking))
    parts += map(read_image, turn.images or ())
    if turn.content:
        parts.append(Text(text=turn.content))
    parts += map(calls.read, turn.tool_calls or ())
    return tuple(parts)


def write_part(part: Part, scope: Scope, where: str) -> Said | None:
    """The part in its field, or None with a note. Results of tools are messages of their own, not parts."""
    said = _write_bare(part, scope, where)
    if said is None:
        return None
    if part.cache is not None:
        scope.notes.dropped(f"{where}.cache", "caching is the server's own business here")
    if part.signature is not None:
        scope.notes.dropped(f"{where}.signature", "nothing is signed here")
    if part.extra and not isinstance(part, ToolCall):
        scope.notes.extras(part.extra, where)
    return said


def _write_bare(part: Part, scope: Scope, where: str) -> Said | None:
    match part:
        case Text(text=text, citations=citations):
            if citations:
                scope.notes.dropped(f"{where}.citations", "text has no citations here")
            return "content", text
        case Refusal(text=text):
            scope.notes.approximated(where, "a refusal is visible text here")
            return "content", text
        case Reasoning(text=text, redacted=redacted):
            if text and not redacted:
                return "thinking", text
            scope.notes.dropped(where, "thinking that only its provider can read")
        case Image():
            base64 = write_image(part, scope, where)
            return None if base64 is None else ("images", base64)
        case Document():
            return _write_document(part, scope, where)
        case ToolCall(by_provider=True):
            scope.notes.dropped(where, "a tool that another provider ran")
        case ToolCall():
            return "tool_calls", write_call(part, scope, where)
        case Opaque():
            scope.notes.dropped(where, "a block of another format")
        case Audio() | Video():
            scope.notes.unsupported(where, "neither audio nor video is read here")
        case ToolResult():
            scope.notes.dropped(where, "a result stands only in a request")
        case _:
            assert_never(part)
    return None


def _write_document(part: Document, scope: Scope, where: str) -> Said | None:
    """A text document as visible text, its title before it."""
    match part.source:
        case Plain(text=text):
            texts = [text]
        case Nested(parts=parts) if parts and all(isinstance(item, Text) for item in parts):
            texts = [item.text for item in parts if isinstance(item, Text)]
        case _:
            scope.notes.unsupported(where, "documents are text here")
            return None
    scope.notes.approximated(where, "a document is visible text here")
    return "content", "\n\n".join([text for text in (part.title, part.context, *texts) if text])
