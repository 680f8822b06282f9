"""Token counts, both ways. Floor 3; pure.

Totals hold their parts: cached and written tokens are inside `input_tokens`, reasoning is inside `output_tokens`.
Searches of the web are counted beside, in `tool_usage`.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.dialects.counts import note_uncounted, whole
from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

TOOL_USAGE: Final = "tool_usage"
"""The answer's field for what the provider's tools used."""
_SEARCH: Final = "web_search"
_REQUESTS: Final = "num_requests"


class _Told(Struct):
    error: None = None  # else it is no answer
    usage: JSONObject | None = None
    tool_usage: JSONObject | None = None
    service_tier: Any = None


_TOLD: Final = msgspec.json.Decoder(_Told)


def usage_of(body: bytes) -> TokenUsage | None:
    """The counts in a whole answer; None when none are told. Raises ProtocolError when the body is not JSON."""
    try:
        told = _TOLD.decode(body)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is not JSON: {error}") from None
    return read_usage(told.usage, told.tool_usage, told.service_tier)


def read_usage(raw: JSONObject | None, tools: JSONObject | None, tier: Any = None) -> TokenUsage | None:
    """The disjoint buckets of a provider's record, which stays whole in `raw`. `tier`: the `service_tier` beside it."""
    tier = tier if isinstance(tier, str) else None
    searches = _count(_inner(tools or {}, _SEARCH), _REQUESTS)
    if not raw:
        return None if searches is None else TokenUsage(web_searches=searches, service_tier=tier)
    before, after = _inner(raw, "input_tokens_details"), _inner(raw, "output_tokens_details")
    asked, told = _count(raw, "input_tokens"), _count(raw, "output_tokens")
    cached, written = _count(before, "cached_tokens"), _count(before, "cache_write_tokens")
    reasoning = _count(after, "reasoning_tokens")
    if told is not None and reasoning is not None:
        reasoning = min(reasoning, told)
    return TokenUsage(
        input=None if asked is None else max(0, asked - (cached or 0) - (written or 0)),
        cache_read=cached,
        cache_write=written,
        output=None if told is None else told - (reasoning or 0),
        reasoning=reasoning,
        web_searches=searches,
        service_tier=tier,
        raw=raw,
    )


def rest_of_tools(tools: JSONObject | None) -> JSONObject | None:
    """What the tools used beside searches of the web; None where that is nothing."""
    if tools is None:
        return None
    search = {key: value for key, value in _inner(tools, _SEARCH).items() if key != _REQUESTS}
    rest = {**tools, _SEARCH: search}
    return {key: value for key, value in rest.items() if _says(value)} or None


def _says(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_says, cast(JSONObject, value).values()))
    return bool(value)


def write_usage(usage: TokenUsage | None, own: bool, notes: Notes) -> tuple[JSONObject | None, JSONObject | None]:
    """`usage` and `tool_usage` for a client. An own record stands as it was while its counts are unchanged."""
    if usage is None:
        return None, None
    tools = None if usage.web_searches is None else {_SEARCH: {_REQUESTS: usage.web_searches}}
    if own and read_usage(usage.raw, tools, usage.service_tier) == usage:
        return usage.raw, tools
    for name, total in (("input", usage.total_input), ("output", usage.total_output)):
        if total is None:
            notes.injected(f"usage.{name}", "a count is demanded here, but was not told")
    writes = [count for count in (usage.cache_write, usage.cache_write_5m, usage.cache_write_1h) if count is not None]
    for name in ("cache_write_5m", "cache_write_1h"):
        if getattr(usage, name):
            notes.approximated(f"usage.{name}", "written tokens are told without a lifetime")
    for name in ("input_audio", "output_audio"):
        if getattr(usage, name):
            notes.approximated(f"usage.{name}", "counted among the text")
    note_uncounted(usage, notes)
    asked, told = usage.total_input or 0, usage.total_output or 0
    said: JSONObject = {"input_tokens": asked, "output_tokens": told, "total_tokens": asked + told}
    before = {"cached_tokens": usage.cache_read or 0}  # clients demand it, and the count of reasoning
    said["input_tokens_details"] = {**before, "cache_write_tokens": sum(writes)} if writes else before
    said["output_tokens_details"] = {"reasoning_tokens": usage.reasoning or 0}
    return said, tools


def _inner(holder: JSONObject, name: str) -> JSONObject:
    value: Any = holder.get(name)
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _count(holder: JSONObject, name: str) -> int | None:
    return whole(holder.get(name))
