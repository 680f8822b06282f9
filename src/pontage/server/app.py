"""The gateway's application: from a whole request to an answer, knowing no socket. Floor 8.

`Gateway` is what the listener and the ASGI adapter serve: it matches a route, hands the exchange to the route's handler
and words every error in the caller's dialect.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter

import msgspec

from pontage.engine import Engine
from pontage.errors import OverloadedError, PontageError
from pontage.observer import Observer
from pontage.server import admin, crossing, listing, ollama, operations, passthrough
from pontage.server.door import Door
from pontage.server.exchange import JSON_TYPE, Exchange, ids
from pontage.server.formats import FORMATS
from pontage.server.http import Headers, Request, Responder
from pontage.server.idempotency import Repeats, Worded
from pontage.server.routes import format_of, match
from pontage.version import __version__

Handler = Callable[[Engine, Exchange], Awaitable[None]]


async def alive(engine: Engine, exchange: Exchange) -> None:
    """The process answers; no upstream is asked."""
    exchange.send(b'{"status":"ok"}')


async def ready(engine: Engine, exchange: Exchange) -> None:
    """Whether calls are let in; 503 when the process is about to stop."""
    draining = engine.admission.draining
    exchange.send(b'{"status":"draining"}' if draining else b'{"status":"ok"}', status=503 if draining else 200)


async def version(engine: Engine, exchange: Exchange) -> None:
    """Who is speaking."""
    exchange.send(msgspec.json.encode({"name": "pontage", "version": __version__}))


async def welcome(engine: Engine, exchange: Exchange) -> None:
    """What a browser or a curious curl finds at the root."""
    text = f"Pontage {__version__} is running. GET /v1/models lists what it can reach.\n"
    exchange.send(text.encode(), content_type="text/plain; charset=utf-8")


HANDLERS: Mapping[str, Handler] = {
    "chat": crossing.chat,
    "generate": crossing.generate,
    "stream_generate": crossing.stream_generate,
    **operations.HANDLERS,
    "passthrough": passthrough.openai,
    "own_passthrough": passthrough.own,
    "models": listing.models,
    "model": listing.model,
    "ollama_generate": ollama.generate,
    "ollama_show": ollama.show,
    "ollama_running": ollama.running,
    "ollama_version": ollama.version,
    **admin.HANDLERS,
    "alive": alive,
    "ready": ready,
    "version": version,
    "welcome": welcome,
}

NOWHERE = "none"
"""What answers a request to a path that is not there."""
LEFT = 499
"""The status of a request whose client left before it could be told one."""


class Gateway:
    """The application: see `pontage.server.http.Application`."""

    def __init__(self, engine: Engine, door: Door | None = None) -> None:
        self.engine = engine
        self.door = door
        self.observer = Observer(engine)
        self._repeats = Repeats(engine.config.server.idempotency)
        self._run = os.urandom(6).hex()
        self._numbers = itertools.count(1)

    async def __call__(self, request: Request, respond: Responder) -> None:
        """Answer one request. Cancelled as soon as the client is gone."""
        began = perf_counter()
        number = f"req_{self._run}{next(self._numbers):08x}"
        name, status = NOWHERE, LEFT
        try:
            found = match(request.method, request.path)
            name = found.route.handler
            exchange = Exchange(request, respond, found, number, began, self.observer)
            await self._answer(exchange)
            status = exchange.status
        except PontageError as error:
            status, fields, body = self.refuse(request.method, request.path, request.headers, error)
            if name != NOWHERE:
                self.observer.refused(number, name, error)
            if respond.started:
                raise
            respond.send(status, [*fields, *ids(number)], body)
        except Exception:
            status = PontageError.status
            raise
        finally:
            self.observer.answered(name, status)

    def drain(self) -> None:
        """Let no more calls in; questions about health are still answered."""
        self.engine.admission.drain()

    async def _answer(self, exchange: Exchange) -> None:
        """Have it answered: a call when its caller may and there is room for it."""
        engine, route = self.engine, exchange.match.route
        handler = HANDLERS[route.handler]
        if route.policy != "call":
            if route.policy == "admin":
                if self.door is not None and self.door.closed:
                    self.door.admit(exchange.request, route.handler, manages=True)
                else:
                    admin.admit(engine, exchange.request)
            await handler(engine, exchange)
            return
        if self.door is not None:
            exchange.caller = self.door.admit(exchange.request, route.handler)
        await engine.admission.enter()
        try:
            if self._repeats.concerns(exchange.request):
                await self._repeats.answer(exchange, lambda: handler(engine, exchange), self._worded(exchange.request))
            else:
                await handler(engine, exchange)
        finally:
            engine.admission.leave()

    def _worded(self, request: Request) -> Worded:
        return lambda error: self.refuse(request.method, request.path, request.headers, error)

    def refuse(
        self, method: str, target: str, headers: Headers, error: PontageError
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """`error` in the caller's dialect: status, headers and body."""
        client = FORMATS[format_of(target.partition("?")[0], headers)]
        status, body = client.encode_error(error)
        again = isinstance(error, OverloadedError) and error.provider is None  # we were busy, and asked nobody
        fields = [JSON_TYPE, ("x-should-retry", str(again).lower()), ("x-pontage-error", error.code)]
        if error.retry_after is not None:
            fields.append(("retry-after", str(max(1, round(error.retry_after)))))
        if error.attempts:
            fields.append(("x-pontage-attempts", ",".join(error.attempts)))
        return status, fields, body
