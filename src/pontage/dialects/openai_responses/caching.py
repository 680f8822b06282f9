"""Prompt-cache breakpoints and wishes, both ways. Floor 3; pure.

Lifetimes that cannot be said become the nearest longer one, with a note.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.openai_responses.item_types import Breakpoint
from pontage.dialects.openai_responses.names import Scope
from pontage.dialects.openai_responses.types import CacheOptions
from pontage.domain.parts import Cache, JSONObject

BREAKPOINT: Final = "prompt_cache_breakpoint"
OPTIONS: Final = "prompt_cache_options"
_LIFETIMES: Final = {"5m": "30m", "30m": "30m", "1h": "12h", "12h": "12h", "24h": "12h"}


def read_cache(mark: Breakpoint | None, extra: JSONObject) -> Cache | None:
    """The breakpoint; what it says beyond its lifetime goes to `extra`."""
    if mark is None:
        return None
    if mark.mode != "explicit":
        extra[BREAKPOINT] = {"mode": mark.mode, **mark.extra}
    elif mark.extra:
        extra[BREAKPOINT] = mark.extra
    return Cache(mark.ttl)


def write_breakpoint(cache: Cache, scope: Scope, where: str) -> JSONObject:
    """The breakpoint as a field, or nothing with a note where the reader takes none."""
    if not (scope.cache_marks or scope.carried):
        scope.notes.dropped(where, "the provider caches by itself")
        return {}
    return {BREAKPOINT: {"mode": "explicit", **_lifetime(cache, scope, where)}}


def read_options(options: CacheOptions | None, extra: JSONObject) -> Cache | None:
    """The wish to cache the whole prompt; options that say something else stay in `extra`, whole."""
    if options is None:
        return None
    if options.mode == "explicit":
        ttl = {} if options.ttl is None else {"ttl": options.ttl}
        extra[OPTIONS] = {"mode": options.mode, **ttl, **options.extra}
        return None
    if options.extra:
        extra[OPTIONS] = options.extra
    return Cache(options.ttl)


def write_options(cache: Cache, scope: Scope) -> JSONObject:
    """The wish as a field, or nothing with a note where the reader takes none."""
    if not (scope.cache_marks or scope.carried):
        scope.notes.dropped("cache", "the provider caches by itself")
        return {}
    return {OPTIONS: {"mode": "implicit", **_lifetime(cache, scope, "cache")}}


def _lifetime(cache: Cache, scope: Scope, where: str) -> JSONObject:
    if cache.ttl is None:
        return {}
    ttl = cache.ttl if scope.carried else _LIFETIMES.get(cache.ttl, cache.ttl)
    if ttl != cache.ttl:
        scope.notes.approximated(f"{where}.ttl", f"kept for {ttl}")
    return {"ttl": ttl}
