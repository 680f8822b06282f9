"""Prompt-cache breakpoints, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Final

from pontage.dialects.anthropic_messages.blocks import CacheControl
from pontage.dialects.anthropic_messages.names import Scope
from pontage.domain.parts import Cache, JSONObject

_TIMES: Final = ("5m", "1h")


def read_cache(control: CacheControl | None, extra: JSONObject) -> Cache | None:
    """The breakpoint; what it says beyond its lifetime goes to `extra["cache_control"]`."""
    if control is None:
        return None
    if control.type != "ephemeral":
        extra["cache_control"] = {"type": control.type, **control.extra}
    elif control.extra:
        extra["cache_control"] = control.extra
    return Cache(control.ttl)


def write_cache(cache: Cache, scope: Scope, where: str) -> JSONObject:
    """The breakpoint on the wire: five minutes unless told; another length becomes an hour, and a note."""
    ttl = cache.ttl
    if ttl is not None and ttl not in _TIMES and not scope.own:
        scope.notes.approximated(f"{where}.ttl", "kept for one hour")
        ttl = "1h"
    return {"type": "ephemeral"} if ttl is None else {"type": "ephemeral", "ttl": ttl}
