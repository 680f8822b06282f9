"""What thinking does not go together with. Floor 3; pure.

For conversations that were not made for this format: a parameter that only fits without thinking would have the whole
request refused. Source: the vendor's page on extended thinking.
"""

from __future__ import annotations

from typing import Any, Final, cast

from pontage.dialects.notes import Notes
from pontage.domain.parts import JSONObject

_THOUGHTS: Final = ("thinking", "redacted_thinking")
_LEAST_TOP_P: Final = 0.95


def fit_thinking(said: JSONObject, notes: Notes) -> None:
    """Take out of the written request what contradicts its thinking, or the thinking itself, and note it.

    Thinking with a budget gives way to a forced tool, and to a tool loop whose own thinking is gone (it was another
    provider's): inside a loop it cannot be taken up again. Sampling gives way to thinking.
    """
    kind = _object(said.get("thinking")).get("type")
    if kind == "enabled":
        forced = _object(said.get("tool_choice")).get("type") in ("any", "tool")
        if forced or _is_inside_bare_loop(said.get("messages")):
            del said["thinking"]
            reason = "a forced tool" if forced else "a tool loop whose own thinking is gone"
            notes.approximated("reasoning", f"no thinking with {reason}")
            return
    if kind in ("enabled", "adaptive"):
        for name, fits in (("temperature", _is_one), ("top_p", _is_high), ("top_k", _never)):
            if name in said and not fits(said[name]):
                del said[name]
                notes.dropped(name, "not with thinking")


def leave_room(said: JSONObject, notes: Notes) -> None:
    """Add the budget of the thinking that is sent to a `max_tokens` it would use up."""
    thinking = _object(said.get("thinking"))
    if thinking.get("type") == "enabled" and said["max_tokens"] <= thinking["budget_tokens"]:
        said["max_tokens"] += thinking["budget_tokens"]
        notes.approximated("max_tokens", "the budget for thinking is added, so that the answer is not cut")


def _is_one(value: Any) -> bool:
    return value is None or value == 1


def _is_high(value: Any) -> bool:
    return not isinstance(value, int | float) or value >= _LEAST_TOP_P


def _never(value: Any) -> bool:
    return value is None


def _object(value: Any) -> JSONObject:
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _is_inside_bare_loop(turns: Any) -> bool:
    """Whether the last turn answers calls of an assistant's turn that does not begin with its thinking."""
    if not isinstance(turns, list) or len(cast(list[Any], turns)) < 2:
        return False
    calling, answering = (_kinds(turn) for turn in cast(list[Any], turns)[-2:])
    return "tool_result" in answering and "tool_use" in calling and calling[0] not in _THOUGHTS


def _kinds(turn: Any) -> list[Any]:
    """The types of a turn's blocks."""
    content = _object(turn).get("content")
    return [_object(block).get("type") for block in cast(list[Any], content)] if isinstance(content, list) else []
