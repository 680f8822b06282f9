"""What a client of this format calls the fields of a request. Floor 3; data only."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pontage.dialects.wording import Words

WORDS: Final[Words] = MappingProxyType(
    {
        "messages": ("contents",),
        "prefill": ("contents",),
        "tool_choice": ("toolConfig",),
        "max_tokens": ("generationConfig.maxOutputTokens",),
        "temperature": ("generationConfig.temperature",),
        "top_p": ("generationConfig.topP",),
        "top_k": ("generationConfig.topK",),
        "frequency_penalty": ("generationConfig.frequencyPenalty",),
        "presence_penalty": ("generationConfig.presencePenalty",),
        "stop": ("generationConfig.stopSequences",),
        "seed": ("generationConfig.seed",),
        "n": ("generationConfig.candidateCount",),
        "logprobs": ("generationConfig.responseLogprobs",),
        "top_logprobs": ("generationConfig.logprobs",),
        "output": ("generationConfig.responseMimeType",),
        "reasoning": ("generationConfig.thinkingConfig",),
        "modalities": ("generationConfig.responseModalities",),
        "metadata": ("labels",),
        "service_tier": ("serviceTier",),
    }
)
"""By canonical path; those that are named alike are left out."""
