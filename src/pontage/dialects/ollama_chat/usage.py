"""Token counts, both ways. Floor 3; pure.

`prompt_eval_count` is all that was read, as there is no count of what came from a cache (and it may be missing when all
did); `eval_count` is all that was written, thinking included.
"""

from __future__ import annotations

from typing import Any, Final

from pontage.dialects.counts import note_uncounted, whole
from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.names import told
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject

_AMONG_INPUT: Final = ("cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "input_audio")
_AMONG_OUTPUT: Final = ("reasoning", "output_audio")


def read_usage(read: Any, written: Any) -> TokenUsage | None:
    """The canonical counts of these two; None when neither is told."""
    raw = told(prompt_eval_count=read, eval_count=written)
    return TokenUsage(input=whole(read), output=whole(written), raw=raw) if raw else None


def write_usage(usage: TokenUsage | None, own: bool, notes: Notes) -> JSONObject:
    """The counts for a client. Own ones stand as they were while they are unchanged."""
    if usage is None:
        return {}
    raw = usage.raw
    if own and raw is not None and read_usage(raw.get("prompt_eval_count"), raw.get("eval_count")) == usage:
        return {**raw}
    if usage.total is None and not usage.web_searches:
        notes.dropped("usage", "it holds no count")
    for names, place in ((_AMONG_INPUT, "prompt_eval_count"), (_AMONG_OUTPUT, "eval_count")):
        for name in names:
            if getattr(usage, name):
                notes.approximated(f"usage.{name}", f"counted within {place}")
    note_uncounted(usage, notes)
    if usage.web_searches:
        notes.dropped("usage.web_searches", "not counted here")
    return told(prompt_eval_count=usage.total_input, eval_count=usage.total_output)
