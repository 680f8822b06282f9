"""Operations beside chat: the question in one format, the answer in the same. Floor 8."""

from __future__ import annotations

from typing import Any

from pontage.dialects.operation import Operation
from pontage.dialects.operations import COUNT_TOKENS, EMBEDDINGS
from pontage.dialects.task import Task
from pontage.engine import Engine
from pontage.server.exchange import JSON_TYPE, Exchange, crossing_headers, options_of


async def embeddings(engine: Engine, exchange: Exchange) -> None:
    """POST /v1/embeddings, in OpenAI's words."""
    await perform(engine, exchange, EMBEDDINGS, "openai_embeddings")


async def count_anthropic(engine: Engine, exchange: Exchange) -> None:
    """POST /v1/messages/count_tokens."""
    await perform(engine, exchange, COUNT_TOKENS, "anthropic_count_tokens")


async def count_google(engine: Engine, exchange: Exchange) -> None:
    """Gemini's countTokens: the path says the model."""
    await perform(engine, exchange, COUNT_TOKENS, "google_count_tokens")


async def count_responses(engine: Engine, exchange: Exchange) -> None:
    """POST /v1/responses/input_tokens."""
    await perform(engine, exchange, COUNT_TOKENS, "openai_input_tokens")


async def perform(engine: Engine, exchange: Exchange, operation: Operation[Any, Any], form: str) -> None:
    """Send the question on its way and give its answer back."""
    task = Task[Any, Any].received(operation, form, exchange.request.body, model=exchange.match.model)
    task.headers = exchange.request.headers
    done = await engine.perform(task, options_of(exchange.request.headers))
    answer = done.reply.bytes_in_own()
    notes = (*done.notes, *answer.notes)
    fields = [JSON_TYPE, *crossing_headers(exchange, done.crossing, notes, done.reply.elapsed)]
    if getattr(done.reply.response, "estimated", False):
        fields.append(("x-pontage-estimated", "true"))
    exchange.respond.send(200, fields, answer.body)
