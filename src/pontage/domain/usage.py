"""Counts of several answers as one. Floor 1; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pontage.domain.chat import TokenUsage

_COUNTS: Final = tuple(name for name in TokenUsage.__struct_fields__ if name != "raw")


def summed(usages: Sequence[TokenUsage | None]) -> TokenUsage | None:
    """The counts that every answer tells, added up; None where one tells nothing."""
    told = [usage for usage in usages if usage is not None]
    if len(told) < len(usages):
        return None
    counted: dict[str, Any] = {}
    for name in _COUNTS:
        counts = [getattr(usage, name) for usage in told]
        counted[name] = None if None in counts else sum(counts)
    return TokenUsage(**counted)
