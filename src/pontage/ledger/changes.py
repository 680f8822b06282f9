"""What can be done to the books, as data. Floor 6; values only.

A store applies changes; what is applied together happens together or not at all. Those in `LASTING` tell of what has
happened already: a store that cannot write them now keeps them until it can.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from pontage.ledger.records import AttemptEnd, AttemptRow, Charge, RequestEnd, RequestRow


class Reserve(Struct, frozen=True, kw_only=True):
    """An attempt may begin: hold `held` nano-USD against every charge, or against none. `request` is written with the
    first attempt of it.

    Raises BudgetExhaustedError or BudgetInFlightError.
    """

    attempt: AttemptRow
    held: int = 0
    charges: tuple[Charge, ...] = ()
    request: RequestRow | None = None


class Checkpoint(Struct, frozen=True):
    """What an attempt under way has cost so far, should nobody tell its end."""

    request: str
    number: int
    cost: int


class Settle(Struct, frozen=True):
    """An attempt has ended and may have cost money: the hold becomes the cost. Does nothing to one that has ended."""

    end: AttemptEnd


class Void(Struct, frozen=True):
    """An attempt has ended and cost nothing: the hold is given back. Does nothing to one that has ended."""

    end: AttemptEnd


class Finish(Struct, frozen=True):
    """A request has been answered."""

    end: RequestEnd


class Recover(Struct, frozen=True):
    """Holds that a dead process left open are settled at their checkpoint, or in full, and marked unreconciled."""

    ended: int


class Expire(Struct, frozen=True):
    """Holds that began before `before` and never ended: they count as with `Recover`, and are marked expired."""

    before: int
    ended: int


class Purge(Struct, frozen=True):
    """Rows of requests that ended before `before` are deleted, at most `most` of them; counters stay as they are."""

    before: int
    most: int = 500


class SaveKey(Struct, frozen=True):
    """A virtual key is new, or changed. `record` is JSON; it holds no part of the key itself."""

    id: str
    digest: bytes
    record: str


class TouchKey(Struct, frozen=True):
    """A virtual key was used."""

    id: str
    at: int


class SaveSecret(Struct, frozen=True):
    """A sealed secret is new, or sealed anew."""

    name: str
    record: str


class RemoveSecret(Struct, frozen=True):
    """A sealed secret is gone."""

    name: str


class Audit(Struct, frozen=True, kw_only=True):
    """Who did what to whom. Applied together with the change it tells of."""

    at: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = {}


Change = (
    Reserve | Checkpoint | Settle | Void | Finish | Recover | Expire | Purge
    | SaveKey | TouchKey | SaveSecret | RemoveSecret | Audit
)  # fmt: skip

LASTING: Final = (Settle, Void, Finish)
