"""Floor 3. Why an answer ended, both ways. A tool call ends with STOP: the call itself tells."""

from __future__ import annotations

from typing import Any, Final, Literal, cast

from msgspec import UnsetType

from pontage.dialects.google_generate.names import enum_name
from pontage.dialects.notes import Notes
from pontage.domain.chat import Stop
from pontage.domain.parts import JSONObject

Reason = Literal[
    "stop", "stop_sequence", "length", "context_exceeded", "tool_calls",
    "content_filter", "refusal", "pause", "error", "other",
]  # fmt: skip

# The numbers up to 5 mean the same on both hosts; 6 to 8 differ, but are filters on both.
_NUMBERS: Final = {
    0: "FINISH_REASON_UNSPECIFIED", 1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER",
    6: "BLOCKLIST", 7: "PROHIBITED_CONTENT", 8: "SPII",
}  # fmt: skip
_FILTERS = (
    "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER",
)  # fmt: skip
_ERRORS = (
    "OTHER", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
    "MALFORMED_RESPONSE",
)  # fmt: skip
_READ: Final[dict[str, Reason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    **dict.fromkeys(_FILTERS, cast(Reason, "content_filter")),
    **dict.fromkeys(_ERRORS, cast(Reason, "error")),
}
_WRITE: Final[dict[Reason, tuple[str, bool]]] = {  # and whether another reason is written the same way
    "stop": ("STOP", False),
    "stop_sequence": ("STOP", True),
    "length": ("MAX_TOKENS", False),
    "context_exceeded": ("MAX_TOKENS", True),
    "tool_calls": ("STOP", False),
    "content_filter": ("SAFETY", False),
    "refusal": ("SAFETY", True),
    "pause": ("STOP", True),
    "error": ("OTHER", False),
    "other": ("OTHER", True),
}


def read_stop(told: str | int | UnsetType | None, *, has_calls: bool) -> Stop:
    """The reason a `finishReason` gives; `other` when there is none or it is new."""
    if told is None or isinstance(told, UnsetType):
        return Stop("other")
    name = _name(told)
    reason = _READ.get(name or "", "other")
    if has_calls and reason == "stop":
        reason = "tool_calls"
    return Stop(reason, raw=str(told))


def write_stop(stop: Stop, where: str, notes: Notes, *, mine: bool, has_calls: bool) -> str | None:
    """The `finishReason` of a stop: Google's own word where it was read from it, and none where it told none."""
    if mine and stop == Stop("other"):
        return None
    if mine and stop.raw is not None:
        told = _name(stop.raw) or stop.raw
        if stop.reason in (_READ.get(told, "other"), "tool_calls"):
            return told
    name, inexact = _WRITE[stop.reason]
    if inexact or (name == "STOP" and has_calls != (stop.reason == "tool_calls")):
        notes.approximated(f"{where}.stop.reason", f"said as {name}")
    if stop.sequence is not None:
        notes.dropped(f"{where}.stop.sequence", "this format does not tell which it was")
    for field, value in stop.extra.items():
        if value not in (None, "", [], {}):
            notes.dropped(f"{where}.stop.{field}", "no counterpart in the target format")
    return name


def _name(told: str | int) -> str | None:
    """The name of a reason that may be told by its number, even as text."""
    return enum_name(int(told) if isinstance(told, str) and told.isdecimal() else told, _NUMBERS)


def blocked(extra: JSONObject) -> Stop:
    """Why an answer without candidates ended: the prompt was blocked, or nobody says."""
    feedback: Any = extra.get("promptFeedback")
    reason: Any = cast(JSONObject, feedback).get("blockReason") if isinstance(feedback, dict) else None
    return Stop("content_filter", raw=str(reason)) if reason else Stop("other")
