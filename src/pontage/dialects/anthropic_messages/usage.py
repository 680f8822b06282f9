"""Token counts, both ways. Floor 3; pure.

Here `input_tokens` is only what was neither read from a cache nor written to one, and `output_tokens` holds the
thinking. With compaction the top-level counts leave its own calls out: they are added from `iterations`. Calls of an
advisor are billed at another model's price and stay in `raw`. Source: the vendor's pages on usage and cost.
"""

from __future__ import annotations

from typing import Any, cast

from pontage.dialects.counts import note_uncounted, whole
from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject

_TIERS_IN = {"standard": "default"}
_TIERS_OUT = {"default": "standard"}
_ADDED = ("compaction",)
_COUNTS = ("input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "output", "reasoning")


def read_usage(raw: JSONObject | None) -> TokenUsage | None:
    """The disjoint buckets of a provider's record, which stays whole in `raw`."""
    if raw is None:
        return None
    counts = _read_counts(raw)
    for iteration in cast(list[Any], raw.get("iterations") or ()) if isinstance(raw.get("iterations"), list) else ():
        if isinstance(iteration, dict) and cast(JSONObject, iteration).get("type") in _ADDED:
            more = _read_counts(cast(JSONObject, iteration))
            counts = {name: _add(counts[name], more[name]) for name in _COUNTS}
    searches = _count(_object(raw, "server_tool_use"), "web_search_requests")
    return TokenUsage(**counts, web_searches=searches, service_tier=read_tier(raw), raw=raw)


def _read_counts(raw: JSONObject) -> dict[str, int | None]:
    written = _count(raw, "cache_creation_input_tokens")
    split = _object(raw, "cache_creation")
    five, hour = _count(split, "ephemeral_5m_input_tokens"), _count(split, "ephemeral_1h_input_tokens")
    other: int | None = None
    if five is None and hour is None:
        five = written  # the usual lifetime, where none is told
    elif written is not None and written > (five or 0) + (hour or 0):
        other = written - (five or 0) - (hour or 0)
    output, reasoning = _count(raw, "output_tokens"), _count(_object(raw, "output_tokens_details"), "thinking_tokens")
    if output is not None and reasoning is not None:
        reasoning = min(reasoning, output)
        output -= reasoning
    return {
        "input": _count(raw, "input_tokens"),
        "cache_read": _count(raw, "cache_read_input_tokens"),
        "cache_write": other,
        "cache_write_5m": five,
        "cache_write_1h": hour,
        "output": output,
        "reasoning": reasoning,
    }


def _object(raw: JSONObject, name: str) -> JSONObject:
    value = raw.get(name)
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _count(raw: JSONObject, name: str) -> int | None:
    return whole(raw.get(name))


def _add(one: int | None, two: int | None) -> int | None:
    return two if one is None else one + (two or 0)


def merge_usage(before: JSONObject | None, after: JSONObject | None) -> JSONObject | None:
    """Cumulative counts of a stream: what is told replaces, what is absent or null keeps the old value."""
    if before is None or after is None:
        return before if after is None else after
    return {**before, **{name: value for name, value in after.items() if value is not None or name not in before}}


def read_tier(raw: JSONObject | None) -> str | None:
    """The service tier the answer was made with."""
    tier = raw.get("service_tier") if raw is not None else None
    return _TIERS_IN.get(tier, tier) if isinstance(tier, str) else None


def write_usage(
    usage: TokenUsage | None, tier: str | None, own: bool, notes: Notes, *, sure: bool = True
) -> JSONObject:
    """The record for a client. An own one stands as it was while its counts are unchanged. `sure`: all counts that
    will ever be told are there; else (a stream begins) nothing is noted."""
    if usage is not None and own and usage.raw is not None and read_usage(usage.raw) == usage:
        return {**usage.raw}
    if not sure:
        notes = Notes()
    if usage is None:
        usage = TokenUsage()
        notes.injected("usage", "counts are demanded here, but were not told")
    else:
        for name, total in (("input", usage.total_input), ("output", usage.total_output)):
            if total is None:
                notes.injected(f"usage.{name}", "a count is demanded here, but was not told")
    said: JSONObject = {
        "input_tokens": (usage.input or 0) + (usage.input_audio or 0),
        "cache_creation_input_tokens": _sum(usage.cache_write, usage.cache_write_5m, usage.cache_write_1h),
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": (usage.output or 0) + (usage.reasoning or 0) + (usage.output_audio or 0),
    }
    if usage.cache_write_5m is not None or usage.cache_write_1h is not None:
        said["cache_creation"] = {
            "ephemeral_5m_input_tokens": usage.cache_write_5m or 0,
            "ephemeral_1h_input_tokens": usage.cache_write_1h or 0,
        }
    if usage.reasoning is not None:
        said["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    if usage.web_searches is not None:
        said["server_tool_use"] = {"web_search_requests": usage.web_searches}
    if tier is not None:
        said["service_tier"] = _TIERS_OUT.get(tier, tier)
    note_uncounted(usage, notes)
    if usage.cache_write and "cache_creation" not in said:
        notes.approximated("usage.cache_write", "read here as kept for five minutes")
    for name in ("input_audio", "output_audio"):
        if getattr(usage, name):
            notes.approximated(f"usage.{name}", "counted among the text")
    return said


def _sum(*counts: int | None) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
