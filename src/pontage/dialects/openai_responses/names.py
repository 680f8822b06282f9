"""What every room of this format shares: its name, its signature family, whose a value is. Floor 3; pure."""

from __future__ import annotations

import hashlib
from typing import Any, Final, cast

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject

NAME: Final = "openai_responses"
"""The name of this format."""

FAMILY: Final = "openai"
"""The family of providers whose encrypted reasoning stands in this format as it is."""

ITEM: Final = "item"
"""In a part's `extra`: what the item that holds the part says beyond it (its id, its phase, ...)."""

_MADE: Final = "_ptg"


class Scope(Struct, frozen=True):
    """What a writer must know of the value it writes: whose it is, and where its losses are noted.

    `own`: it was read in this format. `carried`: its `extra` and `Opaque` go along (it is own, or a user of the SDK
    wrote it on purpose). `family` made its signatures; `signed`: they go along as they are. `answering`: it goes to a
    client, which brings it back. `cache_marks`: the reader takes breakpoints of its prompt cache.
    """

    notes: Notes
    own: bool
    carried: bool
    family: str | None
    signed: bool
    answering: bool = False
    cache_marks: bool = True


def scope_of(origin: Origin | None, family: str | None, notes: Notes, *, cache_marks: bool = True) -> Scope:
    """The scope of a value of `origin` that is written to a provider of `family`."""
    own = is_own(origin)
    made_by = origin.family if origin is not None else None
    signed = origin is not None and made_by == family
    return Scope(notes, own, own or origin is None, made_by, signed, cache_marks=cache_marks or own)


def answer_scope(origin: Origin | None, notes: Notes) -> Scope:
    """The scope of an answer of `origin` that goes to a client."""
    family = origin.family if origin is not None else None
    own = is_own(origin)
    return Scope(notes, own, own or origin is None, family, family == FAMILY, answering=True)


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
        elif isinstance(said[key], list) and isinstance(value, list):
            said[key] = [*cast(list[Any], said[key]), *cast(list[Any], value)]


def put_extra(said: JSONObject, extra: JSONObject, scope: Scope, where: str = "") -> None:
    """Write `extra` into `said` if it goes along, else note every field of it that says something."""
    if not extra:
        return
    if scope.carried:
        merge(said, {key: value for key, value in extra.items() if key != ITEM})
    else:
        scope.notes.extras((name for name, value in extra.items() if not is_empty(value)), where)


def item_fields(extra: JSONObject, scope: Scope) -> JSONObject:
    """What the item that holds a part says beyond it, if that goes along."""
    fields = extra.get(ITEM) if scope.carried else None
    return cast(JSONObject, fields) if isinstance(fields, dict) else {}


def is_empty(value: Any) -> bool:
    """Whether a field of this value says nothing."""
    return value is None or (isinstance(value, dict | list | str) and not value)


def made_id(prefix: str, answer: str, number: int) -> str:
    """An id for the item `number` of an answer that came without one: the same for the same answer."""
    seed = hashlib.blake2s(answer.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{prefix}{_MADE}{seed}{number:02x}"


def is_made(identity: object) -> bool:
    """Whether an id is one of `made_id`, which a client brings back: it says nothing."""
    return isinstance(identity, str) and _MADE in identity[:8]
