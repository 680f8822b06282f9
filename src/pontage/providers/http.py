"""How to call a provider over HTTP, once for all of them. Floor 4.

A provider's folder overrides at most `target_for` (the path) and `headers_for`; nobody parses bodies here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from time import perf_counter
from urllib.parse import quote, urlsplit

import msgspec

from pontage.config import MASK, Secret
from pontage.dialects.dialect import Encoded, ProviderSide
from pontage.dialects.envelope import Call, Reply
from pontage.domain.chat import ChatRequest, ChatResponse, Note
from pontage.domain.stream import StreamEvent
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.providers.base import (
    Attempt,
    Endpoint,
    ModelInfo,
    ProviderConfig,
    ProviderHealth,
    StreamReply,
)
from pontage.providers.described import DescribedProvider, missing_key
from pontage.providers.fitting import encode_call
from pontage.providers.listing import read_listing
from pontage.providers.streams import WireStream, iterate
from pontage.transport import Answer, Origin, Outgoing, Timeouts, Transport

Side = tuple[Endpoint, ProviderSide]
LISTING_TIMEOUTS = Timeouts(first_byte=10.0, idle=10.0, total=15.0)


class HTTPProvider(DescribedProvider):
    """A provider reached over HTTP. `sides` are the formats it takes, the preferred one first."""

    def __init__(self, config: ProviderConfig, sides: Sequence[Side], transport: Transport) -> None:
        super().__init__(config)
        self._sides = tuple(sides)
        self._claims = any(endpoint.models for endpoint, _ in self._sides)
        self._transport = transport
        self._origin = Origin.of(config.base_url)
        self._base = urlsplit(config.base_url).path.rstrip("/")
        self._fixed: dict[str | None, tuple[tuple[str, str], ...]] = {}

    def target_for(self, endpoint: Endpoint, model: str, stream: bool) -> str:
        """Path and query of a request for `model`. Raises InvalidRequestError for a name that would lead elsewhere."""
        if any(segment in (".", "..") for segment in model.split("/")):
            raise InvalidRequestError(f"the model {model[:100]!r} is no name but a path", param="model")
        path = endpoint.stream_path if stream and endpoint.stream_path else endpoint.path
        return self._base + (path.replace("{model}", quote(model, safe="-._~:/@")) if "{model}" in path else path)

    def headers_for(self, call: Call | None, key: Secret | None, verbatim: bool) -> tuple[tuple[str, str], ...]:
        """The request's headers; a client's own pass by allow-list and only in the same format (`verbatim`)."""
        revealed = key.reveal() if key is not None else None
        fixed = self._fixed.get(revealed)
        if fixed is None:  # rendered once a key: this is the hot path
            fixed = self._fixed[revealed] = fixed_headers(self.config, revealed)
        if not verbatim or call is None or not self.config.forward:
            return fixed
        passed = {name: value for name in self.config.forward if (value := call.headers.get(name)) is not None}
        return (*(field for field in fixed if field[0] not in passed), *passed.items()) if passed else fixed

    async def send(self, call: Call, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
        """See `Provider.send`."""
        (endpoint, side), encoded = self._encode(call, attempt)
        begun = perf_counter()
        try:
            async with await self._transport.send(self._outgoing(endpoint, call, attempt, encoded.body)) as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise refusal(side, answer.status, dict(answer.headers.items()), body)
            reply = Reply(side=side, body=body, keep_spelling=call.client is None)
            reply.elapsed = perf_counter() - begun
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
        """Ask for the model list: free, and it proves address and key. Who has none is taken at its word."""
        if self.config.models_path is None:
            return ProviderHealth(healthy=True, detail="not asked: it has no free list")
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
            headers=self.headers_for(None, api_key, False),
            timeouts=LISTING_TIMEOUTS,
            private=self.config.private,
        )
        try:
            async with await self._transport.send(outgoing) as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise refusal(self._sides[0][1], answer.status, dict(answer.headers.items()), body)
            return read_listing(body, self.config.name)
        except PontageError as error:
            raise signed(error, self.config, None, api_key) from None

    def _encode(self, call: Call, attempt: Attempt) -> tuple[Side, Encoded]:
        if self.config.needs_key and attempt.key is None:
            raise missing_key(self.config, attempt.model)
        sides = self.sides_for(attempt.model)
        side = next((side for side in sides if call.speaks(side[1])), sides[0])
        return side, encode_call(call, side[1], attempt)

    def sides_for(self, model: str) -> Sequence[Side]:
        """The sides whose endpoint claims `model`; else those that claim none, else all."""
        if not self._claims:
            return self._sides
        claimed = [side for side in self._sides if any(fnmatchcase(model, one) for one in side[0].models)]
        return claimed or [side for side in self._sides if not side[0].models] or self._sides

    def _outgoing(self, endpoint: Endpoint, call: Call, attempt: Attempt, body: bytes) -> Outgoing:
        verbatim = call.client is not None and call.client.name == endpoint.dialect
        limits = attempt.timeouts
        return Outgoing(
            method="POST",
            origin=self._origin,
            target=self.target_for(endpoint, attempt.model, call.stream),
            headers=self.headers_for(call, attempt.key, verbatim),
            body=body,
            timeouts=Timeouts(limits.pool, limits.connect, limits.first_byte, limits.idle, limits.total),
            private=self.config.private,
            deadline=attempt.deadline,
        )


def fixed_headers(config: ProviderConfig, key: str | None) -> tuple[tuple[str, str], ...]:
    """The headers that are the same in every request with `key`."""
    fields = [("content-type", "application/json"), ("accept", "*/*"), ("user-agent", "pontage"), *config.headers]
    if key is not None:
        fields.append((config.key_header, config.key_prefix + key))
    return tuple(fields)


def signed(error: PontageError, config: ProviderConfig, model: str | None, key: Secret | None) -> PontageError:
    """`error` with the provider and model it came from, and without the key, which a provider may echo anywhere."""
    error.provider = error.provider or config.name
    error.model = error.model or model
    if key is not None and key.reveal():
        secret = key.reveal()
        for field in ("message", "param", "hint", "upstream_code", "request_id"):
            told = getattr(error, field)
            if told is not None and secret in told:
                setattr(error, field, told.replace(secret, MASK))
        error.args = (error.message,)
    return error


async def check_head(side: ProviderSide, answer: Answer) -> None:
    """Raise one of the error tree unless the answer's head promises a stream in this format."""
    headers = dict(answer.headers.items())
    if answer.status != 200:
        raise refusal(side, answer.status, headers, await answer.read())
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in side.stream_types:
        raise ProtocolError(f"the provider answered a stream request with {kind}")


def refusal(side: ProviderSide, status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error an answer without status 200 tells; a redirect is never followed."""
    if status < 400:
        return ProtocolError(f"the provider answered with status {status}", upstream_status=status)
    return side.decode_error(status, headers, body)
