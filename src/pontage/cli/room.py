"""The books and the keys, opened for the time of a command. Floor 9."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pontage.accounts.strongroom import StrongRoom, now_micros, open_room
from pontage.config import Config, load
from pontage.errors import ConfigError
from pontage.security.keys import Who

T = TypeVar("T")


def with_room(path: str | None, work: Callable[[StrongRoom, Config], Awaitable[T]]) -> T:
    """What `work` gives, with the room of the configuration at `path` (or the one found). Raises ConfigError where
    that keeps no books."""
    environ = dict(os.environ)
    config = load(path, environ=environ).config
    if not config.ledger.enabled:
        raise ConfigError("no books are kept: ledger.enabled is false")

    async def run() -> T:
        room = await open_room(config, environ)
        try:
            return await work(room, config)
        finally:
            await room.aclose()

    return asyncio.run(run())


def whoever() -> Who:
    """The person at the machine, now."""
    return Who(name="cli", now=now_micros())
