"""The door: who is let in, who waits, who is turned away; and that nothing is left behind."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from pontage.admission import RETRY_AFTER, WATCH_SECONDS, Admission, resident_bytes
from pontage.config import LoadSection
from pontage.errors import OverloadedError

PATIENCE = 20.0


def door(**rules: float) -> Admission:
    return Admission(LoadSection(**rules))  # type: ignore[arg-type]  # the test's own numbers


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.001)


def test_who_comes_when_it_is_full_waits_in_order_and_the_queue_has_an_end() -> None:
    async def main() -> None:
        admission = door(in_flight=2, queue=2, queue_seconds=PATIENCE)
        came: list[int] = []

        async def call(number: int) -> None:
            await admission.enter()
            came.append(number)

        await call(0)
        await call(1)
        waiting = [asyncio.ensure_future(call(number)) for number in (2, 3)]
        await asyncio.sleep(0)
        assert (admission.load.in_flight, admission.load.waiting) == (2, 2)
        with pytest.raises(OverloadedError, match="busy") as refused:
            await call(4)
        assert refused.value.retry_after == RETRY_AFTER
        admission.leave()
        admission.leave()
        await asyncio.gather(*waiting)
        assert came == [0, 1, 2, 3]
        assert (admission.load.in_flight, admission.load.waiting, admission.load.shed) == (2, 0, 1)
        admission.leave()
        admission.leave()
        assert admission.load.in_flight == 0

    asyncio.run(main())


def test_who_waits_too_long_or_leaves_is_out_of_the_queue() -> None:
    async def main() -> None:
        admission = door(in_flight=1, queue=5, queue_seconds=0.05)
        await admission.enter()
        with pytest.raises(OverloadedError):
            await admission.enter()
        leaving = asyncio.ensure_future(admission.enter())
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert (admission.load.in_flight, admission.load.waiting) == (1, 0)

    asyncio.run(main())


def test_a_turn_that_comes_to_one_who_just_left_goes_to_the_next() -> None:
    async def main() -> None:
        admission = door(in_flight=1, queue=5, queue_seconds=PATIENCE)
        await admission.enter()
        leaving, staying = (asyncio.ensure_future(admission.enter()) for _ in range(2))
        await asyncio.sleep(0)
        admission.leave()
        leaving.cancel()
        await staying
        with suppress(asyncio.CancelledError):
            await leaving
        if leaving.cancelled():
            assert admission.load.in_flight == 1
        admission.leave()
        assert admission.load.in_flight == 0

    asyncio.run(main())


def test_draining_lets_nobody_in() -> None:
    async def main() -> None:
        admission = door(in_flight=1, queue_seconds=PATIENCE)
        await admission.enter()
        waiting = asyncio.ensure_future(admission.enter())
        await asyncio.sleep(0)
        admission.drain()
        with pytest.raises(OverloadedError, match="stopping"):
            await waiting
        with pytest.raises(OverloadedError, match="stopping"):
            await admission.enter()
        admission.leave()
        assert admission.load.in_flight == 0
        assert admission.load.draining

    asyncio.run(main())


def test_a_loop_that_lags_turns_calls_away_and_recovers() -> None:
    async def main() -> None:
        admission = door(max_lag=0.2)
        await admission.enter()
        time.sleep(WATCH_SECONDS + 1.0)  # noqa: ASYNC251  # what must not happen, happens
        await until(lambda: admission.load.lag > 0)
        with pytest.raises(OverloadedError):
            await admission.enter()
        admission.leave()
        await until(lambda: admission.load.lag <= 0.2)
        await admission.enter()
        admission.leave()

    asyncio.run(main())


def test_the_watch_ends_with_the_last_call() -> None:
    async def main() -> None:
        admission = door()
        await admission.enter()
        admission.leave()
        await until(lambda: admission._watch is None)

    asyncio.run(main())


def test_too_much_memory_turns_calls_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with pytest.raises(OverloadedError):
            await door(max_rss=1).enter()
        await door(max_rss=1 << 50).enter()
        monkeypatch.setattr("pontage.admission._STATM", "/nowhere")
        assert resident_bytes() == 0
        await door(max_rss=1).enter()

    assert resident_bytes() > 1_000_000
    asyncio.run(main())
