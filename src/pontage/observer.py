"""Watches an engine: counts what its crossings tell, and keeps the last of them to be looked at. Floor 7."""

from __future__ import annotations

import re
from collections import Counter
from time import monotonic
from typing import Any, Final

from pontage.crossing import Crossing
from pontage.engine import Engine
from pontage.errors import PontageError
from pontage.observing.metrics import BREAKER, Metrics
from pontage.observing.names import KnownNames
from pontage.observing.record import AttemptRecord
from pontage.observing.shelf import Shelf
from pontage.timeline import counts_of, glance_of, outcome_of, timeline_of, weight_of
from pontage.version import __version__

TRACEPARENT: Final = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
WORDS: Final = 500
"""Bytes of what is kept of a request that crossed no bridge."""


class Observer:
    """One for each gateway; `metrics` are always counted. What is told costs a call some microseconds."""

    def __init__(self, engine: Engine) -> None:
        kept = engine.config.telemetry
        self.metrics = Metrics()
        self._engine = engine
        self._names = KnownNames(engine.config, engine.registry, engine.knowledge, engine.inventory)
        self._shelf: Shelf[Crossing | dict[str, Any]] = Shelf(kept.requests, kept.request_bytes)
        self._passes_traces = kept.pass_traceparent
        engine.listeners.append(self.settled)

    def settled(self, crossing: Crossing) -> None:
        """A crossing has ended."""
        target = crossing.target
        place = self._names.place(target.provider, target.model)
        self._count(crossing, place)
        for one in crossing.tried:
            same = one.provider == target.provider and one.model == target.model
            named = place if same else self._names.place(one.provider, one.model)
            self._count_attempt(one, named, simulated=crossing.simulated)
        if crossing.options.id:
            # An error holds its traceback, and that the request itself: of those that failed only the words are kept.
            kept = crossing if crossing.error is None else timeline_of(crossing)
            self._shelf.put(crossing.options.id, kept, weight_of(crossing))

    def answered(self, handler: str, status: int) -> None:
        """A request was answered."""
        self.metrics.http.add((handler, str(status)))

    def refused(self, number: str, handler: str, error: PontageError) -> None:
        """A call was refused; where that was before it could cross, this is all there is to tell of it."""
        if number not in self._shelf:
            told = {"code": error.code, "param": error.param[:WORDS] if error.param else None}
            words = {"id": number, "handler": handler, "outcome": error.code, "status": error.status, "error": told}
            self._shelf.put(number, words, WORDS + len(error.param or ""))

    def passed(self, traceparent: str) -> tuple[tuple[str, str], ...]:
        """The headers by which providers learn of the caller's trace; none unless the configuration says so."""
        known = self._passes_traces and TRACEPARENT.fullmatch(traceparent)
        return (("traceparent", traceparent),) if known else ()

    def timeline(self, number: str) -> dict[str, Any] | None:
        """Everything that is known of the request with this id; None: it is not kept, or not over yet."""
        kept = self._shelf.get(number)
        return timeline_of(kept) if isinstance(kept, Crossing) else kept

    def glances(self, limit: int, before: str | None = None) -> list[dict[str, Any]]:
        """The last requests, the newest first, in a line each. See `Shelf.newest`."""
        return [
            glance_of(timeline_of(one) if isinstance(one, Crossing) else one)
            for one in self._shelf.newest(limit, before)
        ]

    def read(self) -> Metrics:
        """The metrics, with what is only read when somebody looks."""
        metrics, load = self.metrics, self._engine.admission.load
        metrics.in_flight.set(load.in_flight)
        metrics.waiting.set(load.waiting)
        metrics.shed.reach((), load.shed)
        metrics.lag.set(load.lag)
        metrics.kept.set(len(self._shelf))
        metrics.kept_bytes.set(self._shelf.weight)
        metrics.info.set(1, (__version__,))
        for family in (metrics.asked, metrics.breaker, metrics.keys):
            family.clear()
        self._read_book(monotonic())
        return metrics

    def _count(self, crossing: Crossing, place: tuple[str, str]) -> None:
        metrics = self.metrics
        metrics.requests.add(
            (self._names.route(crossing.plan.route), *place, crossing.options.format, outcome_of(crossing))
        )
        metrics.seconds.observe(place, crossing.elapsed or 0.0)
        if crossing.cache:
            metrics.cache.add((crossing.cache,))

    def _count_attempt(self, one: AttemptRecord, place: tuple[str, str], *, simulated: bool) -> None:
        # An answer that broke off after its first content was a 200 to its reader, and is none to who counts.
        outcome = one.code if one.code is not None and one.outcome == "200" else one.outcome
        metrics, usage = self.metrics, one.usage
        metrics.attempts.add((*place, outcome))
        if one.first_content is not None:
            metrics.first_content.observe(place, one.first_content)
        if usage is None:
            return
        for kind, count in counts_of(usage):
            if count:
                metrics.tokens.add((*place, kind), count)
        if one.cost is not None:
            metrics.cost.add(place, one.cost.nano)
        elif not simulated:
            metrics.unpriced.add(place)
        tokens = usage.total_output
        if one.first_content is not None and one.elapsed is not None and tokens:
            metrics.per_token.observe(place, max(0.0, one.elapsed - one.first_content) / tokens)

    def _read_book(self, now: float) -> None:
        metrics, worst = self.metrics, dict[tuple[str, ...], float]()
        asked = dict[tuple[str, str], int]()
        for place, vitals in self._engine.book.places().items():
            named = self._names.place(place.provider, place.model)
            labels = (*named, place.key or "any")
            worst[labels] = max(worst.get(labels, 0), BREAKER[vitals.breaker.state(now)])
            if not place.key:
                asked[named] = asked.get(named, 0) + vitals.in_flight
        for labels, state in worst.items():
            metrics.breaker.set(state, labels)
        for named, count in asked.items():
            metrics.asked.set(count, named)
        pools = self._engine.book.pools().items()
        states = Counter((provider, key.trouble or "well") for (provider, _), pool in pools for key in pool.keys)
        for labels, count in states.items():
            metrics.keys.set(count, labels)
