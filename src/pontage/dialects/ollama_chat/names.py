"""What every room of this format shares: its names, whose a value is, where fields without a name go. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject

NAME: Final = "ollama_chat"
"""The name of this format: conversations, `POST /api/chat`."""

GENERATE: Final = "ollama_generate"
"""The name of its second form: one prompt, `POST /api/generate`."""

FAMILY: Final = None
"""Nothing is signed here: there is no family whose signatures would be taken."""

_FORMS: Final = (NAME, GENERATE)


class Scope(Struct, frozen=True):
    """What a writer must know of the value it writes: whose it is, and where its losses are noted.

    `own`: it was read in the form that is written. `carried`: its `extra` goes along (it was read in one of the two
    forms, or a user of the SDK wrote it on purpose). `answering`: it goes to a client.
    """

    notes: Notes
    own: bool
    carried: bool
    answering: bool = False


def scope_of(origin: Origin | None, form: str, notes: Notes, *, answering: bool = False) -> Scope:
    """The scope of a value of `origin` that is written in `form`."""
    carried = origin is None or origin.dialect in _FORMS
    return Scope(notes, origin is not None and origin.dialect == form, carried, answering)


def told(**fields: Any) -> JSONObject:
    """Those fields that are not null."""
    return {name: value for name, value in fields.items() if value is not None}


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
        drop_extra(extra, scope, where)


def drop_extra(extra: JSONObject, scope: Scope, where: str = "") -> None:
    """Note every field of `extra` that says something: there is no place for it."""
    scope.notes.extras((name for name, value in extra.items() if not _is_empty(value)), where)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, dict | list | str) and not value)
