"""How to call a provider over HTTP, once for all of them. Floor 4.

A provider's folder overrides at most `target_for` (the path) and `headers_for`; nobody parses bodies here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

import msgspec

from pontage.config import Secret
from pontage.dialects.dialect import Encoded, ProviderSide
from pontage.dialects.envelope import Call, Reply
from pontage.dialects.naming import named
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain.chat import ChatRequest, ChatResponse, Note
from pontage.domain.stream import StreamEvent
from pontage.errors import PontageError, ProtocolError
from pontage.providers.base import (
    Attempt,
    Endpoint,
    ModelInfo,
    ProviderConfig,
    ProviderHealth,
    StreamReply,
    serving,
)
from pontage.providers.caller import refusal, signed
from pontage.providers.described import cannot, missing_key
from pontage.providers.fitting import encode_call
from pontage.providers.forwarding import WORDS, HTTPForwarding
from pontage.providers.listing import read_listing
from pontage.providers.streams import WireStream, iterate
from pontage.transport import Answer, Outgoing, Timeouts, Transport

Side = tuple[Endpoint, ProviderSide]
LISTING_TIMEOUTS = Timeouts(first_byte=10.0, idle=10.0, total=15.0)


class HTTPProvider(HTTPForwarding):
    """A provider reached over HTTP. `sides` are the formats of chat it takes, the preferred one first."""

    def __init__(self, config: ProviderConfig, sides: Sequence[Side], transport: Transport) -> None:
        super().__init__(config, transport)
        self._sides = tuple(sides)
        self._claims = any(endpoint.models for endpoint, _ in self._sides)

    async def send(self, call: Call, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
        """See `Provider.send`."""
        (endpoint, side), encoded = self._encode(call, attempt)
        begun = perf_counter()
        try:
            async with await self._transport.send(self._outgoing(endpoint, call, attempt, encoded.body)) as answer:
                head = perf_counter()
                body = await answer.read()
                if answer.status != 200:
                    raise refusal(side, answer.status, dict(answer.headers.items()), body)
            reply = Reply(side=side, body=body, keep_spelling=call.client is None)
            reply.elapsed, reply.first_byte = perf_counter() - begun, head - begun
            reply.verify(translated=not call.speaks(side))
        except PontageError as error:
            raise signed(error, self.config, attempt.model, attempt.key) from None
        return reply, encoded.notes

    async def open(self, call: Call, attempt: Attempt) -> StreamReply:
        """See `Provider.open`."""

        def sign(error: PontageError) -> PontageError:
            return signed(error, self.config, attempt.model, attempt.key)

        (endpoint, side), encoded = self._encode(call, attempt)
        begun = perf_counter()
        try:
            answer = await self._transport.send(self._outgoing(endpoint, call, attempt, encoded.body))
            try:
                await check_head(side, answer)
            except BaseException:
                await answer.aclose()
                raise
        except PontageError as error:
            raise sign(error) from None
        stream = WireStream(side, answer, call, encoded.notes, sign)
        stream.elapsed = perf_counter() - begun
        return stream

    async def chat_completion(self, request: ChatRequest, api_key: Secret | None) -> ChatResponse:
        """One request, one whole answer."""
        call = Call.of(msgspec.structs.replace(request, stream=False))
        reply, notes = await self.send(call, Attempt(model=request.model, key=api_key))
        response = reply.response
        return msgspec.structs.replace(response, notes=(*notes, *response.notes), provider=self.config.name)

    @asynccontextmanager
    async def chat_completion_stream(
        self, request: ChatRequest, api_key: Secret | None
    ) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
        """The answer in events; leaving the context closes the upstream."""
        call = Call.of(msgspec.structs.replace(request, stream=True))
        reply = await self.open(call, Attempt(model=request.model, key=api_key))
        try:
            yield iterate(reply)
        finally:
            await reply.aclose()

    async def health_check(self, api_key: Secret | None) -> ProviderHealth:
        """Ask for the model list: free, and it proves address and key. Of who has none nothing is known."""
        if self.config.models_path is None:
            return ProviderHealth(healthy=None, detail="not asked: it has no free list")
        begun = perf_counter()
        try:
            await self.list_models(api_key)
        except PontageError as error:
            return ProviderHealth(healthy=False, detail=error.message)
        return ProviderHealth(healthy=True, detail="the model list answered", latency=perf_counter() - begun)

    async def list_models(self, api_key: Secret | None) -> list[ModelInfo]:
        """The provider's own listing, asked now; the models known without asking where there is none."""
        if self.config.models_path is None:
            return self.get_available_models()
        outgoing = Outgoing(
            method="GET",
            origin=self._origin,
            target=self._base + self.config.models_path,
            headers=self.headers_for(None, api_key),
            timeouts=LISTING_TIMEOUTS,
            private=self.config.private,
        )
        try:
            async with await self._transport.send(outgoing) as answer:
                body = await answer.read()
                if answer.status != 200:
                    words = self._sides[0][1] if self._sides else PROVIDER_SIDES[WORDS]
                    raise refusal(words, answer.status, dict(answer.headers.items()), body)
            return read_listing(body, self.config.name)
        except PontageError as error:
            raise signed(error, self.config, None, api_key) from None

    def _encode(self, call: Call, attempt: Attempt) -> tuple[Side, Encoded]:
        if self.config.needs_key and attempt.key is None:
            raise missing_key(self.config, attempt.model)
        sides = self.sides_for(attempt.model)
        if not sides:
            raise cannot(self.config, "chat")
        side = next((side for side in sides if call.speaks(side[1])), sides[0])
        encoded = encode_call(call, side[1], attempt)
        return side if call.speaks(side[1]) else (side[0], named(side[1], attempt.model)), encoded

    def sides_for(self, model: str) -> Sequence[Side]:
        """The sides whose endpoint claims `model`; else those that claim none, else all."""
        if not self._claims:
            return self._sides
        served = serving([endpoint for endpoint, _ in self._sides], model)
        return [side for side in self._sides if side[0] in served]

    def _outgoing(self, endpoint: Endpoint, call: Call, attempt: Attempt, body: bytes) -> Outgoing:
        verbatim = call.client is not None and call.client.name == endpoint.dialect
        return self.outgoing(endpoint, attempt, body, call.headers if verbatim else None, stream=call.stream)


async def check_head(side: ProviderSide, answer: Answer) -> None:
    """Raise one of the error tree unless the answer's head promises a stream in this format."""
    headers = dict(answer.headers.items())
    if answer.status != 200:
        raise refusal(side, answer.status, headers, await answer.read())
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in side.stream_types:
        raise ProtocolError(f"the provider answered a stream request with {kind}")
