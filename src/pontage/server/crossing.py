"""The main job: a call across the bridge and its answer back, in the caller's format. Floor 8."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from pontage.crossing import CallOptions
from pontage.dialects import google_generate
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.engine import Engine
from pontage.errors import InvalidRequestError, OverloadedError, PontageError
from pontage.live import LiveStream
from pontage.server.exchange import JSON_TYPE, Exchange, crossing_headers
from pontage.server.heart import Heart, stream_fields
from pontage.server.wishes import options_of, with_own_list

STOPPING: Final = partial(OverloadedError, "the gateway is stopping", retry_after=1.0)
GOOGLE_ARRAY = google_generate.client_side(array=True)
"""Gemini's streams without `alt=sse`."""


async def chat(engine: Engine, exchange: Exchange) -> None:
    """A format whose body says model and stream."""
    await cross(engine, exchange, Call.received(exchange.client, exchange.request.body))


async def generate(engine: Engine, exchange: Exchange) -> None:
    """Gemini's generateContent: the path says the model."""
    call = Call.received(exchange.client, exchange.request.body, model=exchange.match.model, stream=False)
    await cross(engine, exchange, call)


async def stream_generate(engine: Engine, exchange: Exchange) -> None:
    """Gemini's streamGenerateContent: server-sent events with `alt=sse`, else one JSON array in pieces."""
    events = "alt=sse" in exchange.request.query.split("&")
    client = exchange.client if events else GOOGLE_ARRAY
    call = Call.received(client, exchange.request.body, model=exchange.match.model, stream=True)
    await cross(engine, exchange, call)


async def cross(engine: Engine, exchange: Exchange, call: Call) -> None:
    """Send a call on its way and give its answer back, whole or streamed."""
    client = call.client
    assert client is not None
    call.headers = exchange.request.headers
    options = with_own_list(call, options_of(exchange), engine)
    most = engine.config.server.limits.choices
    if not 0 < call.choices <= most:
        raise InvalidRequestError(f"between 1 and {most} answers can be asked for, not {call.choices}", param="n")
    if call.stream:
        await _stream(engine, exchange, call, client, options)
        return
    outcome = await engine.send(call, options)
    answer = outcome.reply.bytes_in(client)
    notes = (*outcome.notes, *answer.notes)
    fields = [JSON_TYPE, *crossing_headers(exchange, outcome.crossing, notes, outcome.reply.elapsed)]
    exchange.respond.send(200, fields, answer.body)


async def _stream(engine: Engine, exchange: Exchange, call: Call, client: ClientSide, options: CallOptions) -> None:
    respond = exchange.respond
    with Heart(exchange, client, engine.config.server.streams) as heart:
        try:
            live = await engine.open(call, client, options)
        except PontageError as error:
            await heart.hush()
            if not respond.started:
                raise
            await _break_off(exchange, client.stream_encoder(None).fail(error))
            return
        except asyncio.CancelledError:
            if engine.admission.draining and respond.started:
                await _break_off(exchange, client.stream_encoder(None).fail(STOPPING()))
            raise
        try:
            await _give(exchange, client, live, heart)
        except asyncio.CancelledError:
            if engine.admission.draining and respond.started:  # whoever still listens shall know that it is cut
                await _break_off(exchange, live.fail(STOPPING()))
            raise
        finally:
            await live.aclose()


async def _give(exchange: Exchange, client: ClientSide, live: LiveStream[bytes], heart: Heart) -> None:
    """Give a stream piece by piece, and its true end."""
    respond = exchange.respond
    await heart.hush()
    if not respond.started:
        told = crossing_headers(exchange, live.crossing, live.notes, live.elapsed)
        await respond.start(200, [*stream_fields(client), *told])
    try:
        while True:
            heart.listen()
            piece = await live.pull()
            if heart.rest():
                await heart.hush()
            if piece is None:
                break
            if piece:
                await respond.write(piece)
    except PontageError as error:
        await heart.hush()
        await _break_off(exchange, live.fail(error))
    else:
        await respond.end()


async def _break_off(exchange: Exchange, last: bytes) -> None:
    """End a stream with the format's own error event, and no success terminator."""
    exchange.broken = True
    await exchange.respond.write(last)
    await exchange.respond.end()
