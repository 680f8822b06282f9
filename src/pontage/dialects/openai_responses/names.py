"""What every room of this format shares: its name, its signature family, whose a value is. Floor 3; pure."""

from __future__ import annotations

import hashlib
from typing import Final, cast

from msgspec.structs import replace

from pontage.dialects import scope as scopes
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject

NAME: Final = "openai_responses"
"""The name of this format."""

FAMILY: Final = "openai"
"""The family of providers whose encrypted reasoning stands in this format as it is."""

ITEM: Final = "item"
"""In a part's `extra`: what the item that holds the part says beyond it (its id, its phase, ...)."""

_MADE: Final = "_ptg"


class Scope(scopes.Scope, frozen=True, kw_only=True):
    """What a writer must know of the value it writes.

    `family` made its signatures; `signed`: they go along as they are. `cache_marks`: the reader takes breakpoints of
    its prompt cache.
    """

    family: str | None
    signed: bool
    cache_marks: bool = True


def scope_of(origin: Origin | None, family: str | None, notes: Notes, *, cache_marks: bool = True) -> Scope:
    """The scope of a value of `origin` that is written to a provider of `family`."""
    own = is_from(origin, NAME)
    made_by = origin.family if origin is not None else None
    return Scope(
        notes=notes,
        own=own,
        carried=own or origin is None,
        family=made_by,
        signed=origin is not None and made_by == family,
        cache_marks=cache_marks or own,
    )


def answer_scope(origin: Origin | None, notes: Notes) -> Scope:
    """The scope of an answer of `origin` that goes to a client."""
    return replace(scope_of(origin, FAMILY, notes), answering=True)


def put_extra(said: JSONObject, extra: JSONObject, scope: Scope, where: str = "") -> None:
    """Write `extra`, but for what the item says, into `said` if it goes along, else note what of it is lost."""
    if scope.carried and ITEM in extra:
        extra = {key: value for key, value in extra.items() if key != ITEM}
    scopes.put_extra(said, extra, scope, where)


def item_fields(extra: JSONObject, scope: Scope) -> JSONObject:
    """What the item that holds a part says beyond it, if that goes along."""
    fields = extra.get(ITEM) if scope.carried else None
    return cast(JSONObject, fields) if isinstance(fields, dict) else {}


def made_id(prefix: str, answer: str, number: int) -> str:
    """An id for the item `number` of an answer that came without one: the same for the same answer."""
    seed = hashlib.blake2s(answer.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{prefix}{_MADE}{seed}{number:02x}"


def is_made(identity: object) -> bool:
    """Whether an id is one of `made_id`, which a client brings back: it says nothing."""
    return isinstance(identity, str) and _MADE in identity[:8]
