"""Numbers as servers write them. Floor 2; pure."""

from __future__ import annotations

from typing import Any, Final, cast

from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject

_MOST: Final = 2**42
"""Nothing that is counted is so many, and what as many tokens cost still fits into 64 bits."""

_PREDICTED: Final = ("accepted_prediction_tokens", "rejected_prediction_tokens")


def whole(value: Any) -> int | None:
    """The count that `value` is, rounded down where it was written with a fraction; None for what is no count."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < _MOST else None
    return int(value) if isinstance(value, float) and 0 <= value < _MOST else None


def note_uncounted(usage: TokenUsage, notes: Notes) -> None:
    """Note what only the origin's record, which stays behind, tells: the length of sound, and apart from other output
    the tokens of a predicted answer, taken or not."""
    if usage.audio_seconds:
        notes.dropped("usage.audio_seconds", "the length of sound is not counted here")
    details: Any = (usage.raw or {}).get("completion_tokens_details")
    for name in _PREDICTED if isinstance(details, dict) else ():
        if whole(cast(JSONObject, details).get(name)):
            notes.dropped(f"usage.raw.completion_tokens_details.{name}", "counted as output, and not told apart")
