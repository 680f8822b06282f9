"""One call's life, written once: admit, plan, attempt, settle. Floor 7; the SDK and the server are faces over it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from pontage.admission import Admission
from pontage.attempts import Attempts
from pontage.config import Config, OnDisconnect
from pontage.crossing import (
    CallOptions,
    Crossing,
    Outcome,
    Performed,
)
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call, Reply
from pontage.dialects.forwarding import Passage
from pontage.dialects.task import Task, TaskReply
from pontage.domain.chat import Note
from pontage.domain.stream import StreamEvent
from pontage.hedging import Hedges
from pontage.inventory import Inventory
from pontage.knowledge import Knowledge
from pontage.leaving import Leavings
from pontage.live import LivePassage, LiveStream
from pontage.opening import InEvents, InFormat, Opener
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
        self, config: Config, registry: ProviderRegistry, transport: Transport, knowledge: Knowledge | None = None
    ) -> None:
        self.config = config
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
        self._hedges = Hedges(self._attempts, self.settle, self._planner.price)
        self._opener = Opener(self._attempts, self._hedges, self._leavings, self.settle, self._planner.price)

    async def aclose(self) -> None:
        """Close every connection to a provider."""
        await self._leavings.aclose()
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

        chosen = self._planner.chosen(call, options)
        if self._policy(chosen) == "drain":
            return await self._leavings.through(self._send(call, chosen, options))
        return await self._send(call, chosen, options)

    async def perform(self, task: Task[Q, A], options: CallOptions = DEFAULT_OPTIONS) -> Performed[Q, A]:
        """The answer of an operation beside chat. Raises one of the error tree; InvalidRequestError where none of the
        model's providers does it."""

        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
            return await configured.client.perform(task, attempt)

        name = task.operation.name
        chosen = self._planner.able(self.plan(task.model), name, lambda one: one.client.offers(name))
        (reply, notes), crossing = await self._attempts.run(chosen, options, attempt_once)
        crossing.answered(reply.usage, notes, len(reply.body))
        self.settle(crossing)
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
        passing, crossing = await self._attempts.run(chosen, options, attempt_once, again=False)
        return LivePassage(crossing, passing, self.settle)

    async def open(self, call: Call, client: ClientSide, options: CallOptions = DEFAULT_OPTIONS) -> LiveStream[bytes]:
        """The answer as the client's bytes, piece by piece, once its first content is there."""
        chosen = self._planner.chosen(call, options)
        return await self._opener.open(call, chosen, options, InFormat(client), self._policy(chosen))

    async def open_events(
        self, call: Call, options: CallOptions = DEFAULT_OPTIONS
    ) -> LiveStream[Sequence[StreamEvent]]:
        """The answer as canonical events, once its first content is there."""
        chosen = self._planner.chosen(call, options)
        return await self._opener.open(call, chosen, options, InEvents(), self._policy(chosen))

    def settle(self, crossing: Crossing) -> None:
        """A call has ended: the one place where its record is made."""
        self._attempts.ended(crossing)
        self._planner.remember(crossing)
        if crossing.usage is not None and not crossing.simulated:
            crossing.cost = self._planner.price(crossing, crossing.usage)
        crossing.close(monotonic())
        for listen in self.listeners:
            listen(crossing)
        if log.isEnabledFor(logging.INFO):
            cost = f"${crossing.cost}" if crossing.cost is not None else ""
            tried = ",".join(crossing.attempts)
            told = {"fields": line_of(crossing)}
            log.info("%s -> %s %s %s", crossing.plan.route, crossing.target.name, tried, cost, extra=told)

    def _policy(self, chosen: Plan) -> OnDisconnect:
        return chosen.on_disconnect or self.config.server.streams.on_disconnect

    async def _send(self, call: Call, chosen: Plan, options: CallOptions) -> Outcome:
        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
            return await configured.client.send(call, attempt)

        async def discard(found: tuple[Reply, tuple[Note, ...]], crossing: Crossing) -> None:
            crossing.usage = found[0].usage

        found = await self._hedges.run(call, chosen, options, attempt_once, discard, streamed=False)
        (reply, notes), crossing = found
        crossing.answered(reply.usage, notes, len(reply.body))
        crossing.stop, crossing.tried[-1].first_byte = reply.stop, reply.first_byte
        self.settle(crossing)
        return Outcome(reply=reply, notes=notes, crossing=crossing)
