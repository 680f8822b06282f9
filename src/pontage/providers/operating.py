"""Operations beside chat, over HTTP: embeddings, rerank, and whatever `dialects.operations` knows. Floor 4."""

from __future__ import annotations

from fnmatch import fnmatchcase
from time import perf_counter
from typing import TypeVar

from pontage.dialects.dialect import Encoded
from pontage.dialects.operation import Format
from pontage.dialects.operations import OPERATIONS
from pontage.dialects.table import PROVIDER_SIDES
from pontage.dialects.task import Task, TaskReply
from pontage.domain.chat import Note
from pontage.errors import PontageError
from pontage.providers.base import Attempt, Endpoint
from pontage.providers.caller import HTTPCaller, refusal, signed
from pontage.providers.described import cannot
from pontage.providers.fitting import refuse_kept, refuse_losses

Q = TypeVar("Q")
A = TypeVar("A")

NOT_THERE = (404, 405, 501)
"""Statuses of a server that has no such endpoint."""
GUESSED = (Note("approximated", "tokens", "nobody counts them here: an estimate by the length of the text"),)


class HTTPOperations(HTTPCaller):
    """What a provider does beside chat, as its configuration lists it."""

    def offers(self, operation: str) -> bool:
        """See `Provider.offers`."""
        formats, guess = OPERATIONS[operation].formats, OPERATIONS[operation].guess
        return guess is not None or any(endpoint.dialect in formats for endpoint in self.config.operations)

    async def perform(self, task: Task[Q, A], attempt: Attempt) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
        """See `Provider.perform`. A request that is too large for one is sent in pieces, one after the other."""
        found = self._format_for(task, attempt.model)
        guess = task.operation.guess
        if guess is None:
            if found is None:
                raise cannot(self.config, task.operation.name)
            return await self._perform(*found, task, attempt)
        if found is not None:
            try:
                return await self._perform(*found, task, attempt)
            except PontageError as error:
                if error.upstream_status not in NOT_THERE or error.upstream_code is not None:
                    raise  # it is there, and has a word for what is wrong
        if attempt.strict:
            refuse_losses(GUESSED)
        return TaskReply(task, None, b"", guess(task.request)), GUESSED

    async def _perform(
        self, endpoint: Endpoint, form: Format[Q, A], task: Task[Q, A], attempt: Attempt
    ) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
        pieces = task.pieces_for(form, attempt.model)
        notes = pieces[0].notes
        refuse_kept(notes)
        if attempt.strict:
            refuse_losses(notes)
        began = perf_counter()
        try:
            bodies = [await self._ask(endpoint, form, task, attempt, piece) for piece in pieces]
            answer = task.fitted(form, task.operation.join([form.decode_response(body) for body in bodies]))
        except PontageError as error:
            raise signed(error, self.config, attempt.model, attempt.key) from None
        reply = TaskReply(task, form, bodies[0], answer)
        reply.elapsed = perf_counter() - began
        return reply, notes

    def _format_for(self, task: Task[Q, A], model: str) -> tuple[Endpoint, Format[Q, A]] | None:
        formats = task.operation.formats
        able = [
            (one, formats[one.dialect])
            for one in self.config.operations
            if one.dialect in formats and (not one.models or any(fnmatchcase(model, glob) for glob in one.models))
        ]
        return next((pair for pair in able if task.speaks(pair[1])), able[0] if able else None)

    async def _ask(
        self, endpoint: Endpoint, form: Format[Q, A], task: Task[Q, A], attempt: Attempt, piece: Encoded
    ) -> bytes:
        sent = task.headers if task.speaks(form) else None
        async with await self._transport.send(self.outgoing(endpoint, attempt, piece.body, sent)) as answer:
            body = await answer.read()
            if answer.status != 200:
                raise refusal(PROVIDER_SIDES[form.words], answer.status, dict(answer.headers.items()), body)
            return body
