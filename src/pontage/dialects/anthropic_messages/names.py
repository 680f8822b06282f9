"""What every room of this format shares: its name, its signature family, whose a value is. Floor 3; pure."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pontage.dialects import scope as scopes
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from
from pontage.domain.chat import Origin

NAME: Final = "anthropic_messages"
"""The name of this format."""

FAMILY: Final = "anthropic"
"""The family of providers whose signatures stand in this format as they are."""


class Scope(scopes.Scope, frozen=True, kw_only=True):
    """What a writer must know of the value it writes.

    `family` made its signatures; `signed`: they go along as they are. `spoken`: it stands in a turn of the assistant.
    """

    family: str | None
    signed: bool
    spoken: bool = False


def scope_of(origin: Origin | None, family: str | None, notes: Notes, *, spoken: bool = False) -> Scope:
    """The scope of a value of `origin` that is written to a provider of `family`."""
    own = is_from(origin, NAME)
    made_by = origin.family if origin is not None else None
    return Scope(
        notes=notes,
        own=own,
        carried=own or origin is None,
        family=made_by,
        signed=origin is not None and made_by == family,
        spoken=spoken,
    )


def answer_scope(origin: Origin | None, notes: Notes) -> Scope:
    """The scope of an answer of `origin` that goes to a client."""
    return replace(scope_of(origin, FAMILY, notes, spoken=True), answering=True)
