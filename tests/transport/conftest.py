"""Every test of the transport runs on both event loops, and must leave nothing behind on either."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.transport.peers import Run, until


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine function on a new event loop; afterwards no task may be left."""

    def runner(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async def checked() -> Any:
            result = await main()
            await until(lambda: len(asyncio.all_tasks()) == 1)
            return result

        factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
        before = open_sockets()
        with asyncio.Runner(loop_factory=factory) as loop:
            result = loop.run(checked())
        gc.collect(1)  # unclosed sockets and transports warn here, and warnings are errors; what is old is not ours
        assert open_sockets() == before
        return result

    return runner


def open_sockets() -> int:
    """How many sockets this process has open; 0 where the system does not tell."""
    listing = Path("/proc/self/fd")
    return sum(1 for entry in listing.iterdir() if entry.is_socket()) if listing.exists() else 0
