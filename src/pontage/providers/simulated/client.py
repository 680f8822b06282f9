"""The simulated provider at work: answers, streams, and faults on demand. Floor 4."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Generic, NamedTuple, TypeVar

import msgspec

from pontage.config import Secret
from pontage.dialects.bridge import is_content
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call, Reply
from pontage.dialects.task import Task, TaskReply
from pontage.domain.chat import ChatRequest, ChatResponse, Note, TokenUsage
from pontage.domain.stream import Delta, Finished, StreamEvent
from pontage.errors import (
    AuthenticationError,
    ContextWindowExceededError,
    ModelNotFoundError,
    OverloadedError,
    PontageError,
    RateLimitedError,
    ServerError,
    StreamTruncatedError,
    UpstreamTimeoutError,
)
from pontage.providers.base import (
    Attempt,
    LLMProviderClient,
    ModelInfo,
    ProviderConfig,
    ProviderHealth,
    Pulled,
    StreamReply,
)
from pontage.providers.described import DescribedProvider, cannot
from pontage.providers.simulated.answer import answer, events
from pontage.providers.simulated.config import CONFIG
from pontage.providers.simulated.types import Scenario
from pontage.providers.simulated.works import WORKS
from pontage.providers.streams import iterate
from pontage.transport import Transport

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")


class SimulatedProvider(DescribedProvider):
    """See `LLMProviderClient`. Opens no connection; `flaky` counts its own calls and is fixed by that."""

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        self._calls = 0

    async def send(self, call: Call, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
        """The whole answer."""
        response, scenario = await self._answer(call, attempt)
        if scenario.name == "slow":
            await linger(scenario.number("delay", 0.25, 60), attempt.deadline)
        if scenario.name in BREAKS:
            raise BREAKS[scenario.name](attempt.model)
        return Reply(response=response), ()

    async def open(self, call: Call, attempt: Attempt) -> StreamReply:
        """The stream's head."""
        response, scenario = await self._answer(call, attempt)
        return SimulatedStream(response, Performance(scenario, attempt.deadline), call)

    async def chat_completion(self, request: ChatRequest, api_key: Secret | None) -> ChatResponse:
        """One request, one whole answer."""
        reply, _ = await self.send(Call.of(request), Attempt(model=request.model))
        return reply.response

    @asynccontextmanager
    async def chat_completion_stream(
        self, request: ChatRequest, api_key: Secret | None
    ) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
        """The answer in events."""
        yield iterate(await self.open(Call.of(request), Attempt(model=request.model)))

    def offers(self, operation: str) -> bool:
        """Whether it does this beside chat."""
        return operation in WORKS

    async def perform(self, task: Task[Q, A], attempt: Attempt) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
        """The answer of an operation beside chat, made up."""
        work = WORKS.get(task.operation.name)
        if work is None:
            raise cannot(self.config, task.operation.name)
        return TaskReply(task, None, b"", work(task.request, attempt.model)), ()

    async def health_check(self, api_key: Secret | None) -> ProviderHealth:
        """It is always well."""
        return ProviderHealth(healthy=True, detail="built in", latency=0.0)

    async def list_models(self, api_key: Secret | None) -> list[ModelInfo]:
        """Its models."""
        return self.get_available_models()

    async def _answer(self, call: Call, attempt: Attempt) -> tuple[ChatResponse, Scenario]:
        scenario = Scenario.of(attempt.model)
        request = msgspec.structs.replace(call.request, model=attempt.model)
        self._calls += 1
        if scenario.name == "flaky":
            rate = scenario.number("rate", 0.3, 1)
            if int(self._calls * rate) > int((self._calls - 1) * rate):
                raise OverloadedError("simulated: flaky, and this was one of those calls", upstream_status=503)
        if scenario.name == "429":
            wait = scenario.number("retry_after", 1, 86400)
            raise RateLimitedError("simulated: rate limited", retry_after=wait, upstream_status=429)
        if scenario.name == "timeout":
            await linger(attempt.first_byte(stream=call.stream), attempt.deadline)
            raise UpstreamTimeoutError("simulated: no answer", phase="first_byte")
        if scenario.name in FAULTS:
            raise FAULTS[scenario.name](attempt.model)
        return answer(request, scenario), scenario


FAULTS: Mapping[str, Callable[[str], PontageError]] = {
    "401": lambda model: AuthenticationError("simulated: the key is not valid", upstream_status=401),
    "404": lambda model: ModelNotFoundError("simulated: no such model", param="model", upstream_status=404),
    "500": lambda model: ServerError("simulated: internal error", upstream_status=500),
    "overloaded": lambda model: OverloadedError("simulated: overloaded", upstream_status=529),
    "context": lambda model: ContextWindowExceededError(
        "simulated: the context window is exceeded", param="messages", upstream_status=400
    ),
}
"""What fails before anything is said."""

BREAKS: Mapping[str, Callable[[str], PontageError]] = {
    "cut-stream": lambda model: StreamTruncatedError("simulated: the stream was cut"),
    "error-in-stream": lambda model: OverloadedError("simulated: overloaded in mid-stream"),
    "stall": lambda model: UpstreamTimeoutError("simulated: the stream stalled", phase="idle"),
}
"""What fails when half of it is said."""


async def linger(seconds: float, deadline: float | None) -> None:
    """Say nothing for a while. Raises UpstreamTimeoutError at the request's deadline, as the transport would."""
    left = math.inf if deadline is None else deadline - asyncio.get_running_loop().time()
    await asyncio.sleep(max(0.0, min(seconds, left)))
    if left < seconds:
        raise UpstreamTimeoutError("simulated: the request's time is over", phase="total")


class Performance(NamedTuple):
    """How a stream is to be played. `deadline` is on the event loop's clock."""

    scenario: Scenario
    deadline: float | None

    async def before_delta(self, over_half: bool) -> None:
        """Whatever the scenario has happen before the next piece. Raises one of the error tree."""
        await asyncio.sleep(0)  # a stream from afar waits for its next piece, and others get their turn
        name = self.scenario.name
        if name == "slow":
            await linger(self.scenario.number("delay", 0.25, 60), self.deadline)
        if name in BREAKS and over_half:
            if name == "stall":
                await linger(self.scenario.number("seconds", 60, 3600), self.deadline)
            raise BREAKS[name](name)


class SimulatedStream:
    """See `StreamReply`."""

    def __init__(self, response: ChatResponse, performance: Performance, call: Call) -> None:
        self.notes: tuple[Note, ...] = ()
        self.elapsed = 0.0
        self._response = response
        self._performance = performance
        self._call = call

    def into(self, client: ClientSide) -> Pulled[bytes]:
        """The stream in the client's format."""
        encoder = client.stream_encoder(self._call.request)
        return _Played(self._response, self._performance, encoder.feed, encoder.fail, encoder.notes)

    def events(self) -> Pulled[Sequence[StreamEvent]]:
        """The stream as canonical events."""
        return _Played[Sequence[StreamEvent]](
            self._response, self._performance, lambda event: (event,), lambda error: (), lambda: ()
        )

    async def aclose(self) -> None:
        """There is nothing to close."""


class _Played(Generic[T]):
    """Events played one by one, in the shape its reader wants."""

    def __init__(
        self,
        response: ChatResponse,
        performance: Performance,
        shape: Callable[[StreamEvent], T],
        fail: Callable[[PontageError], T],
        notes: Callable[[], tuple[Note, ...]],
    ) -> None:
        self._left: Iterator[StreamEvent] = events(response)
        self._performance = performance
        self._shape = shape
        self._said = 0  # characters
        self._half = sum(isinstance(event, Delta) for event in events(response)) // 2
        self.fail = fail
        self.notes = notes
        self.content = False
        self.usage: TokenUsage | None = None

    async def pull(self) -> T | None:
        event = next(self._left, None)
        if event is None:
            return None
        if isinstance(event, Delta):
            self._half -= 1
            self._said += len(event.text)
            await self._performance.before_delta(self._half < 0)
        self.content = self.content or is_content(event)
        if isinstance(event, Finished):
            self.usage = event.usage
        return self._shape(event)

    def estimate(self) -> int:
        return self._said // 4


class SimulatedFactory:
    """Makes the simulated provider."""

    provider_type = CONFIG.provider_type

    def default_config(self) -> ProviderConfig:
        """See `ProviderFactory`."""
        return CONFIG

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """See `ProviderFactory`. The transport is not used."""
        return SimulatedProvider(config)


FACTORY = SimulatedFactory()
