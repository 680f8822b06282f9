"""What a client of this format calls the fields of a request. Floor 3; data only."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pontage.dialects.wording import Words

WORDS: Final[Words] = MappingProxyType(
    {
        "messages": ("messages", "prompt"),
        "prefill": ("messages",),
        "max_tokens": ("options.num_predict",),
        "temperature": ("options.temperature",),
        "top_p": ("options.top_p",),
        "top_k": ("options.top_k",),
        "seed": ("options.seed",),
        "stop": ("options.stop",),
        "frequency_penalty": ("options.frequency_penalty",),
        "presence_penalty": ("options.presence_penalty",),
        "output": ("format",),
        "reasoning": ("think",),
    }
)
"""By canonical path; those that are named alike are left out."""
