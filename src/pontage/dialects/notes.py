"""The list on which a translator writes what it cannot carry. Floor 2; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pontage.domain.chat import Message, Note
from pontage.domain.parts import JSONObject, Text
from pontage.errors import InvalidRequestError

KEPT_THERE: Final = frozenset({"previous_response_id", "conversation", "prompt", "cachedContent"})
"""Fields of a request that name what is kept at one provider, and is part of what is asked."""


class Notes:
    """Notes of one translation, in order, each path and kind once."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], Note] = {}

    def dropped(self, where: str, detail: str = "") -> None:
        """The field is left out."""
        self.add(Note("dropped", where, detail))

    def approximated(self, where: str, detail: str = "") -> None:
        """The field is carried, but not with its exact meaning."""
        self.add(Note("approximated", where, detail))

    def unsupported(self, where: str, detail: str = "") -> None:
        """The target has nothing of the kind: the request asks for what cannot be had."""
        self.add(Note("unsupported", where, detail))

    def injected(self, where: str, detail: str = "") -> None:
        """The target demands a field that the caller did not say."""
        self.add(Note("injected", where, detail))

    def left_out(self, turn: Message, where: str) -> None:
        """The whole turn is left out, for most providers refuse one that says nothing. Noted where no note on a part
        tells it: of a turn without parts, or of empty texts."""
        if all(isinstance(part, Text) and not part.text for part in turn.parts):
            self.dropped(where, "a turn that says nothing is left out")

    def add(self, note: Note) -> None:
        """Keep `note`, unless its path already has one of the same kind."""
        self._notes.setdefault((note.kind, note.where), note)

    def extend(self, notes: Iterable[Note]) -> None:
        """Keep all of `notes`."""
        for note in notes:
            self.add(note)

    def extras(self, extra: JSONObject, where: str = "") -> None:
        """Fields of another format that have no canonical name: all that say something are dropped, and those that
        stand for what is kept at its provider unsupported, for without it the request asks for what cannot be had."""
        for name, value in extra.items():
            if _is_empty(value):
                continue
            if name in KEPT_THERE and not where:
                self.unsupported(name, "what it names is kept at its own provider")
            else:
                self.dropped(f"{where}.{name}" if where else name, "no counterpart in the target format")

    def all(self) -> tuple[Note, ...]:
        """The notes so far."""
        return tuple(self._notes.values())


def kept_elsewhere(field: str, where: str = "kept at the provider that made it") -> InvalidRequestError:
    """The error of a request that names, in `field`, what it cannot be given here."""
    return InvalidRequestError(
        f"`{field}`: what it names is {where}",
        param=field,
        hint="ask a model of that provider in its own format, or send the whole conversation",
    )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, dict | list | str) and not value)
