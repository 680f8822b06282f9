"""Token counts, both ways. Floor 3; pure.

The format's totals include their parts: cached and written tokens are inside `prompt_tokens`, reasoning is inside
`completion_tokens`. Not with every server: where the grand total exceeds the sum of the two, reasoning came on top;
where more is cached than prompted, the cache is outside. The counts themselves say so; no server's name is needed.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import Struct

from pontage.dialects.counts import whole
from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError


class _Head(Struct):
    """What is read of a body that is an answer: it reports no error."""

    error: None = None
    usage: JSONObject | None = None
    service_tier: Any = None


_HEAD = msgspec.json.Decoder(_Head)
_SECONDS = "prompt_audio_seconds"


def usage_of(body: bytes) -> TokenUsage | None:
    """What a whole answer used, read without the rest of it; None where it does not say, or is no answer.

    Raises ProtocolError when the body is not JSON.
    """
    try:
        head = _HEAD.decode(body)
        return decode_usage(head.usage, head.service_tier)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is not JSON: {error}") from None


def decode_usage(raw: JSONObject | None, tier: Any = None) -> TokenUsage | None:
    """The disjoint buckets of a `usage` object; None where there is none. `tier`: the `service_tier` beside it, which
    some tell within."""
    if not raw:
        return None
    prompt, completion = _count(raw, "prompt_tokens"), _count(raw, "completion_tokens")
    before = _inner(raw, "prompt_tokens_details") or _inner(raw, "prompt_token_details")  # Mistral has said both
    after = _inner(raw, "completion_tokens_details")
    cached = _first(
        _count(before, "cached_tokens"),
        _count(raw, "num_cached_tokens"),
        _count(raw, "prompt_cache_hit_tokens"),
        _count(raw, "cached_tokens"),
        _count(raw, "cache_read_input_tokens"),
    )
    written = _first(_count(before, "cache_write_tokens"), _count(raw, "cache_creation_input_tokens"))
    lifetimes = _inner(raw, "cache_creation")
    short, long = _count(lifetimes, "ephemeral_5m_input_tokens"), _count(lifetimes, "ephemeral_1h_input_tokens")
    told = (short or 0) + (long or 0)
    cached = _read_once(cached, max(written or 0, told), prompt)
    heard, spoken = _count(before, "audio_tokens"), _count(after, "audio_tokens")
    reasoning, output = _generated(raw, completion, after, spoken)
    tier = tier or raw.get("service_tier")
    return TokenUsage(
        input=None if prompt is None else _uncached(prompt, cached or 0, max(written or 0, told), heard or 0),
        cache_read=cached,
        cache_write=_beyond(written, told),
        cache_write_5m=short if told else None,
        cache_write_1h=long if told else None,
        input_audio=heard,
        output=output,
        reasoning=reasoning,
        output_audio=spoken,
        web_searches=_first(
            _count(_inner(raw, "server_tool_use_details"), "web_search_requests"), _count(raw, "num_search_queries")
        ),
        audio_seconds=_count(raw, _SECONDS),
        service_tier=tier if isinstance(tier, str) else None,
        raw=raw,
    )


def usage_apart(fields: JSONObject) -> JSONObject | None:
    """The usage that a chunk tells inside a field of its server's own: `{whatever: {usage: {...}}}`."""
    for value in fields.values():
        if isinstance(value, dict):
            usage: Any = cast(JSONObject, value).get("usage")
            if isinstance(usage, dict) and usage:
                return cast(JSONObject, usage)
    return None


def _read_once(cached: int | None, written: int, prompt: int | None) -> int | None:
    """The tokens read from a cache without those that are counted as written as well, as some routers do: the dearer
    of the two prices is the one that was paid."""
    if cached is None or prompt is None or cached > prompt or cached + written <= prompt:
        return cached
    return max(0, prompt - written)


def _uncached(prompt: int, cached: int, written: int, heard: int) -> int:
    """What of the prompt is in no other bucket. A cache or sound larger than the prompt is counted beside it."""
    inside = written + (cached if cached <= prompt else 0) + (heard if heard <= prompt else 0)
    return max(0, prompt - inside)


def _beyond(written: int | None, told: int) -> int | None:
    """The written tokens whose lifetime is not told."""
    if written is None or not told:
        return written
    return written - told if written > told else None


def _generated(
    raw: JSONObject, completion: int | None, after: JSONObject, spoken: int | None
) -> tuple[int | None, int | None]:
    """The tokens of thinking and of text."""
    reasoning = _first(_count(after, "reasoning_tokens"), _count(raw, "reasoning_tokens"))
    if completion is None:
        return reasoning, None
    prompt, total = _count(raw, "prompt_tokens"), _count(raw, "total_tokens")
    excess = total - prompt - completion if total is not None and prompt is not None else 0
    heard = _count(_inner(raw, "prompt_tokens_details"), "audio_tokens") or 0
    if prompt is not None and heard > prompt:  # counted beside the prompt
        excess -= heard
    quoted = _count(raw, "citation_tokens")  # billed as output, on top like the reasoning beside it
    if excess > 0 or quoted is not None:
        reasoning = reasoning if reasoning or excess <= 0 else excess
        return reasoning, max(0, completion - (spoken or 0)) + (quoted or 0)
    reasoning = None if reasoning is None else min(reasoning, completion)
    return reasoning, max(0, completion - (reasoning or 0) - (spoken or 0))


def encode_usage(usage: TokenUsage, own: bool, notes: Notes) -> JSONObject:
    """The `usage` object: the server's own record where it was this format's and still says the same."""
    if own and usage.raw is not None and decode_usage(usage.raw, usage.service_tier) == usage:
        return usage.raw
    prompt, completion = usage.total_input, usage.total_output
    if prompt is None:
        notes.injected("usage.input", "not told; the format demands a number")
    if completion is None:
        notes.injected("usage.output", "not told; the format demands a number")
    wire: JSONObject = {
        "prompt_tokens": prompt or 0,
        "completion_tokens": completion or 0,
        "total_tokens": (prompt or 0) + (completion or 0),
    }
    writes = [count for count in (usage.cache_write, usage.cache_write_5m, usage.cache_write_1h) if count is not None]
    before = {
        "cached_tokens": usage.cache_read,
        "cache_write_tokens": sum(writes) if writes else None,
        "audio_tokens": usage.input_audio,
    }
    after = {"reasoning_tokens": usage.reasoning, "audio_tokens": usage.output_audio}
    lifetimes = {
        "ephemeral_5m_input_tokens": usage.cache_write_5m,
        "ephemeral_1h_input_tokens": usage.cache_write_1h,
    }
    searches = {"web_search_requests": usage.web_searches}
    for name, counts in (
        ("prompt_tokens_details", before),
        ("completion_tokens_details", after),
        ("cache_creation", lifetimes),
        ("server_tool_use_details", searches),
    ):
        known = {key: count for key, count in counts.items() if count is not None}
        if known:
            wire[name] = known
    if usage.audio_seconds is not None:
        wire[_SECONDS] = usage.audio_seconds
    return wire


def _count(holder: JSONObject, name: str) -> int | None:
    return whole(holder.get(name))


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


def _inner(holder: JSONObject, name: str) -> JSONObject:
    value: Any = holder.get(name)
    return cast(JSONObject, value) if isinstance(value, dict) else {}
