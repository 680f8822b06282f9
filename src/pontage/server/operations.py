"""Operations beside chat: the question in one format, the answer in the same. Floor 8."""

from __future__ import annotations

from typing import Any

from pontage.dialects.operation import Operation
from pontage.dialects.operations import EMBEDDINGS
from pontage.dialects.task import Task
from pontage.engine import Engine
from pontage.server.exchange import JSON_TYPE, Exchange, crossing_headers, options_of


async def embeddings(engine: Engine, exchange: Exchange) -> None:
    """POST /v1/embeddings, in OpenAI's words."""
    await perform(engine, exchange, EMBEDDINGS, "openai_embeddings")


async def perform(engine: Engine, exchange: Exchange, operation: Operation[Any, Any], form: str) -> None:
    """Send the question on its way and give its answer back."""
    task = Task[Any, Any].received(operation, form, exchange.request.body, model=exchange.match.model)
    task.headers = exchange.request.headers
    done = await engine.perform(task, options_of(exchange.request.headers))
    answer = done.reply.bytes_in_own()
    notes = (*done.notes, *answer.notes)
    fields = [JSON_TYPE, *crossing_headers(exchange, done.crossing, notes, done.reply.elapsed)]
    exchange.respond.send(200, fields, answer.body)
