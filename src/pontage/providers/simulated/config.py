"""The simulated provider's models: what each does. Floor 4; data only."""

from __future__ import annotations

from collections.abc import Mapping

from pontage.providers.base import ModelInfo, ProviderConfig

PREFIX = "[simulated]"
"""Every text it says begins with this."""

MODELS: Mapping[str, str] = {
    "chat": "answers every prompt with a text about it; calls a tool when one must be called",
    "echo": "says the last user message back",
    "tools": "calls the tools it is given, `count` of them in parallel (default 1), arguments fitting their schemas",
    "reasoning": "thinks aloud, then answers",
    "slow": "waits `delay` seconds (default 0.25) before each piece",
    "refusal": "declines",
    "length": "stops at the output limit",
    "flaky": "fails with 503 in `rate` of the calls (default 0.3), in a fixed sequence",
    "401": "fails: the key is not valid",
    "404": "fails: no such model",
    "429": "fails: rate limited, `retry_after` seconds (default 1)",
    "500": "fails: internal error",
    "overloaded": "fails: overloaded (529)",
    "context": "fails: the context window is exceeded",
    "timeout": "never answers",
    "cut-stream": "streams half an answer, then the connection is gone",
    "error-in-stream": "streams half an answer, then an error event",
    "stall": "streams half an answer, then nothing more",
}

CONFIG = ProviderConfig(
    provider_type="simulated",
    title="Simulated",
    base_url="simulated://built-in",
    endpoints=(),
    needs_key=False,
    models=tuple(ModelInfo(id=name, title=does) for name, does in MODELS.items()),
    families=tuple(f"{name}[?]*" for name in MODELS),
    simulated=True,
)
