"""One call for all who ask the same at the same time. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """A piece of work in a task of its own. Whoever joins it must leave it."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        async def run() -> T:
            return await work()

        self.task: asyncio.Task[T] = asyncio.ensure_future(run())
        self._waiting = 0

    @property
    def boarding(self) -> bool:
        """Whether it can be joined: it is not over, and not given up."""
        return self._waiting > 0 and not self.task.done()

    def join(self) -> None:
        """One more waits."""
        self._waiting += 1

    async def leave(self) -> None:
        """One less waits. With the last one the work is given up, and has ended when this returns."""
        self._waiting -= 1
        if not self._waiting and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])


K = TypeVar("K", bound=Hashable)
F = TypeVar("F", bound=Flight[Any])


class Flights(Generic[K, F]):
    """Work that is under way, by what it is for."""

    def __init__(self) -> None:
        self._flights: dict[K, F] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def board(self, key: K, start: Callable[[], F]) -> tuple[F, bool]:
        """The flight of `key`, joined; whether it had to be started."""
        flight = self._flights.get(key)
        led = flight is None or not flight.boarding
        if flight is None or led:
            flight = self._flights[key] = start()
            flight.task.add_done_callback(lambda task: self._landed(key, task))
        flight.join()
        return flight, led

    def _landed(self, key: K, task: asyncio.Task[Any]) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # it is seen, even where everybody has left
