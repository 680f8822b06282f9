"""What the gateway tells of itself: metrics, health, and what became of requests. Floor 8. Nobody is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from pontage.config import is_loopback
from pontage.crossing import CallOptions
from pontage.dialects.envelope import Call
from pontage.engine import Engine
from pontage.errors import InvalidRequestError, NotFoundError, PermissionDeniedError
from pontage.health import health_of, provider_health
from pontage.server.exchange import Exchange
from pontage.server.formats import FORMATS
from pontage.server.http import Request
from pontage.timeline import plan_of

PAGE: Final = 50
LARGEST_PAGE: Final = 500
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers by which proxies tell that they are."""
NOTHING: Final[dict[str, Any]] = {"messages": [{"role": "user", "content": ""}]}
"""A request that asks for nothing special."""


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `routes/explain` is asked: a `model`, and perhaps a `request` in a client's `format`, its tags, session and
    further models."""

    model: str
    request: dict[str, Any] | None = None
    format: str = "openai_chat"
    tags: tuple[str, ...] = ()
    session: str | None = None
    fallbacks: tuple[str, ...] = ()


def admit(engine: Engine, request: Request) -> None:
    """Let through who may look behind the counter: while there are no keys, whoever is on this machine.

    A page in a browser there is not: it cannot name this machine in `host` unless its own address does. Nor is whoever
    comes through a proxy that says so. Raises PermissionDeniedError.
    """
    if engine.config.auth.mode != "auto":
        raise PermissionDeniedError("this needs an administrator's key")
    host = request.headers.get("host") or ""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    forwarded = any(header in request.headers for header in FORWARDED)
    if forwarded or not is_loopback(request.peer) or not is_loopback(name):
        raise PermissionDeniedError("this is told on the loopback address only", hint="ask http://127.0.0.1")


async def metrics(engine: Engine, exchange: Exchange) -> None:
    """Prometheus reads this."""
    from pontage.observing.exposition import rendered  # only here: it imports prometheus-client

    families = exchange.observer.read().families()
    content_type, body = rendered(families, exchange.request.headers.get("accept") or "")
    exchange.send(body, content_type=content_type)


async def health(engine: Engine, exchange: Exchange) -> None:
    """How everything fares."""
    exchange.send(msgspec.json.encode(health_of(engine)))


async def requests(engine: Engine, exchange: Exchange) -> None:
    """The last finished requests, the newest first; `?limit=` and `?before=ID` page through them."""
    query = parse_qs(exchange.request.query)
    limit = _limit(query.get("limit", [str(PAGE)])[-1])
    found = exchange.observer.glances(limit, query.get("before", [None])[-1])
    following = found[-1]["id"] if len(found) == limit else None
    exchange.send(msgspec.json.encode({"requests": found, "next": following}))


async def request(engine: Engine, exchange: Exchange) -> None:
    """What became of one request. Raises NotFoundError."""
    number = exchange.match.rest
    told = exchange.observer.timeline(number)
    if told is None:
        raise NotFoundError(
            f"nothing is kept of a request {number[:100]!r}",
            hint="the last ones are kept, once they are over: telemetry.requests says how many",
        )
    exchange.send(msgspec.json.encode(told))


async def providers(engine: Engine, exchange: Exchange) -> None:
    """The configured providers and how they fare."""
    told = [
        {
            "name": one.name,
            "type": one.client.provider_type,
            "title": one.client.config.title,
            "base_url": one.client.config.base_url,
            "formats": sorted({endpoint.dialect for endpoint in one.client.config.endpoints}),
            "operations": sorted({endpoint.dialect for endpoint in one.client.config.operations}),
            "simulated": one.simulated,
            **provider_health(engine, one),
        }
        for one in engine.registry.all()
    ]
    exchange.send(msgspec.json.encode({"providers": told}))


async def models(engine: Engine, exchange: Exchange) -> None:
    """Every model that can be named, by what is known now."""
    exchange.send(msgspec.json.encode({"models": engine.inventory.known_models()}))


async def explain(engine: Engine, exchange: Exchange) -> None:
    """Where a request would go now, in what order, and why. Raises InvalidRequestError, and as sending it would."""
    try:
        asked = msgspec.json.decode(exchange.request.body, type=Question)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"the body does not ask about a route: {error}") from None
    if asked.format not in FORMATS:
        raise InvalidRequestError(f"there is no format {asked.format[:100]!r}", param="format", hint=", ".join(FORMATS))
    form, body = (asked.format, asked.request) if asked.request is not None else ("openai_chat", NOTHING)
    call = Call.received(FORMATS[form], msgspec.json.encode(body), model=asked.model)
    options = CallOptions(tags=asked.tags, session=asked.session, fallbacks=asked.fallbacks)
    exchange.send(msgspec.json.encode(plan_of(engine.explain(call, options))))


HANDLERS: Final[Mapping[str, Callable[[Engine, Exchange], Awaitable[None]]]] = MappingProxyType(
    {
        "metrics": metrics,
        "admin_health": health,
        "admin_providers": providers,
        "admin_models": models,
        "admin_requests": requests,
        "admin_request": request,
        "admin_explain": explain,
    }
)
"""By the names that routes have for them."""


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= LARGEST_PAGE:
        raise InvalidRequestError(f"`limit` must be between 1 and {LARGEST_PAGE}", param="limit")
    return int(text)
