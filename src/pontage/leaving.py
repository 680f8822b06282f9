"""What becomes of answers whose callers have left, where the route does not want them cancelled. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from pontage.catalog import Money
from pontage.config import DrainUpTo, OnDisconnect
from pontage.crossing import Crossing
from pontage.domain.chat import TokenUsage
from pontage.errors import PontageError
from pontage.live import LiveStream

T = TypeVar("T")
Price = Callable[[Crossing, TokenUsage], Money | None]
NANO_IN_USD: Final = 1_000_000_000


class Leavings:
    """Reads on, in the background, what callers have left behind: to its end, or until it has cost enough. The
    request's own deadline bounds it. `price`: of a usage at the crossing's target."""

    def __init__(self, price: Price) -> None:
        self._price = price
        self._tasks: set[asyncio.Task[Any]] = set()

    async def through(self, work: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> T:
        """What `work` brings. When the caller leaves it goes on by itself, and `then` gets what it brings."""
        task = self._begin(work)

        def bring(done: asyncio.Task[T]) -> None:
            if not done.cancelled() and done.exception() is None and then is not None:
                then(done.result())

        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(bring)
            raise

    def drain(self, live: LiveStream[Any], policy: OnDisconnect) -> None:
        """Read `live` on, as far as `policy` says, and close it."""
        self._begin(self._drain(live, policy.drain_up_to if isinstance(policy, DrainUpTo) else None))

    async def aclose(self) -> None:
        """Give up what is not at its end yet; it is settled as it is."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drain(self, live: LiveStream[Any], most: float | None) -> None:
        try:
            while await live.pull() is not None:
                if most is not None and self._spent(live) > most:
                    break
        except PontageError:
            pass  # it is told in the crossing
        finally:
            await live.aclose()

    def _spent(self, live: LiveStream[Any]) -> float:
        cost = self._price(live.crossing, live.used)
        return 0.0 if cost is None else cost.nano / NANO_IN_USD

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
