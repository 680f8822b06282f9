"""What every room of this format shares: its name, its signature family, whose a value is. Floor 3; pure."""

from __future__ import annotations

from typing import Final

from pontage.dialects.notes import Notes
from pontage.dialects.scope import Scope, is_from
from pontage.domain.chat import Origin
from pontage.domain.parts import Part

NAME: Final = "cohere_chat"
"""The name of this format."""

FAMILY: Final[str | None] = None
"""Nothing is signed in this format."""

CLIENT: Final = Origin(NAME, FAMILY)
"""The origin of what a client of this format says."""


def scope_of(origin: Origin | None, notes: Notes, *, answering: bool = False) -> Scope:
    """The scope of a value of `origin`."""
    own = is_from(origin, NAME)
    return Scope(notes=notes, own=own, carried=own or origin is None, answering=answering)


def forfeit(part: Part, scope: Scope, where: str) -> None:
    """Note what no part can have in this format: a cache breakpoint, a signature."""
    if part.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no cache breakpoints here")
    if part.signature is not None:
        scope.notes.dropped(f"{where}.signature", "nothing is signed here")
