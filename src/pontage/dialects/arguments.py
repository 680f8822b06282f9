"""Arguments of calls for formats that carry them as an object, not as text. Floor 2; pure."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from pontage.dialects.notes import Notes
from pontage.domain.parts import ToolCall


def as_object(call: ToolCall, notes: Notes, where: str) -> Raw:
    """The arguments of a call: their JSON text as the model wrote it. Free text of a custom tool becomes
    `{"input": text}`, what is no JSON object `{"_raw": text}`, both with a note."""
    text = call.arguments
    if call.kind == "custom":
        notes.approximated(where, "free text is wrapped as the property `input`")
        return Raw(msgspec.json.encode({"input": text}))
    if text.strip() in ("", "null"):
        if text.strip():
            notes.approximated(f"{where}.arguments", "no arguments are an empty object")
        return Raw(b"{}")
    try:
        whole = isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        whole = False
    if whole:
        return Raw(text.encode())
    notes.approximated(f"{where}.arguments", "no JSON object: wrapped as the property `_raw`")
    return Raw(msgspec.json.encode({"_raw": text}))
