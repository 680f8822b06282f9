"""One attempt under observation, and what observations leave behind of a place. Floor 6; no clock of its own."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from pontage.router.average import Average
from pontage.router.breaker import Breaker
from pontage.router.classify import Effect
from pontage.router.keys import PooledKey

ERRORS: Final = 5
"""Faults that a place remembers, the last ones."""


class Vitals:
    """How one place (a key with a model, or a model) fares. `errors`: when, and what in a word."""

    __slots__ = ("breaker", "errors", "failing", "first_token", "in_flight", "per_token")

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.first_token = Average()  # seconds
        self.per_token = Average()  # seconds
        self.failing = Average()  # 1 for a fault of the upstream, 0 for an answer
        self.in_flight = 0
        self.errors: deque[tuple[float, str]] = deque(maxlen=ERRORS)


class Entry(NamedTuple):
    """A place that an attempt passes, with the ticket of its breaker; None: it was refused, and shall not be told."""

    vitals: Vitals
    ticket: int | None


class Watch:
    """One attempt. Tell it `answered` when the first content or the whole answer is there, and then, or instead, one
    ending: `ended`, `failed` or `left`. What is told after an ending is not heard."""

    __slots__ = ("_answered", "_began", "_entries", "_key", "_model", "_over")

    def __init__(self, own: Entry, whole: Entry, key: PooledKey, model: str, now: float) -> None:
        """`own`: the key with the model; `whole`: the model whatever the key."""
        self._entries = (own, whole)
        self._key = key
        self._model = model
        self._began = now
        self._answered = False
        self._over = False
        for entry in self._entries:
            entry.vitals.in_flight += 1

    def answered(self, now: float, *, streamed: bool = False) -> None:
        """The upstream answers: it is well, and so is the key. `streamed`: this was the first content of a stream."""
        if self._over or self._answered:
            return
        self._answered = True
        self._key.revive(self._model)
        for vitals, ticket in self._entries:
            vitals.failing.add(0.0, now)
            if streamed:
                vitals.first_token.add(now - self._began, now)
            if ticket is not None:
                vitals.breaker.answered(ticket, now)

    def ended(self, now: float, tokens: int | None) -> None:
        """The answer is complete and had so many `tokens` (None: not told)."""
        if not self._close() or not tokens:
            return
        for vitals, _ in self._entries:
            seconds = now - self._began - (vitals.first_token.mean or 0.0)
            vitals.per_token.add(max(0.0, seconds) / tokens, now)

    def failed(self, effect: Effect, now: float, chance: float, *, why: str, wait: float | None = None) -> None:
        """It failed, with this effect by the table. `why`: in a word; `wait`: seconds that the provider asks for."""
        if not self._close():
            return
        self._tell_key(effect, now, wait)
        own, whole = self._entries
        guilty = {"fault": own, "overload": whole}.get(effect)
        for entry in self._entries:
            if guilty is not None:
                entry.vitals.failing.add(1.0, now)
                entry.vitals.errors.append((now, why))
            if entry is guilty and entry.ticket is not None:
                entry.vitals.breaker.failed(entry.ticket, now, chance)
            else:
                self._spare(entry, now)

    def left(self, now: float) -> None:
        """Nobody waits for the answer any more: that says nothing of the upstream."""
        if self._close():
            for entry in self._entries:
                self._spare(entry, now)

    def _tell_key(self, effect: Effect, now: float, wait: float | None) -> None:
        match effect:
            case "rest":
                self._key.rest(self._model, now, wait)
            case "park":
                self._key.set_aside("parked", now)
            case "invalid":
                self._key.set_aside("invalid", now)
            case "none" | "fault" | "overload":
                pass

    def _spare(self, entry: Entry, now: float) -> None:
        if entry.ticket is not None and not self._answered:
            entry.vitals.breaker.spared(entry.ticket, now)

    def _close(self) -> bool:
        was_open = not self._over
        if was_open:
            self._over = True
            for entry in self._entries:
                entry.vitals.in_flight -= 1
        return was_open
