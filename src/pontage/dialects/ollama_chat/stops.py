"""Why an answer ended, both ways. Floor 3; pure.

One word says both that a model was done and that it called tools: the calls tell them apart.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pontage.dialects.scope import Scope, put_extra
from pontage.domain.chat import Stop
from pontage.domain.parts import JSONObject

_STOP: Final = "stop"
_LENGTH: Final = "length"
_CUT: Final = ("length", "context_exceeded")

Reason = Literal["stop", "tool_calls", "length", "other"]


def read_stop(word: str | None, called: bool) -> Stop:
    """Why an answer ended that did or did not call tools. Old servers give no word for the usual end."""
    return Stop(_reason(word, called), raw=word)


def _reason(word: str | None, called: bool) -> Reason:
    if word in (None, _STOP):
        return "tool_calls" if called else "stop"
    return "length" if word == _LENGTH else "other"


def write_stop(stop: Stop, called: bool, scope: Scope, where: str) -> JSONObject:
    """The field that says why; a note where the word means something else, or says less."""
    word: Any = stop.raw
    if not scope.own or _reason(stop.raw, called) != stop.reason:
        word = _LENGTH if stop.reason in _CUT else _STOP
        if _reason(word, called) != stop.reason:
            scope.notes.approximated(f"{where}.reason", f"said as {word}")
    if stop.sequence is not None:
        scope.notes.dropped(f"{where}.sequence", "which text stopped it is not told here")
    said: JSONObject = {} if word is None else {"done_reason": word}
    put_extra(said, stop.extra, scope, where)
    return said
