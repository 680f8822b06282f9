"""What every room of this format shares: its name, its signature family, whose a value is. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject, Part

NAME: Final = "cohere_chat"
"""The name of this format."""

FAMILY: Final[str | None] = None
"""Nothing is signed in this format."""

CLIENT: Final = Origin(NAME, FAMILY)
"""The origin of what a client of this format says."""


class Scope(Struct, frozen=True):
    """What a writer must know of the value it writes: whose it is, and where its losses are noted.

    `own`: it was read in this format. `carried`: its `extra` and `Opaque` go along (it is own, or a user of the SDK
    wrote it on purpose). `answering`: it goes to a client, not to a provider.
    """

    notes: Notes
    own: bool
    carried: bool
    answering: bool = False


def scope_of(origin: Origin | None, notes: Notes, *, answering: bool = False) -> Scope:
    """The scope of a value of `origin`."""
    own = is_own(origin)
    return Scope(notes, own, own or origin is None, answering)


def is_own(origin: Origin | None) -> bool:
    """Whether a value of `origin` was read in this format."""
    return origin is not None and origin.dialect == NAME


def is_empty(value: Any) -> bool:
    """Whether a field with this value says nothing."""
    return value is None or (isinstance(value, dict | list | str) and not value)


def merge(said: JSONObject, extra: JSONObject) -> None:
    """Add to `said`, in place and level by level, the fields of `extra` that it does not say itself."""
    for key, value in extra.items():
        if key not in said:
            said[key] = value
        elif isinstance(said[key], dict) and isinstance(value, dict):
            said[key] = {**cast(JSONObject, said[key])}
            merge(said[key], cast(JSONObject, value))
        elif isinstance(said[key], list) and isinstance(value, list):
            said[key] = [*cast(list[Any], said[key]), *cast(list[Any], value)]


def put_extra(said: JSONObject, extra: JSONObject, scope: Scope, where: str = "") -> None:
    """Write `extra` into `said` if it goes along, else note every field of it that says something."""
    if not extra:
        return
    if scope.carried:
        merge(said, extra)
    else:
        scope.notes.extras((name for name, value in extra.items() if not is_empty(value)), where)


def forfeit(part: Part, scope: Scope, where: str) -> None:
    """Note what no part can have in this format: a cache breakpoint, a signature."""
    if part.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no cache breakpoints here")
    if part.signature is not None:
        scope.notes.dropped(f"{where}.signature", "nothing is signed here")
