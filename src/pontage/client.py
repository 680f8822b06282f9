"""The SDK: `AsyncClient`, and `Client`, a thin sync face over it. Floor 8."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar, Unpack

import msgspec

from pontage.asking import ChatOptions, Messages, parse_output, request_of, speakable
from pontage.assemble import assemble
from pontage.catalog import Money
from pontage.config import Config, load
from pontage.crossing import CallOptions, LiveStream, travelled
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, ChatResponse, Message, Note, Stop, TokenUsage
from pontage.domain.parts import Text
from pontage.domain.stream import Delta, PartEnded, PartStarted, StreamEvent, collect
from pontage.engine import Engine
from pontage.providers.base import ModelInfo

T = TypeVar("T")

_CLOSED = "the client is closed"


class Answer:
    """A whole answer. `response` has everything; the rest are short ways to it."""

    def __init__(self, response: ChatResponse, wanted: Any = None) -> None:
        self.response = response
        self._wanted = wanted

    @property
    def text(self) -> str:
        """The visible text."""
        return self.response.text

    @property
    def message(self) -> Message:
        """The message to append to the next request."""
        return self.response.message

    @property
    def usage(self) -> TokenUsage | None:
        """The tokens it took, or None when the provider did not tell."""
        return self.response.usage

    @property
    def cost(self) -> Money | None:
        """What it cost, or None when that is not known; `answer.cost.usd` is an exact Decimal."""
        return self.response.cost

    @property
    def stop(self) -> Stop:
        """Why it ended."""
        return self.response.stop

    @property
    def notes(self) -> tuple[Note, ...]:
        """What translation could not carry."""
        return self.response.notes

    @property
    def attempts(self) -> tuple[str, ...]:
        """Every provider that was tried, and how that went."""
        return self.response.attempts

    @property
    def parsed(self) -> Any:
        """The text as the `output` type that was asked for; None when none was.

        Raises ValueError (msgspec's or pydantic's) when the model did not keep to the schema.
        """
        return None if self._wanted is None else parse_output(self._wanted, self.text)

    def __repr__(self) -> str:
        return f"Answer({self.text!r}, stop={self.stop.reason!r}, model={self.response.model!r})"


class AsyncStream:
    """An answer in events, as they come. Use it inside `async with client.stream(...)`."""

    def __init__(self, live: LiveStream[Sequence[StreamEvent]]) -> None:
        self._live = live
        self._events: list[StreamEvent] = []
        self._waiting: list[StreamEvent] = []

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._waiting:
            events = await self._live.pull()
            if events is None:
                raise StopAsyncIteration
            self._waiting = list(events)
        event = self._waiting.pop(0)
        self._events.append(event)
        return event

    async def text_deltas(self) -> AsyncIterator[str]:
        """The visible text of the first choice, piece by piece."""
        visible: set[int] = set()
        async for event in self:
            match event:
                case PartStarted(index, Text(), 0):
                    visible.add(index)
                case Delta(index, text, 0) if index in visible and text:
                    yield text
                case PartEnded(index, _, 0):
                    visible.discard(index)
                case _:
                    pass

    async def response(self) -> ChatResponse:
        """The whole answer; reads what is left of the stream first."""
        async for _ in self:
            pass
        return travelled(collect(self._events), self._live.crossing, self._live.notes)


class AsyncClient:
    """Calls any configured model. `config` is a `Config`, a file's path, or None: the configuration as the gateway
    would find it, else providers by their keys in `environ`. Nothing is opened before the first call. Use it in one
    event loop at a time; after `aclose` every call raises RuntimeError.
    """

    def __init__(self, config: Config | str | None = None, *, environ: Mapping[str, str] | None = None) -> None:
        told = dict(os.environ if environ is None else environ)
        self.config = config if isinstance(config, Config) else load(config, environ=told).config
        self.engine = assemble(self.config, told)
        self._closed = False

    async def chat(
        self, model: str, messages: Messages, *, call: CallOptions | None = None, **options: Unpack[ChatOptions]
    ) -> Answer:
        """Ask `model` and wait for the whole answer. Raises one of the tree under `pontage.PontageError`."""
        request = request_of(model, messages, options)
        return Answer(await self.send(request, call=call), options.get("output"))

    async def send(self, request: ChatRequest, *, call: CallOptions | None = None) -> ChatResponse:
        """The answer to a canonical request."""
        whole = msgspec.structs.replace(request, stream=False)
        with speakable(whole):
            return (await self._opened().send(Call.of(whole), call or CallOptions())).response

    @asynccontextmanager
    async def stream(
        self, model: str, messages: Messages, *, call: CallOptions | None = None, **options: Unpack[ChatOptions]
    ) -> AsyncGenerator[AsyncStream]:
        """The answer in events; leaving the context closes the upstream at once."""
        request = msgspec.structs.replace(request_of(model, messages, options), stream=True)
        with speakable(request):
            live = await self._opened().open_events(Call.of(request), call or CallOptions())
        try:
            yield AsyncStream(live)
        finally:
            await live.aclose()

    async def models(self, *, refresh: bool = False) -> list[ModelInfo]:
        """Every model that can be named: virtual ones, then `provider/model`. Asks those providers for their lists
        whose models nobody else knows; with `refresh` all of them."""
        return await self._opened().inventory.get_available_models(refresh)

    async def aclose(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        await self.engine.aclose()

    def _opened(self) -> Engine:
        if self._closed:
            raise RuntimeError(_CLOSED)
        return self.engine

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


class Stream:
    """An answer in events, as they come. Use it inside `with client.stream(...)`."""

    def __init__(self, client: Client, stream: AsyncStream) -> None:
        self._client = client
        self._stream = stream

    def __iter__(self) -> Iterator[StreamEvent]:
        return self._client.iterate(self._stream)

    def text_deltas(self) -> Iterator[str]:
        """The visible text of the first choice, piece by piece."""
        return self._client.iterate(self._stream.text_deltas())

    def response(self) -> ChatResponse:
        """The whole answer; reads what is left of the stream first."""
        return self._client.run(self._stream.response())


class Client:
    """`AsyncClient` for code that does not await: the same calls, run on an event loop of its own in a thread."""

    def __init__(self, config: Config | str | None = None, *, environ: Mapping[str, str] | None = None) -> None:
        self._client = AsyncClient(config, environ=environ)
        self._loop = asyncio.new_event_loop()
        self._closed = False
        self._lock = threading.Lock()  # so that no work is handed to a loop that has stopped
        self._thread = threading.Thread(target=self._loop.run_forever, name="pontage", daemon=True)
        self._thread.start()

    @property
    def engine(self) -> Engine:
        """The engine that it calls."""
        return self._client.engine

    def chat(
        self, model: str, messages: Messages, *, call: CallOptions | None = None, **options: Unpack[ChatOptions]
    ) -> Answer:
        """See `AsyncClient.chat`."""
        return self.run(self._client.chat(model, messages, call=call, **options))

    def send(self, request: ChatRequest, *, call: CallOptions | None = None) -> ChatResponse:
        """See `AsyncClient.send`."""
        return self.run(self._client.send(request, call=call))

    @contextmanager
    def stream(
        self, model: str, messages: Messages, *, call: CallOptions | None = None, **options: Unpack[ChatOptions]
    ) -> Generator[Stream]:
        """See `AsyncClient.stream`."""
        opened = self._client.stream(model, messages, call=call, **options)
        stream = self.run(opened.__aenter__())
        try:
            yield Stream(self, stream)
        finally:
            if not self._closed:  # closing the client ended the stream
                self.run(opened.__aexit__(None, None, None))

    def models(self, *, refresh: bool = False) -> list[ModelInfo]:
        """See `AsyncClient.models`."""
        return self.run(self._client.models(refresh=refresh))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the client's loop and wait; an interrupt cancels it. Raises RuntimeError when it is closed."""
        with self._lock:
            if self._closed:
                work.close()
                raise RuntimeError(_CLOSED)
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except (KeyboardInterrupt, CancelledError):
            if self._closed and future.cancelled():
                raise RuntimeError(_CLOSED) from None
            future.cancel()
            raise

    def iterate(self, source: AsyncIterator[T]) -> Iterator[T]:
        """`source`, item by item."""
        while (item := self.run(_next(source))) is not None:
            yield item

    def close(self) -> None:
        """End what runs (it raises RuntimeError), close every connection, stop the loop; safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            ended = asyncio.run_coroutine_threadsafe(_end(self._client), self._loop)
        ended.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


async def _next(source: AsyncIterator[T]) -> T | None:
    return await anext(source, None)


async def _end(client: AsyncClient) -> None:
    """End calls, open streams and connections: nothing may be left in a loop that stops."""
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    await client.aclose()
