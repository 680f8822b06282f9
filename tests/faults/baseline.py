"""What must be as it was when all is over: sockets, tasks, places in pools, requests in flight."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple, Self

from tests.faults.peer import Peer
from tests.gateway import PATIENCE, RunningGateway


class Baseline(NamedTuple):
    """A gateway and an upstream as they were."""

    gateway: RunningGateway
    upstream: Peer
    tasks: int

    @classmethod
    def of(cls, gateway: RunningGateway, upstream: Peer) -> Self:
        """Both as they are now."""
        return cls(gateway, upstream, gateway.do(tasks()))

    def is_back(self) -> None:
        """Fails unless all is soon as it was: what is counted ends in the kernel or a loop's next turn."""
        engine = self.gateway.engine
        until(lambda: self.gateway.do(tasks()) <= self.tasks, "tasks")
        until(lambda: not sum(one.in_use + one.waiting for one in engine.transport.statistics().values()), "places")
        until(lambda: not sum(vitals.in_flight for vitals in engine.book.places().values()), "in flight")
        kept = sum(one.idle for one in engine.transport.statistics().values())
        until(lambda: self.upstream.open <= kept, "sockets")


async def tasks() -> int:
    """Tasks of the loop, this one not counted."""
    return len(asyncio.all_tasks()) - 1


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what} are not back at their baseline"
        time.sleep(0.02)
