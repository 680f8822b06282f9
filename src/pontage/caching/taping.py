"""A stream that is kept while it is told. Floor 7.

The provider's stream is read as events, so that what is kept is canonical; its reader gets it in the shape it wants.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from pontage.caching.kept import Encoding
from pontage.continuing import Voice
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatResponse, TokenUsage
from pontage.domain.stream import Finished, StreamEvent, collect
from pontage.opening import Shape
from pontage.providers.base import Pulled, StreamReply

T = TypeVar("T")
Events = Sequence[StreamEvent]
Keep = Callable[[ChatResponse], Awaitable[None]]


class Taping(Generic[T]):
    """A shape whose streams are kept when they are whole. See `Shape`. `most`: bytes beyond which none is."""

    def __init__(self, shape: Shape[T], call: Call, keep: Keep, most: int) -> None:
        self._shape = shape
        self._call = call
        self._keep = keep
        self._most = most

    def of(self, reply: StreamReply) -> Pulled[T]:
        """See `Shape`."""
        return self._shape.of(_Taped(reply, self._call, self._keep, self._most))

    def voice(self, call: Call) -> Voice[T]:
        """See `Shape`."""
        return self._shape.voice(call)


class _Taped:
    """A reply whose events are taped. See `StreamReply`."""

    def __init__(self, reply: StreamReply, call: Call, keep: Keep, most: int) -> None:
        self.notes = reply.notes
        self.elapsed = reply.elapsed
        self.aclose = reply.aclose
        self._reply = reply
        self._call = call
        self._keep = keep
        self._most = most

    def into(self, client: ClientSide) -> Pulled[bytes]:
        return Encoding(self.events(), client, self._call.request)

    def events(self) -> Pulled[Events]:
        return _Tape(self._reply.events(), self._keep, self._most)


class _Tape:
    """Events, kept as they pass. A tape that is too long is thrown away."""

    def __init__(self, pulled: Pulled[Events], keep: Keep, most: int) -> None:
        self._pulled = pulled
        self._keep = keep
        self._left = most
        self._events: list[StreamEvent] = []
        self.estimate = pulled.estimate
        self.fail = pulled.fail
        self.notes = pulled.notes

    @property
    def content(self) -> bool:
        return self._pulled.content

    @property
    def usage(self) -> TokenUsage | None:
        return self._pulled.usage

    async def pull(self) -> Events | None:
        events = await self._pulled.pull()
        if self._left < 0:
            return events
        for event in events or ():
            self._left -= len(msgspec.json.encode(event))
            self._events.append(event)
        if self._left < 0:
            self._events.clear()
        elif self._events and isinstance(self._events[-1], Finished):
            await self._keep(collect(self._events))
            self._left = -1
        return events
