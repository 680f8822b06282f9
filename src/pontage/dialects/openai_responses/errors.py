"""Where this format tells an error beside a failed request: in an answer, in a stream's event. Floor 3; pure."""

from __future__ import annotations

from typing import Any

from pontage.dialects.openai_errors import error_of
from pontage.domain.parts import JSONObject
from pontage.errors import PontageError


def error_of_answer(error: Any) -> PontageError:
    """The error of an answer that failed."""
    return error_of({"error": error})


def error_of_event(event: JSONObject) -> PontageError:
    """The error of a stream's error event, which tells it inside or beside its type."""
    return error_of(event if event.get("error") else {**event, "type": None})
