"""Counts of several answers as one. Floor 1; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pontage.domain.chat import TokenUsage

COUNTS: Final = tuple(name for name in TokenUsage.__struct_fields__ if name not in ("service_tier", "raw"))
"""The fields of a usage that are counts."""


def summed(usages: Sequence[TokenUsage | None]) -> TokenUsage | None:
    """The counts that every answer tells, added up; None where one tells nothing. What they were served as is told
    where it was the same."""
    told = [usage for usage in usages if usage is not None]
    if len(told) < len(usages):
        return None
    counted: dict[str, Any] = {}
    for name in COUNTS:
        counts = [getattr(usage, name) for usage in told]
        counted[name] = None if None in counts else sum(counts)
    tiers = {usage.service_tier for usage in told}
    return TokenUsage(**counted, service_tier=tiers.pop() if len(tiers) == 1 else None)
