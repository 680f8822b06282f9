"""Requests that pass as they are: OpenAI's smaller APIs, and the providers' own under their names. Floor 8."""

from __future__ import annotations

from pontage.dialects.forwarding import Passage, said_by
from pontage.engine import Engine
from pontage.errors import PontageError
from pontage.server.exchange import Exchange, crossing_headers
from pontage.server.routes import lost
from pontage.server.wishes import options_of

PROVIDER = "x-pontage-provider"
"""The header by which a request without a model says where it goes."""


async def openai(engine: Engine, exchange: Exchange) -> None:
    """One of OpenAI's own paths: to the provider of the model it names, else to the one that its header names."""
    passage = passage_of(exchange, own=False)
    await forward(engine, exchange, passage, said_by(passage).model, exchange.request.headers.get(PROVIDER))


async def own(engine: Engine, exchange: Exchange) -> None:
    """One of a provider's own paths, under its name: `/{provider}/...`."""
    configured = engine.registry.get(exchange.match.model or "")
    if configured is None:
        raise lost(exchange.request.path)
    passage = passage_of(exchange, own=True)
    if not configured.client.takes(passage):
        error = lost(exchange.request.path)
        setting = f"providers.{configured.name}.passthrough lists what passes to it as it is"
        error.hint = f"{error.hint} Else: {setting}" if error.hint else setting
        raise error
    await forward(engine, exchange, passage, "", configured.name)


def passage_of(exchange: Exchange, *, own: bool) -> Passage:
    """The request as it passes."""
    request = exchange.request
    return Passage(
        method=request.method,
        path=exchange.match.rest,
        query=request.query,
        content_type=request.headers.get("content-type") or "",
        accept=request.headers.get("accept") or "*/*",
        body=request.body,
        own=own,
        headers=request.headers,
    )


async def forward(engine: Engine, exchange: Exchange, passage: Passage, model: str, provider: str | None) -> None:
    """Send it on its way, and give its answer back piece by piece."""
    live = await engine.forward(passage, model, provider, options_of(exchange, "passthrough"))
    respond = exchange.respond
    try:
        fields = [*live.headers, *crossing_headers(exchange, live.crossing, (), live.elapsed)]
        exchange.status = live.status
        await respond.start(live.status, fields)
        try:
            while (piece := await live.pull()) is not None:
                if piece:
                    await respond.write(piece)
        except PontageError:
            respond.abort()  # what was begun has no words for an error: it is cut, and seen to be
            return
        await respond.end()
    finally:
        await live.aclose()
