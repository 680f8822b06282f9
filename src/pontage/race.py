"""Two runs of one call's attempts side by side: the first to be answered wins. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

import msgspec

from pontage.attempts import Attempts, Once
from pontage.crossing import CallOptions, Crossing
from pontage.errors import PontageError
from pontage.providers.base import Attempt
from pontage.registry import Configured
from pontage.router.classify import goes_elsewhere, judge
from pontage.router.plan import Plan, RouteTarget

T = TypeVar("T")
Run = asyncio.Task[tuple[T, Crossing]]


class Race(Generic[T]):
    """One call. `crossings` are those that were not answered, or not first; call `end` whatever happens."""

    def __init__(
        self, attempts: Attempts, chosen: Plan, options: CallOptions, once: Once[T], *, streamed: bool
    ) -> None:
        self.chosen = chosen
        self.crossings: list[Crossing] = []
        self._attempts = attempts.telling(self.crossings.append)
        self._options = options
        self._once = once
        self._streamed = streamed
        self._asked: list[tuple[Configured, str]] = []
        self._runs: list[Run[T]] = []
        self._end = monotonic() + attempts.total(chosen, options)

    async def run(self, delay: float | None, permitted: Callable[[], bool]) -> tuple[T, Crossing]:
        """The answer that is first. When the first target lets wait for `delay` seconds, another is asked beside it if
        that is `permitted`; when it fails, another is asked as on any route. Raises the last failure."""
        first = self._begin(self.chosen.targets, max(1, self.chosen.attempts - 1))
        await asyncio.wait({first}, timeout=delay)
        others = tuple(target for target in self.chosen.targets if not self._was_asked(target))
        if others and (permitted() if not first.done() else self._goes_on(first)):
            self._begin(others, 1)
        running: set[Run[T]] = set(self._runs)
        failure: BaseException | None = None
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for run in done:
                failure = failure or run.exception()
                if run.exception() is None:
                    return run.result()
        assert failure is not None
        raise failure

    async def end(self, winner: tuple[T, Crossing] | None) -> list[tuple[T, Crossing]]:
        """Cancel whoever still runs; the answers that came beside the winner's."""
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        answered = [run.result() for run in self._runs if not run.cancelled() and run.exception() is None]
        late = [result for result in answered if winner is None or result[1] is not winner[1]]
        self.crossings += [crossing for _, crossing in answered]
        return late

    def _begin(self, targets: tuple[RouteTarget, ...], attempts: int) -> Run[T]:
        chosen = msgspec.structs.replace(self.chosen, targets=targets, attempts=attempts)
        options = msgspec.structs.replace(self._options, timeout=max(0.001, self._end - monotonic()))
        work = self._attempts.run(chosen, options, self._noted, streamed=self._streamed)
        run = asyncio.get_running_loop().create_task(work)
        self._runs.append(run)
        return run

    async def _noted(self, configured: Configured, attempt: Attempt) -> T:
        self._asked.append((configured, attempt.model))
        return await self._once(configured, attempt)

    def _was_asked(self, target: RouteTarget) -> bool:
        return any(one.name == target.provider and one.wire_name(target.model) == model for one, model in self._asked)

    def _goes_on(self, run: Run[T]) -> bool:
        """Whether another target may be asked after a run that is over."""
        error = run.exception()
        left = self.chosen.attempts > len(self._asked)
        return isinstance(error, PontageError) and left and goes_elsewhere(judge(error), self.chosen.rules)
