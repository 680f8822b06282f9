"""One call's life, written once: admit, plan, attempt, settle. Floor 7; the SDK and the server are faces over it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from pontage.config import Config
from pontage.crossing import (
    CallOptions,
    Crossing,
    LiveStream,
    Outcome,
    first_content_within,
    label,
    signed,
    until_content,
)
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call, Reply
from pontage.domain.chat import Note
from pontage.domain.stream import StreamEvent
from pontage.errors import PontageError
from pontage.knowledge import Knowledge
from pontage.providers.base import Attempt, ModelInfo, Pulled, StreamReply
from pontage.registry import ALIASES, Configured, ProviderRegistry
from pontage.router.plan import Landscape, Plan, plan
from pontage.router.retry import MAX_ATTEMPTS, another_key, another_target
from pontage.transport import Transport

log = logging.getLogger("pontage.engine")

T = TypeVar("T")

DEFAULT_OPTIONS = CallOptions()
MOST_PLANS = 1024
"""Names whose plan is kept; a caller can make up names without end."""


class Engine:
    """Calls providers by a configuration. Two engines with different configurations live in one process."""

    def __init__(
        self, config: Config, registry: ProviderRegistry, transport: Transport, knowledge: Knowledge | None = None
    ) -> None:
        self.config = config
        self.registry = registry
        self.transport = transport
        self.knowledge = knowledge or Knowledge()
        self._plans: dict[str, Plan] = {}
        self._planned = registry.revision

    async def aclose(self) -> None:
        """Close every connection to a provider."""
        await self.transport.aclose()

    def landscape(self) -> Landscape:
        """What there is to choose from now."""
        providers = {configured.name: configured for configured in self.registry.all()}
        return Landscape(providers, self.config.models, ALIASES)

    def plan(self, model: str) -> Plan:
        """Where a request for `model` may go, and why. See `router.plan.plan`.

        Plans are kept until the registry changes: choosing anew would be a tenth of a request's cost.
        """
        if self._planned != self.registry.revision or len(self._plans) > MOST_PLANS:
            self._plans.clear()
            self._planned = self.registry.revision
        known = self._plans.get(model)
        if known is None:
            known = self._plans[model] = plan(model, self.landscape())
        return known

    async def send(self, call: Call, options: CallOptions = DEFAULT_OPTIONS) -> Outcome:
        """The whole answer. Raises one of the error tree, with the attempts it took."""

        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
            return await configured.client.send(call, attempt)

        (reply, notes), crossing = await self._attempt(call, options, attempt_once)
        crossing.usage = reply.usage
        self.settle(crossing)
        return Outcome(reply=reply, notes=notes, crossing=crossing)

    async def open(self, call: Call, client: ClientSide, options: CallOptions = DEFAULT_OPTIONS) -> LiveStream[bytes]:
        """The answer as the client's bytes, piece by piece, once its first content is there."""
        return await self._open(call, options, lambda reply: reply.into(client))

    async def open_events(
        self, call: Call, options: CallOptions = DEFAULT_OPTIONS
    ) -> LiveStream[Sequence[StreamEvent]]:
        """The answer as canonical events, once its first content is there."""
        return await self._open(call, options, lambda reply: reply.events())

    def models(self) -> list[ModelInfo]:
        """Every model a caller can name: virtual ones first, then `provider/model` of each provider that is ready."""
        virtual = [ModelInfo(id=name, provider="pontage") for name in self.config.models]
        reached = [
            msgspec.structs.replace(info, id=f"{configured.name}/{info.id}")
            for configured in self.registry.all()
            if configured.ready
            for info in configured.models()
        ]
        return [*virtual, *reached]

    def settle(self, crossing: Crossing) -> None:
        """A call has ended: the one place where its record is made."""
        target = crossing.target
        if crossing.usage is not None and not crossing.simulated:
            configured = self.registry.require(target.provider)
            kind, model = configured.client.provider_type, configured.wire_name(target.model)
            crossing.cost = self.knowledge.cost(crossing.usage, target.provider, kind, model, crossing.began)
        if log.isEnabledFor(logging.INFO):
            log.info(
                "%s -> %s/%s %s %s",
                crossing.plan.route,
                target.provider,
                target.model,
                ",".join(crossing.attempts),
                f"${crossing.cost}" if crossing.cost is not None else "",
            )

    async def _open(self, call: Call, options: CallOptions, shape: Callable[[StreamReply], Pulled[T]]) -> LiveStream[T]:
        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[StreamReply, Pulled[T], list[T]]:
            async with first_content_within(attempt.timeouts.first_token):
                reply = await configured.client.open(call, attempt)
                try:
                    pulled = shape(reply)
                    held = await until_content(pulled)
                except BaseException:
                    await reply.aclose()
                    raise
            return reply, pulled, held

        (reply, pulled, held), crossing = await self._attempt(call, options, attempt_once)
        return LiveStream(crossing, reply, pulled, held, self.settle)

    async def _attempt(
        self, call: Call, options: CallOptions, attempt_once: Callable[[Configured, Attempt], Awaitable[T]]
    ) -> tuple[T, Crossing]:
        """Try target after target until one answers; every attempt translates afresh from the client's request."""
        chosen = self.plan(call.model)
        crossing = Crossing(plan=chosen, target=chosen.targets[0], began=datetime.now(UTC))
        total = (chosen.timeouts or self.registry.require(chosen.targets[0].provider).client.config.timeouts).total
        deadline = asyncio.get_running_loop().time() + min(total, options.timeout or total)
        failure: PontageError | None = None
        for target in chosen.targets:
            configured = self.registry.require(target.provider)
            crossing.target = target
            crossing.simulated = configured.simulated
            for key in (target.key,) if target.key is not None else configured.keys_in_turn():
                if len(crossing.attempts) == MAX_ATTEMPTS:
                    break
                model = configured.wire_name(target.model)
                attempt = Attempt(
                    model=model,
                    key=key,
                    params=target.params,
                    timeouts=chosen.timeouts or configured.client.config.timeouts,
                    deadline=deadline,
                    strict=options.strict or chosen.strict,
                    restrictions=self.knowledge.restrictions(configured.client.provider_type, model),
                    policy=chosen.restrictions,
                )
                try:
                    result = await attempt_once(configured, attempt)
                except PontageError as error:
                    failure = error
                    crossing.attempts += (f"{target.provider}:{label(error)}",)
                else:
                    crossing.attempts += (f"{target.provider}:200",)
                    return result, crossing
                if not another_key(failure):
                    break
            if failure is not None and not another_target(failure):
                break
        assert failure is not None
        crossing.error = signed(failure, crossing)
        self.settle(crossing)
        raise failure
