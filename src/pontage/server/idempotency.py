"""Requests that are sent again under the same `Idempotency-Key`: answered once, and then with the same answer. Floor 8.

Only what was answered whole is kept: an error that may pass, a stream that broke and a client who left leave nothing
behind, so that sending again is another try.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from time import monotonic
from typing import Final

from msgspec import Struct

from pontage.caching.bounded import Bounded
from pontage.config import IdempotencySection
from pontage.errors import ConflictError, InvalidRequestError, PontageError, UnprocessableError
from pontage.server.exchange import Exchange, ids
from pontage.server.http import Request, Responder

HEADER: Final = "idempotency-key"
REPLAYED: Final = ("idempotent-replayed", "true")
LONGEST: Final = 256
_OWN: Final = ("x-request-id", "request-id")

Fields = list[tuple[str, str]]
Place = tuple[str, str]
"""Whose key it is, and the key."""
Worded = Callable[[PontageError], tuple[int, Fields, bytes]]


class Kept(Struct, frozen=True):
    """An answer that was given to the request with this `mark`; `pieces` where it was a stream."""

    mark: bytes
    status: int
    fields: Fields
    body: bytes
    streamed: bool = False


class Repeats:
    """The keys of one gateway. `clock` tells seconds."""

    def __init__(self, rules: IdempotencySection, clock: Callable[[], float] = monotonic) -> None:
        self._rules = rules
        self._clock = clock
        self._kept: Bounded[Place, Kept] = Bounded(rules.entries, rules.bytes)
        self._busy: dict[Place, bytes] = {}

    def concerns(self, request: Request) -> bool:
        """Whether the request has a key that means something."""
        return HEADER in request.headers and request.method == "POST" and self._rules.ttl > 0

    async def answer(
        self, exchange: Exchange, handle: Callable[[], Awaitable[None]], worded: Worded, tenant: str = ""
    ) -> None:
        """Answer as before, or by `handle` and keep what it says; `worded` spells an error. Raises ConflictError while
        the first is being answered, UnprocessableError when the key was another request's, and as `handle` does."""
        key = exchange.request.headers.get(HEADER) or ""
        if not 0 < len(key) <= LONGEST:
            raise InvalidRequestError(f"{HEADER} is empty or longer than {LONGEST} characters", param=HEADER)
        place, mark = (tenant, key), mark_of(exchange.request)
        kept = self._kept.get(place, self._clock())
        if (kept.mark if kept is not None else self._busy.get(place, mark)) != mark:
            raise UnprocessableError("this Idempotency-Key was used for another request", param=HEADER)
        if kept is not None:
            await again(exchange, kept)
        elif place in self._busy:
            raise ConflictError("the first request with this Idempotency-Key is still being answered", retry_after=1.0)
        else:
            await self._first(exchange, place, mark, handle, worded)

    async def _first(
        self, exchange: Exchange, place: Place, mark: bytes, handle: Callable[[], Awaitable[None]], worded: Worded
    ) -> None:
        recorder = Recorder(exchange.respond, self._rules.answer_bytes)
        exchange.respond = recorder
        self._busy[place] = mark
        try:
            await handle()
        except InvalidRequestError as error:  # it will be no better the next time
            self._keep(place, Kept(mark, *worded(error)))
            raise
        finally:
            del self._busy[place]
        answer = recorder.answer(mark)
        if answer is not None and answer.status < 500 and not exchange.broken:
            self._keep(place, answer)

    def _keep(self, place: Place, kept: Kept) -> None:
        size = len(kept.body) + sum(len(name) + len(value) for name, value in kept.fields) + len(place[1])
        self._kept.put(place, kept, size, self._clock() + self._rules.ttl)


class Recorder:
    """A responder that remembers what it passes on. See `Responder`. `most`: bytes beyond which it forgets."""

    def __init__(self, respond: Responder, most: int) -> None:
        self._respond = respond
        self._left = most
        self._head: tuple[int, Fields] | None = None
        self._pieces: list[bytes] = []
        self._streamed = False
        self._whole = False

    @property
    def started(self) -> bool:
        """See `Responder`."""
        return self._respond.started

    def send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """See `Responder`."""
        self._respond.send(status, headers, body)
        self._head, self._whole = (status, list(headers)), True
        self._add(body)

    async def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """See `Responder`."""
        await self._respond.start(status, headers)
        self._head, self._streamed = (status, list(headers)), True

    async def write(self, data: bytes) -> None:
        """See `Responder`."""
        self._add(data)
        await self._respond.write(data)

    async def end(self) -> None:
        """See `Responder`."""
        await self._respond.end()
        self._whole = True

    def abort(self) -> None:
        """See `Responder`."""
        self._respond.abort()
        self._left = -1

    def answer(self, mark: bytes) -> Kept | None:
        """What was said, if it was all said and is not too much."""
        if self._head is None or not self._whole or self._left < 0:
            return None
        status, fields = self._head
        told = [field for field in fields if field[0] not in _OWN]
        return Kept(mark, status, told, b"".join(self._pieces), self._streamed)

    def _add(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left >= 0:
            self._pieces.append(data)
        else:
            self._pieces.clear()


async def again(exchange: Exchange, kept: Kept) -> None:
    """Give a kept answer, under an id of its own."""
    fields, respond = [*kept.fields, *ids(exchange.id), REPLAYED], exchange.respond
    exchange.status = kept.status
    if not kept.streamed:
        respond.send(kept.status, fields, kept.body)
        return
    await respond.start(kept.status, fields)
    await respond.write(kept.body)
    await respond.end()


def mark_of(request: Request) -> bytes:
    """A digest of what was asked."""
    digest = blake2b(digest_size=32)
    for told in (request.path, request.query):
        digest.update(told.encode() + b"\n")
    digest.update(request.body)
    return digest.digest()
