"""What a client of this format calls the fields of a request. Floor 3; data only."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pontage.dialects.wording import Words

WORDS: Final[Words] = MappingProxyType(
    {
        "parallel_tools": ("tool_choice",),
        "stop": ("stop_sequences",),
        "output": ("output_config", "output_format"),
        "reasoning": ("thinking", "output_config"),
        "reasoning.effort": ("output_config",),
        "user": ("metadata",),
        "cache": ("cache_control",),
        "prefill": ("messages",),
    }
)
"""By canonical path; those that are named alike are left out."""
