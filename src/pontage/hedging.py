"""A second target beside a slow first one, where a route asks for it and as far as it allows. Floor 7.

The first to bring content wins; an error never does. The other one is cancelled, and what it has cost stands in the
books beside the winner's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any, Final, TypeVar

from pontage.attempts import Attempts
from pontage.catalog import Money
from pontage.config import Hedge
from pontage.crossing import CallOptions, Crossing, Once
from pontage.dialects.envelope import Call
from pontage.domain.chat import ServerTool
from pontage.errors import InvalidRequestError, PontageError
from pontage.estimate import filled
from pontage.leaving import NANO_IN_USD, Price
from pontage.live import Settle, prompt_tokens
from pontage.race import Race
from pontage.router.plan import Plan, RouteTarget
from pontage.router.window import Window

T = TypeVar("T")
Discard = Callable[[T, Crossing], Awaitable[None]]
"""Gives up an answer that came second, and leaves in its crossing what it used."""
SECONDS: Final = 600
"""The time over which second calls are a share of all."""
SEEN: Final = 20
"""Answers of a model that must have been timed before the slowest of them mean anything."""
REMEMBERED: Final = 200
"""Answers of a model whose times are remembered, the last ones."""


class Allowance:
    """What one route's second calls have come to: how many lately, and what those that lost cost today."""

    def __init__(self) -> None:
        self._calls = Window(SECONDS)
        self._day: date | None = None
        self._nano = 0

    def called(self, now: float) -> None:
        """A request has come."""
        self._calls.add(now)

    def take(self, hedge: Hedge, now: float, today: date) -> bool:
        """Whether one more second call is within what `hedge` permits; if so it is counted."""
        self._calls.forget(now)
        self._turn(today)
        share = (self._calls.marked + 1) / max(1, self._calls.events - self._calls.marked)
        permitted = share <= hedge.max_extra and self._nano < hedge.max_usd * NANO_IN_USD
        if permitted:
            self._calls.add(now, marked=True)
        return permitted

    def spend(self, cost: Money | None, today: date) -> None:
        """A call that lost has cost this."""
        self._turn(today)
        self._nano += cost.nano if cost is not None else 0

    def _turn(self, today: date) -> None:
        if today != self._day:
            self._day, self._nano = today, 0


class Hedges:
    """Attempts, with a second target where the route says so. `settle` is told of every call that failed or was left;
    `price`: of a usage at a crossing's target."""

    def __init__(self, attempts: Attempts, settle: Settle, price: Price) -> None:
        self._attempts = attempts
        self._settle = settle
        self._price = price
        self._allowances: dict[str, Allowance] = {}
        self._times: dict[tuple[Any, ...], deque[float]] = {}  # seconds to the first content, or of a whole answer

    async def run(
        self, call: Call, chosen: Plan, options: CallOptions, once: Once[T], discard: Discard[T], *, streamed: bool
    ) -> tuple[T, Crossing]:
        """As `Attempts.run`. Raises the last failure."""
        hedge = chosen.hedge
        if hedge is None or len(chosen.targets) < 2 or _is_hosted(call):
            return await self._attempts.run(chosen, options, once, streamed=streamed)
        allowance = self._allowances.setdefault(chosen.route, Allowance())
        allowance.called(monotonic())
        race = Race(self._attempts, chosen, options, once, streamed=streamed)
        delay = self._delay(hedge, chosen.targets[0], streamed=streamed)
        try:
            winner = await race.run(delay, lambda: allowance.take(hedge, monotonic(), datetime.now(UTC).date()))
        except BaseException as error:
            await self._end(race, None, discard, allowance, call)
            if isinstance(error, PontageError):
                error.attempts = race.crossings[0].attempts
            raise
        try:
            await self._end(race, winner, discard, allowance, call)
        except BaseException:
            await discard(*winner)
            raise
        return winner

    async def _end(
        self, race: Race[T], winner: tuple[T, Crossing] | None, discard: Discard[T], allowance: Allowance, call: Call
    ) -> None:
        for result, crossing in await race.end(winner):
            crossing.left = True
            await discard(result, crossing)
        if winner is not None:
            self._time(winner[1])
        kept = winner[1] if winner is not None else race.crossings[0]
        others = [crossing for crossing in race.crossings if crossing is not kept]
        for crossing in others:
            self._book(crossing, allowance, call)
        kept.join(others, race.chosen)
        if winner is None:
            self._settle(kept)

    def _delay(self, hedge: Hedge, target: RouteTarget, *, streamed: bool) -> float | None:
        """Seconds until the second target is asked; None: not at all, as nobody knows yet what is slow."""
        if isinstance(hedge.after, float):
            return hedge.after
        times = sorted(self._times.get((target.place, streamed), ()))
        return times[len(times) * 95 // 100] if len(times) >= SEEN else None

    def _book(self, crossing: Crossing, allowance: Allowance, call: Call) -> None:
        """The account of attempts that lost: what they used, as far as it is told, and else the prompt."""
        if crossing.left:
            self._time(crossing)  # it would have taken longer still
            if crossing.usage is None:
                crossing.usage = filled(None, 0, lambda: prompt_tokens(call))
                crossing.tried[-1].estimated = True
        if crossing.usage is not None and not crossing.simulated:
            crossing.cost = self._price(crossing, crossing.usage)
            allowance.spend(crossing.cost, datetime.now(UTC).date())
        crossing.close(monotonic())

    def _time(self, crossing: Crossing) -> None:
        last = crossing.tried[-1]
        seconds = last.first_content
        if seconds is None:
            seconds = monotonic() - crossing.started - last.began
        times = self._times.setdefault((crossing.target.place, crossing.streamed), deque(maxlen=REMEMBERED))
        times.append(seconds)


def _is_hosted(call: Call) -> bool:
    """Whether the provider would run tools of its own, which may do things twice."""
    try:
        return any(isinstance(tool, ServerTool) for tool in call.request.tools)
    except InvalidRequestError:
        return True
