"""What a provider keeps (an answer, a conversation, a template, a cached prompt) is had there only. Floor 6.

Who has answered with an id, or to one, has it. No clock inside: `now` is seconds on a clock that never goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from pontage.dialects.dialect import KeptState
from pontage.dialects.notes import kept_elsewhere
from pontage.errors import InvalidRequestError
from pontage.router.bonds import Bonds
from pontage.router.plan import Bond, Plan, RouteTarget

HELD: Final = 30 * 86400.0
"""Seconds for which providers keep answers."""
MOST: Final = 50_000
"""Ids that are remembered."""


class Keepers:
    """Who keeps what. `speaks`: whether a target takes a format as it is, by the format's name."""

    def __init__(self, speaks: Callable[[RouteTarget, str], bool]) -> None:
        self._speaks = speaks
        self._bonds = Bonds(HELD, MOST)

    def bind(self, plan: Plan, kept: Sequence[KeptState], form: str, now: float) -> Plan:
        """`plan` with the targets only that have what a request in this format goes on from.

        Raises InvalidRequestError that names the field where none has, or nobody knows which of several.
        """
        targets = [one for one in plan.targets if self._speaks(one, form)]
        if not targets:
            raise kept_elsewhere(kept[0].field)
        bond: Bond | None = None
        for state in kept:
            known = self._bonds.find(state.id, now) if state.id else None
            if known is not None:
                bond = known
                targets = [one for one in targets if known.holds(one)]
            if not targets:
                raise kept_elsewhere(state.field, f"kept at {'/'.join(known.place[:2]) if known else 'two places'}")
        if bond is None and len({one.place[::2] for one in targets}) > 1:
            raise _unknown(kept[0].field, targets)
        left_out = [
            one.because("it does not keep what the request names") for one in plan.targets if one not in targets
        ]
        return replace(
            plan,
            targets=tuple(targets),
            excluded=(*plan.excluded, *left_out),
            bond=bond,
            kept=tuple(state.id for state in kept if state.id),
        )

    def keep(self, ids: Sequence[str], place: tuple[str, str, str], key: str, now: float) -> None:
        """What these ids name is kept there, for those who ask with this key."""
        for one in ids:
            self._bonds.keep(one, Bond(place=place, key=key, named=True, only=True), now)


def _unknown(field: str, targets: Sequence[RouteTarget]) -> InvalidRequestError:
    names = ", ".join(dict.fromkeys(one.name for one in targets))
    return InvalidRequestError(
        f"`{field}`: nobody knows which of {names} keeps what it names",
        param=field,
        hint="name the one that does as `provider/model`, or send the whole conversation",
    )
