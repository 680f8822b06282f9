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

from pontage.answers import Answer, AsyncStream
from pontage.asking import ChatOptions, Messages, request_of, speakable
from pontage.assemble import assemble
from pontage.config import Config, load
from pontage.crossing import CallOptions
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, ChatResponse
from pontage.domain.counting import TokenCount
from pontage.domain.embeddings import EmbeddingResponse
from pontage.domain.rerank import RankedDocument, RerankResponse
from pontage.domain.stream import StreamEvent
from pontage.engine import Engine
from pontage.providers.base import ModelInfo
from pontage.tasks import Embeddable, EmbedOptions, RerankOptions, count_tokens, embed, rerank

T = TypeVar("T")

_CLOSED = "the client is closed"


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

    async def embed(
        self,
        model: str,
        inputs: Embeddable | Sequence[Embeddable],
        *,
        call: CallOptions | None = None,
        **options: Unpack[EmbedOptions],
    ) -> EmbeddingResponse:
        """Vectors, one for each of `inputs`. Raises one of the error tree."""
        return await embed(self._opened(), model, inputs, options, call or CallOptions())

    async def rerank(
        self,
        model: str,
        query: str,
        documents: Sequence[RankedDocument],
        *,
        call: CallOptions | None = None,
        **options: Unpack[RerankOptions],
    ) -> RerankResponse:
        """The documents that have most to do with `query`, the best first. Raises one of the error tree."""
        return await rerank(self._opened(), (model, query, documents), options, call or CallOptions())

    async def count_tokens(
        self, model: str, messages: Messages, *, call: CallOptions | None = None, **options: Unpack[ChatOptions]
    ) -> TokenCount:
        """The tokens of such a request as a prompt: counted by the provider where it counts, else `estimated`."""
        return await count_tokens(self._opened(), request_of(model, messages, options), call or CallOptions())

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
        return _iterate(self._client, self._stream)

    def text_deltas(self) -> Iterator[str]:
        """The visible text of the first choice, piece by piece."""
        return _iterate(self._client, self._stream.text_deltas())

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

    def embed(
        self,
        model: str,
        inputs: Embeddable | Sequence[Embeddable],
        *,
        call: CallOptions | None = None,
        **options: Unpack[EmbedOptions],
    ) -> EmbeddingResponse:
        """See `AsyncClient.embed`."""
        return self.run(self._client.embed(model, inputs, call=call, **options))

    def rerank(
        self,
        model: str,
        query: str,
        documents: Sequence[RankedDocument],
        *,
        call: CallOptions | None = None,
        **options: Unpack[RerankOptions],
    ) -> RerankResponse:
        """See `AsyncClient.rerank`."""
        return self.run(self._client.rerank(model, query, documents, call=call, **options))

    def count_tokens(
        self, model: str, messages: Messages, *, call: CallOptions | None = None, **options: Unpack[ChatOptions]
    ) -> TokenCount:
        """See `AsyncClient.count_tokens`."""
        return self.run(self._client.count_tokens(model, messages, call=call, **options))

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


def _iterate(client: Client, source: AsyncIterator[T]) -> Iterator[T]:
    while (item := client.run(_next(source))) is not None:
        yield item


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
