"""Floor 3. Token counts: Google's overlapping ones, and the disjoint buckets.

`promptTokenCount` contains the cached tokens but not those of tool use; `candidatesTokenCount` does not contain the
thoughts; `totalTokenCount` is prompt, tool use, candidates and thoughts. A count that is 0 is left out on the wire.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from pontage.dialects.counts import note_uncounted, whole
from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

_MODALITIES: Final = {1: "TEXT", 2: "IMAGE", 3: "VIDEO", 4: "AUDIO", 5: "DOCUMENT"}
_TIERS: Final = {"standard": "default"}
_WIRE_TIERS: Final = {"default": "standard"}


def read_usage(told: JSONObject, searches: int | None = None) -> TokenUsage:
    """The buckets of a `usageMetadata`. Counts that contradict each other are clamped at 0."""
    prompt, output = _count(told, "promptTokenCount"), _count(told, "candidatesTokenCount")
    cached, thoughts = _count(told, "cachedContentTokenCount"), _count(told, "thoughtsTokenCount")
    tools, total = _count(told, "toolUsePromptTokenCount"), _count(told, "totalTokenCount")
    if output is None and prompt is not None and total is not None:
        output = max(0, total - prompt - (tools or 0) - (thoughts or 0))
    sound_in = _audio(told, "promptTokensDetails") + _audio(told, "toolUsePromptTokensDetails")
    sound_in = max(0, sound_in - _audio(told, "cacheTokensDetails"))
    sound_out = _audio(told, "candidatesTokensDetails")
    incoming = None
    if prompt is not None or tools is not None:
        incoming = max(0, (prompt or 0) - (cached or 0) + (tools or 0) - sound_in)
    return TokenUsage(
        input=incoming,
        cache_read=cached,
        input_audio=sound_in or None,
        output=None if output is None else max(0, output - sound_out),
        output_audio=sound_out or None,
        reasoning=thoughts,
        web_searches=searches,
        service_tier=read_tier(told),
        raw=told,
    )


def read_tier(told: JSONObject) -> str | None:
    """The service tier that a `usageMetadata` tells."""
    tier = told.get("serviceTier")
    return _TIERS.get(tier.lower(), tier.lower()) if isinstance(tier, str) else None


def count_searches(grounding: Any) -> int | None:
    """How many searches a `groundingMetadata` tells of; None when it tells nothing."""
    if not isinstance(grounding, dict):
        return None
    queries: Any = cast(JSONObject, grounding).get("webSearchQueries")
    return sum(1 for query in cast(list[Any], queries) if query) if isinstance(queries, list) else None


def write_usage(usage: TokenUsage | None, tier: str | None, notes: Notes, *, mine: bool) -> JSONObject | None:
    """The `usageMetadata` of these counts: Google's own record where they were read from it and not edited."""
    if usage is None:
        return {"serviceTier": _WIRE_TIERS.get(tier, tier)} if tier is not None else None
    if mine and usage.raw is not None and read_usage(usage.raw, usage.web_searches) == usage:
        told = dict(usage.raw)
    else:
        told = _counts(usage, notes)
    if tier is not None and read_tier(told) != tier:
        told["serviceTier"] = _WIRE_TIERS.get(tier, tier)
    return told


def _counts(usage: TokenUsage, notes: Notes) -> JSONObject:
    written = {name: getattr(usage, name) for name in ("cache_write", "cache_write_5m", "cache_write_1h")}
    for name, value in written.items():
        if value:
            notes.approximated(f"usage.{name}", "counted with the prompt: nothing is written to caches here")
    note_uncounted(usage, notes)
    if usage.web_searches:
        notes.dropped("usage.web_searches", "not counted by this format")
    told: JSONObject = {}
    if usage.total_input is not None:
        told["promptTokenCount"] = usage.total_input
    if usage.cache_read is not None:
        told["cachedContentTokenCount"] = usage.cache_read
    if usage.output is not None or usage.output_audio is not None:
        told["candidatesTokenCount"] = (usage.output or 0) + (usage.output_audio or 0)
    if usage.reasoning is not None:
        told["thoughtsTokenCount"] = usage.reasoning
    if usage.total is not None:
        told["totalTokenCount"] = usage.total
    if usage.input_audio:
        told["promptTokensDetails"] = [{"modality": "AUDIO", "tokenCount": usage.input_audio}]
    if usage.output_audio:
        told["candidatesTokensDetails"] = [{"modality": "AUDIO", "tokenCount": usage.output_audio}]
    return told


def _count(told: JSONObject, name: str) -> int | None:
    return whole(told.get(name))


def _audio(told: JSONObject, name: str) -> int:
    details: Any = told.get(name)
    if not isinstance(details, list):
        return 0
    found = 0
    for detail in cast(list[Any], details):
        if isinstance(detail, dict):
            fields = cast(JSONObject, detail)
            modality: Any = fields.get("modality")
            if modality == "AUDIO" or (isinstance(modality, int) and _MODALITIES.get(modality) == "AUDIO"):
                found += _count(fields, "tokenCount") or 0
    return found


class _Glimpse(msgspec.Struct, rename="camel"):
    usage_metadata: JSONObject | None = None
    candidates: list[Any] | None = None


_GLIMPSE = msgspec.json.Decoder(_Glimpse)


def usage_of(body: bytes) -> TokenUsage | None:
    """What a whole answer says it used, or None when it tells nothing. Raises ProtocolError when it is not JSON."""
    try:
        glimpse = _GLIMPSE.decode(body)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is not JSON: {error}") from None
    if glimpse.usage_metadata is None:
        return None
    return read_usage(glimpse.usage_metadata, sum_searches(glimpse.candidates or ()))


def sum_searches(candidates: Any) -> int | None:
    """The searches of all candidates, as decoded JSON; None when none tells of any."""
    counts = [
        count
        for candidate in candidates
        if isinstance(candidate, dict)
        and (count := count_searches(cast(JSONObject, candidate).get("groundingMetadata"))) is not None
    ]
    return sum(counts) if counts else None
