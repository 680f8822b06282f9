"""Why an answer ended, both ways. Floor 3; pure.

Servers disagree with themselves: calls in the message outweigh a plain `stop`, and so does a refusal.
"""

from __future__ import annotations

from typing import Final, Literal

from pontage.dialects.openai_chat.variant import Scope
from pontage.dialects.scope import put_extra
from pontage.domain.chat import Message, Stop
from pontage.domain.parts import JSONObject, Part, Refusal, ToolCall

_Reason = Literal[
    "stop", "stop_sequence", "length", "context_exceeded", "tool_calls",
    "content_filter", "refusal", "pause", "error", "other",
]  # fmt: skip
_REASONS: Final[dict[str | None, _Reason]] = {
    None: "stop",  # the answer is whole, and nothing else is said
    "": "stop",
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "model_length": "context_exceeded",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
    "insufficient_system_resource": "error",
}
_WORDS: Final[dict[str, str]] = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_exceeded": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "pause": "stop",
    "error": "stop",  # in their enumeration is no word for it, and strict clients refuse an unknown one
    "other": "stop",
}


def decode_stop(word: str | None, ended_by: str | int | None, parts: tuple[Part, ...]) -> Stop:
    """Why it ended. `ended_by` is vLLM's `stop_reason`: the stop string that was met, or the token."""
    reason = _REASONS.get(word, "other")
    if reason == "stop":
        if any(isinstance(part, ToolCall) for part in parts):
            reason = "tool_calls"
        elif any(isinstance(part, Refusal) for part in parts):
            reason = "refusal"
        elif isinstance(ended_by, str):
            reason = "stop_sequence"
    sequence = ended_by if isinstance(ended_by, str) else None
    extra: JSONObject = {"stop_reason": ended_by} if isinstance(ended_by, int) else {}
    return Stop(reason, raw=word or None, sequence=sequence, extra=extra)


def encode_stop(stop: Stop, message: Message, where: str, scope: Scope) -> JSONObject:
    """`finish_reason`, and `stop_reason` where a stop string was met. `where` is the stop's path."""
    again = decode_stop(stop.raw, stop.sequence, message.parts)
    if scope.own and again.reason == stop.reason:
        word = stop.raw
    else:
        word = _WORDS[stop.reason]
        if stop.reason == "refusal" and message.refusal is not None:
            word = "stop"
        if decode_stop(word, stop.sequence, message.parts).reason != stop.reason:
            scope.notes.approximated(f"{where}.reason", f"said as {word}")
    wire: JSONObject = {"finish_reason": word}
    if stop.sequence is not None:
        wire["stop_reason"] = stop.sequence
    put_extra(wire, stop.extra, scope, where)
    return wire
