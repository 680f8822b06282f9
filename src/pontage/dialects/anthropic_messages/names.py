"""What every room of this format shares: its name, its signature family, whose a value is. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject

NAME: Final = "anthropic_messages"
"""The name of this format."""

FAMILY: Final = "anthropic"
"""The family of providers whose signatures stand in this format as they are."""


class Scope(Struct, frozen=True):
    """What a writer must know of the value it writes: whose it is, and where its losses are noted.

    `own`: it was read in this format. `carried`: its `extra` and `Opaque` go along (it is own, or a user of the SDK
    wrote it on purpose). `family` made its signatures; `signed`: they go along as they are. `spoken`: it stands in a
    turn of the assistant. `answering`: it goes to a client, which tolerates what the provider would refuse.
    """

    notes: Notes
    own: bool
    carried: bool
    family: str | None
    signed: bool
    spoken: bool = False
    answering: bool = False


def scope_of(origin: Origin | None, family: str | None, notes: Notes, *, spoken: bool = False) -> Scope:
    """The scope of a value of `origin` that is written to a provider of `family`."""
    own = is_own(origin)
    made_by = origin.family if origin is not None else None
    return Scope(notes, own, own or origin is None, made_by, origin is not None and made_by == family, spoken)


def is_own(origin: Origin | None) -> bool:
    """Whether a value of `origin` was read in this format."""
    return origin is not None and origin.dialect == NAME


def merge(said: JSONObject, extra: JSONObject) -> None:
    """Add to `said`, in place and level by level, the fields of `extra` that it does not say itself."""
    for key, value in extra.items():
        if key not in said:
            said[key] = value
        elif isinstance(said[key], dict) and isinstance(value, dict):
            said[key] = {**cast(JSONObject, said[key])}
            merge(said[key], cast(JSONObject, value))


def put_extra(said: JSONObject, extra: JSONObject, scope: Scope, where: str = "") -> None:
    """Write `extra` into `said` if it goes along, else note every field of it that says something."""
    if not extra:
        return
    if scope.carried:
        merge(said, extra)
    else:
        scope.notes.extras((name for name, value in extra.items() if not _is_empty(value)), where)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, dict | list | str) and not value)
