"""Where a provider is tried: it asks, streams, plays streams again, and remembers what it was told. Floor 8."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from pontage.catalog import Restrictions
from pontage.catalog.rules import NO_RESTRICTIONS
from pontage.config import Secret
from pontage.conformance.tape import Exchange, Tape
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, ChatResponse, Message
from pontage.domain.parts import Text
from pontage.domain.stream import StreamEvent, collect
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.providers.streams import iterate


class Heard(Struct, frozen=True):
    """A stream that was read to its end: its events, the answer they make, and its bytes where there were any."""

    events: Sequence[StreamEvent]
    answer: ChatResponse
    exchange: Exchange | None


class Bench:
    """One model of one provider, ready to be asked. The same question is asked once; its answer is remembered."""

    def __init__(
        self,
        client: LLMProviderClient,
        tape: Tape,
        model: str,
        key: Secret | None = None,
        restrictions: Restrictions = NO_RESTRICTIONS,
    ) -> None:
        """`tape` is the transport that `client` was made with. `restrictions`: what the model is known to refuse."""
        self.client = client
        self.tape = tape
        self.model = model
        self.key = key
        self._restrictions = restrictions
        self._answers: dict[bytes, ChatResponse] = {}
        self._streams: dict[bytes, Heard] = {}

    @property
    def wired(self) -> bool:
        """Whether anything is sent at all: a built-in provider answers in this process."""
        return bool(self.client.config.endpoints)

    async def ask(self, request: ChatRequest, *, strict: bool = True) -> ChatResponse:
        """The whole answer. `strict`: what the format cannot say is an error (TranslationError) and not left out.

        Raises one of the error tree.
        """
        asked = request.to_json()
        if asked not in self._answers:
            self._answers[asked] = await self.ask_again(request, strict=strict)
        return self._answers[asked]

    async def ask_again(
        self, request: ChatRequest, *, model: str | None = None, key: Secret | None = None, strict: bool = True
    ) -> ChatResponse:
        """The whole answer, asked for now; another `model` or `key` than the bench's may be tried. Raises as `ask`."""
        attempt = self._attempt(model, key, strict)
        call = Call.of(msgspec.structs.replace(request, model=attempt.model, stream=False))
        reply, _ = await self.client.send(call, attempt)
        return reply.response

    async def stream(self, request: ChatRequest, *, strict: bool = True) -> Heard:
        """The stream, read to its end. Raises one of the error tree where it breaks."""
        asked = request.to_json()
        if asked not in self._streams:
            self._streams[asked] = await self.stream_again(request, strict=strict)
        return self._streams[asked]

    async def stream_again(
        self, request: ChatRequest, *, model: str | None = None, key: Secret | None = None, strict: bool = True
    ) -> Heard:
        """The stream, asked for now. Raises as `stream`."""
        attempt = self._attempt(model, key, strict)
        reply = await self.client.open(self._streaming(request, attempt.model), attempt)
        try:
            events = [event async for event in iterate(reply)]
        finally:
            await reply.aclose()
        return Heard(events, collect(events), self.tape.last if self.wired else None)

    async def play(self, request: ChatRequest, exchange: Exchange, pieces: Iterable[bytes]) -> Sequence[StreamEvent]:
        """The events of a stream whose bytes come in these pieces; nothing is sent. Raises as `stream`."""
        self.tape.play(exchange, pieces)
        return (await self.stream_again(request, strict=False)).events

    async def leave(self, request: ChatRequest) -> StreamEvent | None:
        """Open a stream, take its first event (None: there was none) and go. Raises as `stream`."""
        attempt = self._attempt(None, None, True)
        reply = await self.client.open(self._streaming(request, attempt.model), attempt)
        try:
            pulled = reply.events()
            while (events := await pulled.pull()) is not None:
                if events:
                    return events[0]
        finally:
            await reply.aclose()
        return None

    def busy(self) -> int:
        """How many connections are in use."""
        return sum(counts.in_use for counts in self.tape.statistics().values())

    def _attempt(self, model: str | None, key: Secret | None, strict: bool) -> Attempt:
        return Attempt(
            model=model or self.model,
            key=key or self.key,
            strict=strict,
            restrictions=self._restrictions,
            policy="strict" if strict else "adapt",
        )

    @staticmethod
    def _streaming(request: ChatRequest, model: str) -> Call:
        return Call.of(msgspec.structs.replace(request, model=model, stream=True))


def question(*texts: str, **fields: Any) -> ChatRequest:
    """A request: user and assistant take turns with `texts`, the user first and last; `system` goes before them."""
    system = [said("system", fields.pop("system"))] if "system" in fields else []
    turns = [said("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]
    return ChatRequest(model="", messages=(*system, *turns), **fields)


def said(role: Any, text: str) -> Message:
    """A message of one text."""
    return Message(role=role, parts=(Text(text=text),))
