"""One call's life, written once: admit, plan, attempt, settle. Floor 7; the SDK and the server are faces over it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from pontage.config import Config
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call, Reply
from pontage.domain.chat import ChatResponse, Note, TokenUsage
from pontage.domain.stream import StreamEvent
from pontage.errors import PontageError, UpstreamTimeoutError
from pontage.providers.base import Attempt, ModelInfo, Pulled, StreamReply
from pontage.registry import ALIASES, Configured, ProviderRegistry
from pontage.router.plan import Landscape, Plan, RouteTarget, plan
from pontage.router.retry import MAX_ATTEMPTS, another_key, another_target
from pontage.transport import Transport

log = logging.getLogger("pontage.engine")

T = TypeVar("T")

MOST_PLANS = 1024
"""Names whose plan is kept; a caller can make up names without end."""


class CallOptions(Struct, frozen=True, kw_only=True):
    """What a caller asks of the crossing itself. `timeout` in seconds clips the route's own total."""

    strict: bool = False
    timeout: float | None = None


DEFAULT_OPTIONS = CallOptions()


class Crossing(Struct, kw_only=True):
    """The journey of one call: where it may go, where it was, and what it cost so far."""

    plan: Plan
    target: RouteTarget
    attempts: tuple[str, ...] = ()  # "openai:429", "anthropic:200"
    simulated: bool = False
    usage: TokenUsage | None = None
    error: PontageError | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """A whole answer and the journey it made."""

    reply: Reply
    notes: tuple[Note, ...]  # what the request lost; the answer's own notes come with its translation
    crossing: Crossing

    @property
    def response(self) -> ChatResponse:
        """The canonical answer, with notes, attempts and provider."""
        answer = self.reply.response
        return msgspec.structs.replace(
            answer,
            notes=(*self.notes, *answer.notes),
            attempts=self.crossing.attempts,
            provider=self.crossing.target.provider,
        )


class LiveStream(Generic[T]):
    """A stream whose first content is there: from here on it is told truthfully to its end."""

    def __init__(self, engine: Engine, crossing: Crossing, reply: StreamReply, pulled: Pulled[T], held: list[T]):
        self.crossing = crossing
        self.request_notes = reply.notes
        self.elapsed = reply.elapsed
        self._engine = engine
        self._reply = reply
        self._pulled = pulled
        self._held = held
        self._settled = False

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the request lost, and what could not be said of the answer so far."""
        return (*self.request_notes, *self._pulled.notes())

    async def pull(self) -> T | None:
        """The next piece, or None after the truthful end. Raises one of the error tree where the stream breaks."""
        if self._held:
            return self._held.pop(0)
        try:
            piece = await self._pulled.pull()
        except PontageError as error:
            self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            self._settle(None)
        return piece

    def fail(self, error: PontageError) -> T:
        """The last piece for the reader of a stream that broke with `error`."""
        return self._pulled.fail(error)

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._reply.aclose()
        self._settle(None)

    def _settle(self, error: PontageError | None) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error = error
            self.crossing.usage = self._pulled.usage
            self._engine.settle(self.crossing)


class Engine:
    """Calls providers by a configuration. Two engines with different configurations live in one process."""

    def __init__(self, config: Config, registry: ProviderRegistry, transport: Transport) -> None:
        self.config = config
        self.registry = registry
        self.transport = transport
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
        if log.isEnabledFor(logging.INFO):
            log.info(
                "%s -> %s/%s %s",
                crossing.plan.route,
                crossing.target.provider,
                crossing.target.model,
                ",".join(crossing.attempts),
            )

    async def _open(self, call: Call, options: CallOptions, shape: Callable[[StreamReply], Pulled[T]]) -> LiveStream[T]:
        async def attempt_once(configured: Configured, attempt: Attempt) -> tuple[StreamReply, Pulled[T], list[T]]:
            reply = await configured.client.open(call, attempt)
            try:
                pulled = shape(reply)
                held = await _until_content(pulled, attempt.timeouts.first_token)
            except BaseException:
                await reply.aclose()
                raise
            return reply, pulled, held

        (reply, pulled, held), crossing = await self._attempt(call, options, attempt_once)
        return LiveStream(self, crossing, reply, pulled, held)

    async def _attempt(
        self, call: Call, options: CallOptions, attempt_once: Callable[[Configured, Attempt], Awaitable[T]]
    ) -> tuple[T, Crossing]:
        """Try target after target until one answers; every attempt translates afresh from the client's request."""
        chosen = self.plan(call.model)
        crossing = Crossing(plan=chosen, target=chosen.targets[0])
        limit = options.timeout or (chosen.timeouts.total if chosen.timeouts else None)
        deadline = asyncio.get_running_loop().time() + limit if limit else None
        failure: PontageError | None = None
        for target in chosen.targets:
            configured = self.registry.require(target.provider)
            crossing.target = target
            crossing.simulated = configured.simulated
            for key in (target.key,) if target.key is not None else configured.keys_in_turn():
                if len(crossing.attempts) == MAX_ATTEMPTS:
                    break
                attempt = Attempt(
                    model=configured.wire_name(target.model),
                    key=key,
                    params=target.params,
                    timeouts=chosen.timeouts or configured.client.config.timeouts,
                    deadline=deadline,
                    strict=options.strict or chosen.strict,
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


async def _until_content(pulled: Pulled[T], limit: float) -> list[T]:
    """Pull until the first content (or the end): until then the attempt can still be given up unseen."""
    held: list[T] = []
    try:
        async with asyncio.timeout(limit):
            while not pulled.content:
                piece = await pulled.pull()
                if piece is None:
                    break
                held.append(piece)
    except TimeoutError:
        raise UpstreamTimeoutError(f"the provider sent no content within {limit:g} s", phase="first_content") from None
    return held


def label(error: PontageError) -> str:
    """An attempt's outcome in a word: the provider's status, or what went wrong on the road."""
    if error.upstream_status is not None and error.upstream_status != 200:  # 200: it went wrong inside the body
        return str(error.upstream_status)
    if isinstance(error, UpstreamTimeoutError):
        return f"timeout-{error.phase}"
    return error.code


def signed(error: PontageError, crossing: Crossing) -> PontageError:
    """`error` with the crossing's attempts, provider and model."""
    error.attempts = crossing.attempts
    error.provider = error.provider or crossing.target.provider
    error.model = error.model or crossing.target.model
    return error
