"""`pontage.asgi:app`, for those who run an ASGI server of their own. Floor 9.

The configuration is found as `pontage serve` finds it; providers are called from the first request on.
"""

from __future__ import annotations

import os
from typing import Any

from pontage.assemble import assemble
from pontage.config import ConfigErrors, load, validate
from pontage.engine import Engine
from pontage.errors import ConfigError
from pontage.server.app import Gateway
from pontage.server.asgi import ASGICallable, Message, Receive, Send, asgi


class LazyGateway:
    """An ASGI callable whose gateway is made at the first event, so that importing this module does nothing."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._serve: ASGICallable | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> Any:
        """See the ASGI specification, version 3. Raises ConfigError when the configuration cannot be used, unless the
        host asks for a start (`lifespan`): then it is told that this failed, and why."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._opened()(scope, receive, send)

    def _opened(self) -> ASGICallable:
        if self._serve is None:
            environ = dict(os.environ)
            loaded = load(environ=environ)
            problems = validate(loaded.config, places=loaded.places)
            if problems:
                raise ConfigErrors(problems)
            self._engine = assemble(loaded.config, environ)
            self._serve = asgi(Gateway(self._engine))
        return self._serve

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            serve = self._opened()
        except ConfigError as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await serve(scope, receive, send)
        if self._engine is not None:
            await self._engine.aclose()
            self._engine = self._serve = None


app = LazyGateway()
