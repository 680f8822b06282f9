"""What a client of this format calls the fields of a request. Floor 3; data only."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pontage.dialects.wording import Words

WORDS: Final[Words] = MappingProxyType(
    {
        "top_p": ("p",),
        "top_k": ("k",),
        "stop": ("stop_sequences",),
        "output": ("response_format",),
        "reasoning": ("thinking",),
        "prefill": ("messages",),
    }
)
"""By canonical path; those that are named alike are left out."""
