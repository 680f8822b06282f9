"""`pontage.asgi:app`, for those who run an ASGI server of their own. Floor 9.

The configuration is found as `pontage serve` finds it; providers are called from the first request on.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import Any

from pontage.accounts.strongroom import open_room
from pontage.assemble import assemble
from pontage.config import ConfigErrors, load, validate
from pontage.errors import ConfigError
from pontage.server.app import Gateway
from pontage.server.asgi import ASGICallable, Message, Receive, Send, asgi
from pontage.server.door import tended


class LazyGateway:
    """An ASGI callable whose gateway is made at the first event, so that importing this module does nothing."""

    def __init__(self) -> None:
        self._opening = asyncio.Lock()
        self._open = AsyncExitStack()
        self._serve: ASGICallable | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> Any:
        """See the ASGI specification, version 3. Raises ConfigError when the configuration cannot be used, unless the
        host asks for a start (`lifespan`): then it is told that this failed, and why."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await (await self._opened())(scope, receive, send)

    async def _opened(self) -> ASGICallable:
        async with self._opening:
            if self._serve is None:
                async with AsyncExitStack() as opened:
                    self._serve = await _gateway(opened)
                    self._open = opened.pop_all()
            return self._serve

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            serve = await self._opened()
        except ConfigError as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await serve(scope, receive, send)
        self._serve = None
        await self._open.aclose()


async def _gateway(opened: AsyncExitStack) -> ASGICallable:
    """The gateway of the configuration; `opened` closes it, its books and its engine."""
    environ = dict(os.environ)
    loaded = load(environ=environ)
    config = loaded.config
    room = await open_room(config, environ, keeper=True) if config.ledger.enabled else None
    door = await opened.enter_async_context(tended(room, config))
    known = bool(room and room.keys.ring.keys)
    problems = validate(config, places=loaded.places, has_keys=known)
    if problems:
        raise ConfigErrors(problems)
    engine = assemble(config, environ) if room is None else assemble(config, environ, room.store, room.vault)
    opened.push_async_callback(engine.aclose)
    return asgi(Gateway(engine, door))


app = LazyGateway()
