"""One call's life, written once: admit, plan, attempt, settle. Floor 7; the SDK and the server are faces over it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from pontage.accounts.asked import Asked
from pontage.accounts.books import Books
from pontage.admission import Admission
from pontage.attempts import Attempts, How
from pontage.config import Config
from pontage.cost import conditions_of
from pontage.crossing import (
    CallOptions,
    Crossing,
    LivePassage,
    LiveStream,
    Outcome,
    Performed,
    first_content_within,
    until_content,
)
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call, Reply
from pontage.dialects.forwarding import Passage
from pontage.dialects.task import Task, TaskReply
from pontage.domain.chat import Note
from pontage.domain.stream import StreamEvent
from pontage.inventory import Inventory
from pontage.knowledge import Knowledge
from pontage.planning import Planner
from pontage.providers.base import Attempt, Passing, Pulled, StreamReply
from pontage.registry import Configured, ProviderRegistry
from pontage.router.book import HealthBook
from pontage.router.plan import Plan
from pontage.timeline import line_of
from pontage.transport import Transport

log = logging.getLogger("pontage.engine")

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")

DEFAULT_OPTIONS = CallOptions()


class Engine:
    """Calls providers by a configuration. Two engines with different configurations live in one process.

    `listeners` are told of every crossing that has ended.
    """

    def __init__(
        self,
        config: Config,
        registry: ProviderRegistry,
        transport: Transport,
        knowledge: Knowledge | None = None,
        books: Books | None = None,
    ) -> None:
        self.config = config
        self.books = books
        self.registry = registry
        self.transport = transport
        self.knowledge = knowledge or Knowledge()
        self.admission = Admission(config.server.load)
        self.inventory = Inventory(config, registry, self.knowledge)
        self.book = HealthBook()
        self.listeners: list[Callable[[Crossing], None]] = []
        self._planner = Planner(config, registry, self.knowledge, self.book)
        self._attempts = Attempts(registry, self.knowledge, self.book, self.settle, books)

    async def aclose(self) -> None:
        """Close every connection to a provider."""
        await self.inventory.aclose()
        await self.transport.aclose()

    def plan(self, model: str) -> Plan:
        """Where a request for `model` may go, and why. See `router.plan.plan`."""
        return self._planner.plan(model)

    def explain(self, call: Call, options: CallOptions = DEFAULT_OPTIONS) -> Plan:
        """Where this request would go now, in what order, and why. Raises as sending it would."""
        return self._planner.chosen(call, options)

    async def send(self, call: Call, options: CallOptions = DEFAULT_OPTIONS) -> Outcome:
        """The whole answer. Raises one of the error tree, with the attempts it took."""

        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
            return await configured.client.send(call, attempt)

        chosen = self._planner.chosen(call, options)
        (reply, notes), crossing = await self._attempts.run(chosen, options, attempt_once, Asked.of(call))
        crossing.answered(reply.usage, notes, len(reply.body))
        crossing.stop, crossing.tried[-1].first_byte = reply.stop, reply.first_byte
        await self.settle(crossing)
        return Outcome(reply=reply, notes=notes, crossing=crossing)

    async def perform(self, task: Task[Q, A], options: CallOptions = DEFAULT_OPTIONS) -> Performed[Q, A]:
        """The answer of an operation beside chat. Raises one of the error tree; InvalidRequestError where none of the
        model's providers does it."""

        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
            return await configured.client.perform(task, attempt)

        name = task.operation.name
        chosen = self._planner.able(self.plan(task.model), name, lambda one: one.client.offers(name))
        asked = Asked(model=task.model, size=len(task.body))
        (reply, notes), crossing = await self._attempts.run(chosen, options, attempt_once, asked)
        crossing.answered(reply.usage, notes, len(reply.body))
        await self.settle(crossing)
        return Performed(reply=reply, notes=notes, crossing=crossing)

    async def forward(
        self, passage: Passage, model: str, provider: str | None = None, options: CallOptions = DEFAULT_OPTIONS
    ) -> LivePassage:
        """The answer to a request that passes as it is, by the plan for `model`; where it names none, from `provider`
        or the first that takes it. Raises one of the error tree."""

        def takes(configured: Configured) -> bool:
            return configured.client.takes(passage)

        async def attempt_once(configured: Configured, attempt: Attempt) -> Passing:
            return await configured.client.forward(passage, attempt)

        if model and provider is None:
            chosen = self._planner.able(self.plan(model), f"{passage.method} {passage.path[:100]}", takes)
        else:
            chosen = self._planner.to_provider(provider, takes)
        asked = Asked(model=model or passage.path, size=len(passage.body), bounded=False)
        passing, crossing = await self._attempts.run(chosen, options, attempt_once, asked, How(again=False))
        return LivePassage(crossing, passing, self.settle)

    async def open(self, call: Call, client: ClientSide, options: CallOptions = DEFAULT_OPTIONS) -> LiveStream[bytes]:
        """The answer as the client's bytes, piece by piece, once its first content is there."""
        return await self._open(call, options, lambda reply: reply.into(client))

    async def open_events(
        self, call: Call, options: CallOptions = DEFAULT_OPTIONS
    ) -> LiveStream[Sequence[StreamEvent]]:
        """The answer as canonical events, once its first content is there."""
        return await self._open(call, options, lambda reply: reply.events())

    async def settle(self, crossing: Crossing) -> None:
        """A call has ended: the one place where its record is made. Returns when that is safe."""
        self._attempts.ended(crossing)
        self._planner.remember(crossing)
        target = crossing.target
        if crossing.usage is not None and not crossing.simulated:
            configured = self.registry.require(target.provider)
            place = (target.provider, configured.client.provider_type, configured.base_name(target.model))
            crossing.bill = self.knowledge.bill(crossing.usage, place, conditions_of(crossing.usage, crossing.began))
        crossing.close(monotonic())
        for listen in self.listeners:
            listen(crossing)
        if log.isEnabledFor(logging.INFO):
            cost = f"${crossing.cost}" if crossing.cost is not None else ""
            tried = ",".join(crossing.attempts)
            told = {"fields": line_of(crossing)}
            log.info("%s -> %s/%s %s %s", crossing.plan.route, target.provider, target.model, tried, cost, extra=told)
        if crossing.account is not None:
            await crossing.account.settle()

    async def _open(self, call: Call, options: CallOptions, shape: Callable[[StreamReply], Pulled[T]]) -> LiveStream[T]:
        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[StreamReply, Pulled[T], list[T]]:
            async with first_content_within(attempt.first_content):
                reply = await configured.client.open(call, attempt)
                try:
                    pulled = shape(reply)
                    held = await until_content(pulled)
                except BaseException:
                    await reply.aclose()
                    raise
            return reply, pulled, held

        chosen = self._planner.chosen(call, options)
        asked, how = Asked.of(call), How(streamed=True)
        (reply, pulled, held), crossing = await self._attempts.run(chosen, options, attempt_once, asked, how)
        return LiveStream(crossing, reply, pulled, held, self.settle)
