"""How a stream is opened, and by which of its route's rules it goes on from there. Floor 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pontage.attempts import Attempts
from pontage.crossing import CallOptions
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.domain.stream import StreamEvent
from pontage.errors import InvalidRequestError
from pontage.estimate import estimate_tokens
from pontage.live import LiveStream, Opened, Settle, first_content_within, until_content
from pontage.providers.base import Attempt, Pulled, StreamReply
from pontage.registry import Configured
from pontage.router.plan import Plan

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Shape(Protocol[T_co]):
    """What a reader wants a stream to be."""

    def of(self, reply: StreamReply) -> Pulled[T_co]:
        """A provider's stream in this shape."""
        ...


class InFormat:
    """The bytes of a client's format."""

    def __init__(self, client: ClientSide) -> None:
        self._client = client

    def of(self, reply: StreamReply) -> Pulled[bytes]:
        """See `Shape`."""
        return reply.into(self._client)


class InEvents:
    """Canonical events."""

    def of(self, reply: StreamReply) -> Pulled[Sequence[StreamEvent]]:
        """See `Shape`."""
        return reply.events()


class Opener:
    """Opens streams by a plan. `settle` is told of every one that has ended."""

    def __init__(self, attempts: Attempts, settle: Settle) -> None:
        self._attempts = attempts
        self._settle = settle

    async def open(self, call: Call, chosen: Plan, options: CallOptions, shape: Shape[T]) -> LiveStream[T]:
        """The stream, once its first content is there. Raises one of the error tree."""

        async def attempt_once(configured: Configured, attempt: Attempt) -> Opened[T]:
            return await opened(call, configured, attempt, shape)

        found, crossing = await self._attempts.run(chosen, options, attempt_once, streamed=True)
        return LiveStream(crossing, found, self._settle, lambda: prompt_tokens(call))


async def opened(call: Call, configured: Configured, attempt: Attempt, shape: Shape[T]) -> Opened[T]:
    """One attempt at a stream, up to its first content. Raises one of the error tree."""
    async with first_content_within(attempt.first_content):
        reply = await configured.client.open(call, attempt)
        try:
            pulled = shape.of(reply)
            held = await until_content(pulled)
        except BaseException:
            await reply.aclose()
            raise
    return Opened(reply.notes, reply.elapsed, pulled, held, reply.aclose)


def prompt_tokens(call: Call) -> int:
    """The tokens that a request probably has."""
    try:
        return estimate_tokens(call.request)
    except InvalidRequestError:  # its provider could read it
        return len(call.body) // 4
