"""What a client of this format calls the fields of a request. Floor 3; data only."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pontage.dialects.wording import Words

WORDS: Final[Words] = MappingProxyType(
    {
        "parallel_tools": ("parallel_tool_calls",),
        "max_tokens": ("max_completion_tokens", "max_tokens"),
        "output": ("response_format",),
        "reasoning": ("reasoning_effort", "reasoning", "thinking"),
        "user": ("safety_identifier", "user"),
        "cache": ("cache_control", "prompt_cache_options"),
        "cache_key": ("prompt_cache_key",),
        "prefill": ("messages",),
    }
)
"""By canonical path; those that are named alike are left out."""
