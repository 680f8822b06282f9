"""From the configuration to what recalls answers: its routes, its stores, and who makes vectors. Floor 7."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from pontage.caching.library import Library
from pontage.caching.semantic import MemoryIndex, Vector
from pontage.caching.store import MemoryStore, Store
from pontage.config import Config
from pontage.crossing import Performed
from pontage.dialects.operations import EMBEDDINGS
from pontage.dialects.task import Task
from pontage.domain.embeddings import EmbeddingRequest, EmbeddingResponse
from pontage.errors import PontageError

log = logging.getLogger("pontage.caching")

Embedding = Task[EmbeddingRequest, EmbeddingResponse]
Perform = Callable[[Embedding], Awaitable[Performed[EmbeddingRequest, EmbeddingResponse]]]
SCOPES = 1_000
"""Conversations, but for their last words, of which a virtual model compares the questions."""


def library_of(config: Config, perform: Perform) -> Library:
    """What the virtual models of `config` keep their answers in."""
    section = config.cache
    rules = {name: route.cache for name, route in config.models.items() if route.cache is not None}
    stores: dict[str, Store] = {"memory": MemoryStore(section.entries, section.bytes)}
    if section.path is not None and any(rule.store == "sqlite" for rule in rules.values()):
        from pontage.caching.sqlite import SQLiteStore  # who does not ask for it does not load SQLite

        stores["sqlite"] = SQLiteStore(Path(section.path), section.sqlite_entries, section.sqlite_bytes)
    indexes = {name: MemoryIndex(SCOPES, rule.candidates) for name, rule in rules.items() if rule.kind == "semantic"}

    async def vector(model: str, text: str) -> Vector | None:
        request = EmbeddingRequest(model=model, inputs=(text,))
        try:
            done = await perform(Task[EmbeddingRequest, EmbeddingResponse].of(EMBEDDINGS, request, model))
            return next(iter(done.reply.response.floats()), None)
        except (PontageError, ValueError) as error:
            log.warning("no vector from %s: %s", model, error)
            return None

    return Library(stores, indexes, vector, section.answer_bytes)
