"""What a writer must know of a value: whose it is, and where its losses are noted. Floor 2; pure."""

from __future__ import annotations

from typing import Any, cast

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject


class Scope(Struct, frozen=True, kw_only=True):
    """What every writer goes by; a format adds what it must know beside it.

    `own`: the value was read in the format that is written. `carried`: its `extra` and `Opaque` go along (it is own, or
    a user of the SDK wrote it on purpose). `answering`: it goes to a client, which takes every field and brings it
    back, and not to a provider.
    """

    notes: Notes
    own: bool
    carried: bool
    answering: bool = False


def is_from(origin: Origin | None, dialect: str) -> bool:
    """Whether a value of `origin` was read in this format."""
    return origin is not None and origin.dialect == dialect


def merge(said: JSONObject, extra: JSONObject) -> None:
    """Add to `said`, in place and level by level, the fields of `extra` that it does not say itself; lists that both
    have are joined."""
    for key, value in extra.items():
        present = said.get(key)
        if present is None:
            said[key] = value
        elif isinstance(present, dict) and isinstance(value, dict):
            said[key] = {**cast(JSONObject, present)}
            merge(said[key], cast(JSONObject, value))
        elif isinstance(present, list) and isinstance(value, list):
            said[key] = [*cast(list[Any], present), *cast(list[Any], value)]


def put_extra(said: JSONObject, extra: JSONObject, scope: Scope, where: str = "") -> None:
    """Write `extra` into `said` if it goes along, else note every field of it that says something."""
    if scope.carried:
        merge(said, extra)
    else:
        scope.notes.extras(extra, where)
