"""What an answer begins with, both ways: its model, its time, and an id. Floor 3; pure.

Answers have no id here: one is made from the model and the time. The time is told to the nanosecond; what `created` has
no room for stays in `extra["created_at"]`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from pontage.dialects.ollama_chat.calls import made_id
from pontage.dialects.ollama_chat.types import Answer
from pontage.dialects.scope import Scope
from pontage.domain.parts import JSONObject

_TIME: Final = "created_at"
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999


def read_head(wire: Answer) -> tuple[str, int | None]:
    """The id and the time (Unix seconds) of an answer; what is finer goes to its `extra`."""
    text = wire.created_at
    seconds = _seconds(text)
    if text is not None and text != _text(seconds):
        wire.extra[_TIME] = text
    return _made(wire.model, text), seconds


def write_head(identity: str, model: str, created: int | None, extra: JSONObject, scope: Scope) -> JSONObject:
    """The fields an answer begins with. The finer time is taken out of `extra` if it still is the answer's."""
    said: JSONObject = {"model": model}
    finer, text = extra.get(_TIME), _text(created)
    if scope.carried and isinstance(finer, str) and _seconds(finer) == created:
        said[_TIME] = extra.pop(_TIME)
    elif text is not None:
        said[_TIME] = text
    elif created is not None:
        scope.notes.dropped("created", "beyond the calendar")
    if identity != _made(model, said.get(_TIME)):
        note = scope.notes.dropped if identity else scope.notes.injected
        note("id", "answers have no id here: readers make one")
    return said


def _made(model: str, time: str | None) -> str:
    return made_id("ollama", model, time)


def _seconds(text: str | None) -> int | None:
    """The time, if it is one: servers that do not know it say the beginning of their calendar."""
    try:
        moment = datetime.fromisoformat(text) if text is not None else None
        seconds = int(moment.timestamp()) if moment is not None and moment.tzinfo is not None else 0
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None


def _text(seconds: int | None) -> str | None:
    if seconds is None or not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
