"""What a fault is: what the upstream does, and the documented outcome."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pontage.config import Timeouts
from tests.faults.expected import Outcome
from tests.faults.peer import Step
from tests.faults.wire import Ask

Told = Callable[[Ask], Sequence[Step]]
PATIENT = Timeouts(connect=20, first_byte=20, first_token=20, idle=20, total=60, pool=20)
"""For faults that are not of time: a busy machine is no fault."""


class Unlike(msgspec.Struct, frozen=True, kw_only=True):
    """Cells with an outcome of their own, and why. `dialects`: of the upstream, all when empty; `streams` and
    `relayed` (client and upstream speak one format): None for both."""

    outcome: Outcome
    why: str
    dialects: tuple[str, ...] = ()
    streams: bool | None = None
    relayed: bool | None = None

    def fits(self, dialect: str, *, streams: bool, relayed: bool) -> bool:
        """Whether it is about this cell."""
        return (
            (not self.dialects or dialect in self.dialects)
            and self.streams in (None, streams)
            and self.relayed in (None, relayed)
        )


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: what goes wrong, in the words of the documentation; `says`: what the upstream does; `whole` and `stream`:
    what becomes of a whole answer and of a stream, unless the cell is `unlike`.

    `port`: the upstream's door. `unheard`: not a byte comes, so a connection that was kept may have been stale, and the
    transport sends the request once more. `heavy`: few at a time.
    """

    name: str
    says: Told = lambda ask: ()
    whole: Outcome
    stream: Outcome
    unlike: tuple[Unlike, ...] = ()
    port: str = "port"
    timeouts: Timeouts = PATIENT
    unheard: bool = False
    heavy: bool = False

    @property
    def slug(self) -> str:
        """The name in paths."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.name.lower())

    def outcome(self, dialect: str, *, streams: bool, relayed: bool) -> Outcome:
        """The documented outcome of one cell."""
        own = (one.outcome for one in self.unlike if one.fits(dialect, streams=streams, relayed=relayed))
        return next(own, self.stream if streams else self.whole)


def both(name: str, outcome: Outcome, says: Told = lambda ask: (), **more: Any) -> Fault:
    """A fault whose outcome is the same for whole answers and for streams."""
    return Fault(name=name, says=says, whole=outcome, stream=outcome, **more)
