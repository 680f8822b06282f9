"""`pontage.asgi:app`, for those who run an ASGI server of their own. Floor 9.

The configuration is found as `pontage serve` finds it; providers are called from the first request on.
"""

from __future__ import annotations

import os
from typing import Any

from pontage.assemble import assemble
from pontage.config import load
from pontage.server.app import Gateway
from pontage.server.asgi import ASGICallable, Message, Receive, Send, asgi


class LazyGateway:
    """An ASGI callable whose gateway is made at the first event, so that importing this module does nothing."""

    def __init__(self) -> None:
        self._serve: ASGICallable | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> Any:
        """See the ASGI specification, version 3."""
        if self._serve is None:
            environ = dict(os.environ)
            self._serve = asgi(Gateway(assemble(load(environ=environ).config, environ)))
        await self._serve(scope, receive, send)


app = LazyGateway()
