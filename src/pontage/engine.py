"""One call's life, written once: admit, plan, attempt, settle. Floor 7; the SDK and the server are faces over it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from pontage.accounts.account import on_account
from pontage.accounts.asked import Asked
from pontage.accounts.books import Books
from pontage.admission import Admission
from pontage.attempts import Attempts
from pontage.caching.recall import Recall
from pontage.caching.remembering import library_of
from pontage.config import Config
from pontage.crossing import CallOptions, Crossing, Outcome, Performed
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.dialects.forwarding import Passage
from pontage.dialects.task import Task, TaskReply
from pontage.direct import Direct
from pontage.domain.chat import Note
from pontage.domain.stream import StreamEvent
from pontage.inventory import Inventory
from pontage.knowledge import Knowledge
from pontage.leaving import Leavings
from pontage.live import LivePassage, LiveStream
from pontage.opening import InEvents, InFormat
from pontage.planning import Planner
from pontage.providers.base import Attempt, Passing
from pontage.registry import Configured, ProviderRegistry
from pontage.router.book import HealthBook
from pontage.router.plan import Plan
from pontage.timeline import line_of
from pontage.tracing import tracing_of
from pontage.transport import Transport

log = logging.getLogger("pontage.engine")

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
        self.tracing = tracing_of(config.telemetry.otlp)
        self.listeners: list[Callable[[Crossing], None]] = [self.tracing.settled] if self.tracing is not None else []
        self._planner = Planner(config, registry, self.knowledge, self.book)
        self._attempts = Attempts(registry, self.knowledge, self.book, self.settle)
        self._leavings = Leavings(self._planner.price)
        ways = self._attempts, self._leavings, self.settle
        direct = Direct(self._planner, *ways, config.server.streams.on_disconnect, books)
        library = library_of(config, self.perform)
        self._recall = Recall(config, direct, library, registry.forwarded, self.plan, self.settle)

    async def aclose(self) -> None:
        """Close every connection to a provider, and what answers are kept in."""
        await self._leavings.aclose()
        await self._recall.aclose()
        await self.inventory.aclose()
        await self.transport.aclose()
        if self.tracing is not None:
            await self.tracing.aclose()

    def plan(self, model: str) -> Plan:
        """Where a request for `model` may go, and why. See `router.plan.plan`."""
        return self._planner.plan(model)

    def explain(self, call: Call, options: CallOptions = DEFAULT_OPTIONS) -> Plan:
        """Where this request would go now, in what order, and why. Raises as sending it would."""
        return self._planner.chosen(call, options)

    async def send(self, call: Call, options: CallOptions = DEFAULT_OPTIONS) -> Outcome:
        """The whole answer. Raises one of the error tree, with the attempts it took."""
        return await self._recall.send(call, options)

    async def perform(self, task: Task[Q, A], options: CallOptions = DEFAULT_OPTIONS) -> Performed[Q, A]:
        """The answer of an operation beside chat. Raises one of the error tree; InvalidRequestError where none of the
        model's providers does it."""

        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
            return await configured.client.perform(task, attempt)

        name = task.operation.name
        chosen = self._planner.able(self.plan(task.model), name, lambda one: one.client.offers(name))
        if task.kept and task.client is not None:
            chosen = self._planner.keepers.bind(chosen, task.kept, task.client.words, monotonic())
        asked = Asked(model=task.model, size=len(task.body))
        chosen, options = on_account(self.books, chosen, options, asked)
        (reply, notes), crossing = await self._attempts.run(chosen, options, attempt_once)
        crossing.answered(reply.usage, notes, len(reply.body))
        self.settle(crossing)
        await crossing.safe()
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
        chosen, options = on_account(self.books, chosen, options, asked)
        passing, crossing = await self._attempts.run(chosen, options, attempt_once, again=False)
        crossing.tried[-1].outcome = str(passing.status)  # of a refusal too, where it is the caller's own business
        return LivePassage(crossing, passing, self.settle)

    async def open(self, call: Call, client: ClientSide, options: CallOptions = DEFAULT_OPTIONS) -> LiveStream[bytes]:
        """The answer as the client's bytes, piece by piece, once its first content is there."""
        return await self._recall.open(call, options, InFormat(client))

    async def open_events(
        self, call: Call, options: CallOptions = DEFAULT_OPTIONS
    ) -> LiveStream[Sequence[StreamEvent]]:
        """The answer as canonical events, once its first content is there."""
        return await self._recall.open(call, options, InEvents())

    def settle(self, crossing: Crossing) -> None:
        """A call has ended: the one place where its record is made."""
        self._attempts.ended(crossing)
        self._planner.remember(crossing)
        if crossing.cost is None and crossing.usage is not None and not crossing.simulated:
            crossing.cost = self._planner.price(crossing, crossing.usage)
        crossing.close(monotonic())
        for listen in self.listeners:
            listen(crossing)
        if log.isEnabledFor(logging.INFO):
            cost = f"${crossing.cost}" if crossing.cost is not None else ""
            tried = ",".join(crossing.attempts)
            told = {"fields": line_of(crossing)}
            log.info("%s -> %s %s %s", crossing.plan.route, crossing.target.name, tried, cost, extra=told)
        if crossing.options.account is not None:
            crossing.options.account.settle(crossing)
