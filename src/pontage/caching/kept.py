"""A kept answer: what it holds, which answers may be one, and how it is told again in pieces. Floor 7; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, ChatResponse, Note, ServerTool, Stored, TokenUsage
from pontage.domain.stream import StreamEvent, tell
from pontage.errors import PontageError
from pontage.providers.base import Pulled

WHOLE: Final = frozenset({"stop", "stop_sequence", "tool_calls"})
"""How an answer ends that says all it had to say."""


class KeptAnswer(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """An answer and where it is from. `notes`: what the request lost on its way."""

    response: ChatResponse
    provider: str
    model: str
    notes: tuple[Note, ...] = ()
    simulated: bool = False


def may_ask(request: ChatRequest, max_temperature: float | None) -> bool:
    """Whether an answer may be looked for, and kept: tools that a provider runs look at a world that changes."""
    if any(isinstance(tool, ServerTool) for tool in request.tools):
        return False
    return max_temperature is None or (request.temperature is not None and request.temperature <= max_temperature)


def may_keep(response: ChatResponse) -> bool:
    """Whether the answer is whole and well."""
    return bool(response.choices) and all(choice.stop.reason in WHOLE for choice in response.choices)


class Encoding:
    """Events as they are pulled, in a client's format. See `Pulled`."""

    def __init__(self, pulled: Pulled[Sequence[StreamEvent]], client: ClientSide, request: ChatRequest) -> None:
        encoder = client.stream_encoder(request)
        self._pulled = pulled
        self._feed = encoder.feed
        self.fail = encoder.fail
        self.notes = encoder.notes

    @property
    def content(self) -> bool:
        """See `Pulled`."""
        return self._pulled.content

    @property
    def usage(self) -> TokenUsage | None:
        """See `Pulled`."""
        return self._pulled.usage

    def estimate(self) -> int:
        """See `Pulled`."""
        return self._pulled.estimate()

    async def pull(self) -> bytes | None:
        """See `Pulled`."""
        events = await self._pulled.pull()
        return None if events is None else b"".join(map(self._feed, events))


class Replayed:
    """A kept answer as a stream. See `StreamReply`."""

    def __init__(self, kept: KeptAnswer, call: Call) -> None:
        self.notes = kept.notes
        self.elapsed = 0.0
        self._kept = kept
        self._call = call

    def into(self, client: ClientSide) -> Pulled[bytes]:
        """See `StreamReply`."""
        return Encoding(self.events(), client, self._call.request)

    def events(self) -> Pulled[Sequence[StreamEvent]]:
        """See `StreamReply`."""
        return _Told(self._kept.response)

    async def aclose(self) -> None:
        """There is nothing to close."""


class _Told:
    """All events of an answer at once, and then its end."""

    content = True

    def __init__(self, response: ChatResponse) -> None:
        self.usage = response.usage
        self._events: list[StreamEvent] | None = list(tell(response))

    async def pull(self) -> Sequence[StreamEvent] | None:
        events, self._events = self._events, None
        return events

    def estimate(self) -> int:
        return 0  # what was asked of nobody used nothing

    def fail(self, error: PontageError) -> Sequence[StreamEvent]:
        return ()

    def notes(self) -> tuple[Note, ...]:
        return ()
