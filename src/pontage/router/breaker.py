"""A breaker: stops asking what keeps failing, and finds out carefully whether it is well again. Floor 6.

::

    closed ──5 faults in a row, or half of >= 10 in 30 s──> open ──its time is over──> probing (1, then 3)
       ^                                                      ^                              │
       │                                                      └────────── a fault ───────────┤
       └──────── 60 s have passed ──────── ramping (10 -> 100 %) <── every probe answered ───┘

There is no clock and no chance inside: `now` is seconds on a clock that never goes back, `chance` a random number,
0 <= chance < 1. Only faults of the upstream are told to it; what the caller did wrong is `spared`.
"""

from __future__ import annotations

from typing import Final, Literal

from pontage.router.window import Window

State = Literal["closed", "open", "probing", "ramping"]

IN_A_ROW: Final = 5
WINDOW: Final = 30
LEAST: Final = 10
SHARE: Final = 0.5
"""It opens on `IN_A_ROW` faults, or when `SHARE` of at least `LEAST` outcomes in `WINDOW` seconds are faults."""
OPEN: Final = 10.0
LONGEST: Final = 300.0
JITTER: Final = 0.2
"""It stays open for `OPEN` seconds, twice as long each time in a row up to `LONGEST`, give or take `JITTER`."""
PROBES: Final = (1, 3)
"""How many requests are let through at once: first so many, and when all were answered, so many."""
RAMP: Final = 60.0
RAMP_FROM: Final = 0.1
"""Then its share of the requests grows from `RAMP_FROM` to all of them within `RAMP` seconds."""


class Breaker:
    """One of these for each provider, credential and model.

    `admit` gives a ticket to an attempt, or None; the attempt's outcome is told with it. A ticket holds for the state
    it was given in: what began before the breaker opened says nothing about the probes after.
    """

    __slots__ = ("_chapter", "_in_a_row", "_issued", "_passed", "_since", "_stage", "_state", "_window", "openings")

    def __init__(self) -> None:
        self._state: State = "closed"
        self._chapter = 0  # counts changes of state: the ticket of an attempt
        self._since = 0.0  # the end of being open, or the beginning of the ramp
        self._stage = 0
        self._issued = 0
        self._passed = 0
        self._in_a_row = 0
        self._window = Window(WINDOW)
        self.openings = 0  # in a row, without having been closed between

    def state(self, now: float) -> State:
        """What it is at that time."""
        if self._state == "open" and now >= self._since:
            self._turn("probing")
        elif self._state == "ramping" and now >= self._since + RAMP:
            self.openings = 0
            self._state = "closed"  # the same chapter: what began on the ramp still counts
        return self._state

    def wait(self, now: float) -> float:
        """Seconds until it lets something through; 0 where time alone changes nothing."""
        return self._since - now if self.state(now) == "open" else 0.0

    def share(self, now: float) -> float:
        """The part of the requests that may come through, 0 to 1; for those who choose among targets."""
        match self.state(now):
            case "closed":
                return 1.0
            case "open":
                return 0.0
            case "probing":
                return 1.0 if self._issued < PROBES[self._stage] else 0.0
            case "ramping":
                return RAMP_FROM + (1 - RAMP_FROM) * (now - self._since) / RAMP

    def admit(self, now: float) -> int | None:
        """A ticket for one attempt, or None. On the ramp `share` is for the chooser to keep: who comes is let in."""
        state = self.state(now)
        if state == "open" or (state == "probing" and self._issued >= PROBES[self._stage]):
            return None
        self._issued += state == "probing"
        return self._chapter

    def answered(self, ticket: int, now: float) -> None:
        """The attempt was answered."""
        state = self.state(now)
        if ticket != self._chapter:
            return
        if state == "probing":
            self._passed += 1
            if self._passed == PROBES[self._stage]:
                self._next_stage(now)
            return
        self._in_a_row = 0
        self._window.add(now)

    def failed(self, ticket: int, now: float, chance: float) -> None:
        """The attempt failed, and it was the upstream's fault."""
        state = self.state(now)
        if ticket != self._chapter:
            return
        self._in_a_row += 1
        self._window.add(now, marked=True)
        often = self._window.events >= LEAST and self._window.marked >= SHARE * self._window.events
        if state == "probing" or often or self._in_a_row >= IN_A_ROW:
            seconds = min(LONGEST, OPEN * 2 ** min(self.openings, 8)) * (1 + JITTER * (2 * chance - 1))
            self.openings += 1
            self._turn("open")
            self._since = now + seconds

    def spared(self, ticket: int, now: float) -> None:
        """The attempt ended in a way that says nothing of the upstream's health; a probe's place is free again."""
        if self.state(now) == "probing" and ticket == self._chapter:
            self._issued -= 1

    def _next_stage(self, now: float) -> None:
        if self._stage + 1 < len(PROBES):
            stage = self._stage + 1
            self._turn("probing")
            self._stage = stage
        else:
            self._turn("ramping")
            self._since = now

    def _turn(self, state: State) -> None:
        self._state = state
        self._chapter += 1
        self._stage = self._issued = self._passed = self._in_a_row = 0
        self._window.clear()
