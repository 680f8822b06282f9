"""Cache marks, both ways: `cache_control` (routers) and `prompt_cache_breakpoint` (OpenAI). Floor 3; pure.

They mean the same: everything up to here may be kept. Lifetimes that a mark cannot say become the nearest longer one.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.openai_chat.message_types import CacheMark, said
from pontage.dialects.openai_chat.request_types import CacheOptions
from pontage.dialects.openai_chat.variant import Scope
from pontage.domain.parts import Cache, JSONObject

CONTROL: Final = "cache_control"
BREAKPOINT: Final = "prompt_cache_breakpoint"
OPTIONS: Final = "prompt_cache_options"
_LIFETIMES: Final = {  # what each can say, and for any other lifetime the nearest longer one
    CONTROL: {"5m": "5m", "1h": "1h", "30m": "1h", "12h": "1h", "24h": "1h"},
    BREAKPOINT: {"5m": "30m", "30m": "30m", "1h": "12h", "12h": "12h", "24h": "12h"},
    OPTIONS: {"5m": "30m", "30m": "30m", "1h": "30m", "12h": "30m", "24h": "30m"},
}


def decode_cache(mark: CacheMark | CacheOptions | None) -> tuple[Cache | None, JSONObject]:
    """What a mark means, and its fields without a canonical name."""
    if mark is None:
        return None, {}
    return Cache(said(mark.ttl)), mark.extra


def encode_cache(cache: Cache, where: str, scope: Scope) -> JSONObject:
    """The mark of a part or a tool as a field, or nothing with a note where the reader takes none."""
    extensions = scope.variant.extensions
    if extensions is not None and BREAKPOINT in extensions and not scope.own:
        return {BREAKPOINT: {"mode": "explicit", **_lifetime(cache, BREAKPOINT, where, scope)}}
    if scope.takes(CONTROL):
        return {CONTROL: {"type": "ephemeral", **_lifetime(cache, CONTROL, where, scope)}}
    scope.notes.dropped(where, "no cache marks here; the provider caches by itself")
    return {}


def encode_whole_cache(cache: Cache, scope: Scope) -> JSONObject:
    """The request's wish to have the whole prompt cached, as a field."""
    if scope.takes(OPTIONS):
        return {OPTIONS: {"mode": "implicit", **_lifetime(cache, OPTIONS, "cache", scope)}}
    if scope.takes(CONTROL):
        return {CONTROL: {"type": "ephemeral", **_lifetime(cache, CONTROL, "cache", scope)}}
    scope.notes.dropped("cache", "the provider caches by itself")
    return {}


def _lifetime(cache: Cache, kind: str, where: str, scope: Scope) -> JSONObject:
    if cache.ttl is None:
        return {}
    ttl = cache.ttl if scope.carried else _LIFETIMES[kind].get(cache.ttl, cache.ttl)
    if ttl != cache.ttl:
        scope.notes.approximated(f"{where}.ttl", f"kept for {ttl}")
    return {"ttl": ttl}
