"""Why an answer ended, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pontage.dialects.scope import Scope
from pontage.domain.chat import Stop

_STOPS: Final = {
    "COMPLETE": Stop("stop"),
    "STOP_SEQUENCE": Stop("stop_sequence"),
    "MAX_TOKENS": Stop("length"),
    "TOOL_CALL": Stop("tool_calls"),
    "ERROR": Stop("error"),
    "TIMEOUT": Stop("error"),
}
_OTHER: Final = Stop("other")
_WORDS: Final[dict[str, str]] = {stop.reason: word for word, stop in reversed(_STOPS.items())}
_NEAREST: Final = {"context_exceeded": "MAX_TOKENS", "content_filter": "ERROR"}


def read_stop(word: str | None) -> Stop:
    """Why the answer ended."""
    return replace(_STOPS.get(word or "", _OTHER), raw=word)


def write_stop(stop: Stop, scope: Scope, where: str) -> str | None:
    """The word that says why the answer ended."""
    if stop.sequence is not None:
        scope.notes.dropped(f"{where}.sequence", "which sequence it was is not told here")
    scope.notes.extras(stop.extra, where)
    if scope.own and _STOPS.get(stop.raw or "", _OTHER).reason == stop.reason:
        return stop.raw
    if stop.reason in _WORDS:
        return _WORDS[stop.reason]
    word = _NEAREST.get(stop.reason, "COMPLETE")
    scope.notes.approximated(f"{where}.reason", f"the nearest reason of this format is {word}")
    return word
