"""Why an answer ended, both ways. Floor 3; pure.

The format tells a status, and of an incomplete answer the reason. That tools were called, or that the model declined,
only the parts say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from msgspec.structs import replace

from pontage.dialects.openai_responses.names import Scope, put_extra
from pontage.domain.chat import Stop
from pontage.domain.parts import JSONObject, Part, Refusal, ToolCall

COMPLETED: Final = "completed"
INCOMPLETE: Final = "incomplete"
_STATUSES: Final = (COMPLETED, INCOMPLETE, "cancelled", "queued", "in_progress")
_REASONS: Final = {"max_output_tokens": Stop("length"), "content_filter": Stop("content_filter")}
_WORDS: Final = {
    "length": "max_output_tokens",
    "context_exceeded": "max_output_tokens",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}


def read_stop(status: str | None, details: Any, parts: Iterable[Part]) -> Stop:
    """Why it ended; what the details say beyond a reason stays in `extra`."""
    said = cast(JSONObject, details) if isinstance(details, dict) else {}
    if status not in (COMPLETED, INCOMPLETE, None):
        return Stop("other", raw=status)
    if status == INCOMPLETE:
        word = said.get("reason")
        raw = word if isinstance(word, str) else INCOMPLETE
        rest = {key: value for key, value in said.items() if key != "reason" or not isinstance(value, str)}
        extra = {"incomplete_details": rest} if rest else {}
        return replace(_REASONS.get(raw, Stop("other")), raw=raw, extra=extra)
    declined = False
    for part in parts:
        if isinstance(part, ToolCall) and not part.by_provider:
            return Stop("tool_calls", raw=status)
        declined = declined or isinstance(part, Refusal)
    return Stop("refusal" if declined else "stop", raw=status)


def write_stop(stop: Stop, parts: Iterable[Part], scope: Scope, where: str) -> JSONObject:
    """The status and its details."""
    parts = tuple(parts)
    status, word = _words_of(stop, parts, scope)
    details: JSONObject | None = None if word is None else {"reason": word}
    if read_stop(status, details, parts).reason != stop.reason:
        scope.notes.approximated(f"{where}.reason", f"said as {word or status}")
    if stop.sequence is not None:
        scope.notes.dropped(f"{where}.sequence", "stop strings are not of this format")
    said: JSONObject = {"status": status, "incomplete_details": details}
    put_extra(said, stop.extra, scope, where)
    return said


def _words_of(stop: Stop, parts: tuple[Part, ...], scope: Scope) -> tuple[str, str | None]:
    if scope.own and stop.raw is not None:
        status, told = (stop.raw, None) if stop.raw in _STATUSES else (INCOMPLETE, stop.raw)
        again = read_stop(status, None if told is None else {"reason": told}, parts)
        if (again.reason, again.raw) == (stop.reason, stop.raw):
            return status, told
    word = _WORDS.get(stop.reason)
    if word is None or (stop.reason == "refusal" and read_stop(COMPLETED, None, parts).reason == "refusal"):
        return COMPLETED, None
    return INCOMPLETE, word
