"""What every room of this format shares: its names, whose a value is. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final

from pontage.dialects.notes import Notes
from pontage.dialects.scope import Scope, is_from
from pontage.domain.chat import Origin
from pontage.domain.parts import JSONObject

NAME: Final = "ollama_chat"
"""The name of this format: conversations, `POST /api/chat`."""

GENERATE: Final = "ollama_generate"
"""The name of its second form: one prompt, `POST /api/generate`."""

FAMILY: Final = None
"""Nothing is signed here: there is no family whose signatures would be taken."""

_FORMS: Final = (NAME, GENERATE)


def scope_of(origin: Origin | None, form: str, notes: Notes, *, answering: bool = False) -> Scope:
    """The scope of a value of `origin` that is written in `form`."""
    carried = origin is None or origin.dialect in _FORMS
    return Scope(notes=notes, own=is_from(origin, form), carried=carried, answering=answering)


def told(**fields: Any) -> JSONObject:
    """Those fields that are not null."""
    return {name: value for name, value in fields.items() if value is not None}
