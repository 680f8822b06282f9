"""Operations beside chat: the question in one format, the answer in the same. Floor 8."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from pontage.dialects.operation import Operation
from pontage.dialects.operations import OPERATIONS
from pontage.dialects.task import Task
from pontage.engine import Engine
from pontage.server.exchange import JSON_TYPE, Exchange, crossing_headers
from pontage.server.wishes import options_of

MEANT: Final = MappingProxyType({("openai_embeddings", "mistral_chat"): "mistral_embeddings"})
"""The format that a caller means at another's path, by that path's format and the caller's own words."""


async def perform(engine: Engine, exchange: Exchange, *, operation: Operation[Any, Any], form: str) -> None:
    """Send the question on its way and give its answer back."""
    form = MEANT.get((form, exchange.form), form)
    task = Task[Any, Any].received(operation, form, exchange.request.body, model=exchange.match.model)
    task.headers = exchange.request.headers
    done = await engine.perform(task, options_of(exchange, task.operation.name))
    answer = done.reply.bytes_in_own()
    notes = (*done.notes, *answer.notes)
    fields = [JSON_TYPE, *crossing_headers(exchange, done.crossing, notes, done.reply.elapsed)]
    if getattr(done.reply.response, "estimated", False):
        fields.append(("x-pontage-estimated", "true"))
    exchange.respond.send(200, fields, answer.body)


HANDLERS: Final[Mapping[str, Callable[[Engine, Exchange], Awaitable[None]]]] = MappingProxyType(
    {
        form: partial(perform, operation=operation, form=form)
        for operation in OPERATIONS.values()
        for form in operation.formats
    }
)
"""Every operation in every format, by the format's name: a route says no more than that."""
