"""Who comes in: the virtual key of a request, wherever its format carries one. Floor 8.

One extractor for all formats, and the same checks whichever carried it. While no key exists the door is open, unless
the configuration says `auth.mode: keys`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pontage.accounts.strongroom import StrongRoom, now_micros
from pontage.config import AuthSection, Config
from pontage.errors import AuthenticationError, PermissionDeniedError, PontageError
from pontage.ledger.store import Store
from pontage.security.keys import Caller, Keys
from pontage.security.rights import may_come_from
from pontage.server.http import Headers, Request

log = logging.getLogger("pontage.door")

CARRIERS = ("x-api-key", "x-goog-api-key", "api-key")
"""Headers that carry a key by itself, as `authorization` carries one after `Bearer`."""
_SCHEME = "bearer "


class Door:
    """Lets callers in by their keys."""

    def __init__(self, keys: Keys, store: Store, section: AuthSection) -> None:
        self._keys = keys
        self._store = store
        self._always = section.mode == "keys"

    @property
    def closed(self) -> bool:
        """Whether a key is asked for now."""
        return self._always or bool(self._keys.ring.keys)

    def admit(self, request: Request, route: str, *, manages: bool = False) -> Caller | None:
        """Whose key the request carries; None while the door is open to all. `route` is what it asks for; `manages`: it
        takes a key that manages.

        Raises AuthenticationError without a good key, PermissionDeniedError where that key may not come from there or
        not use that.
        """
        if not self.closed:
            return None
        token, now = presented(request.headers), now_micros()
        if token is None:
            raise AuthenticationError("a key is needed", hint="send it as `Authorization: Bearer ptg_vk_...`")
        caller = self._keys.ring.find(token, now)
        for key in caller.line:
            if not may_come_from(key.rights, request.peer):
                raise PermissionDeniedError("the key is not for use from this address")
            if key.rights.routes is not None and route not in key.rights.routes:
                raise PermissionDeniedError(f"the key is not for {route}")
        if manages and caller.key.rights.kind != "manage":
            raise PermissionDeniedError("this needs a key that manages", hint="pontage keys create NAME --manage")
        touch = self._keys.ring.touched(caller, now)
        if touch is not None:
            self._store.apply(touch).add_done_callback(lambda done: done.cancelled() or _told(done.exception()))
        return caller


@asynccontextmanager
async def tended(room: StrongRoom | None, config: Config) -> AsyncGenerator[Door | None]:
    """The door of a gateway whose books are looked after for so long; closed in the end."""
    if room is None:
        yield None
        return
    tending = asyncio.create_task(room.tend(config.ledger.retention_days))
    try:
        yield Door(room.keys, room.store, config.auth)
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        await room.aclose()


def presented(headers: Headers) -> str | None:
    """The key that a request carries; None when it carries none."""
    bearer = headers.get("authorization")
    if bearer is not None and bearer[: len(_SCHEME)].lower() == _SCHEME:
        return bearer[len(_SCHEME) :].strip()
    return next((value for name in CARRIERS if (value := headers.get(name)) is not None), None)


def _told(error: BaseException | None) -> None:
    if isinstance(error, PontageError):
        log.warning("the last use of a key could not be written: %s", error)
