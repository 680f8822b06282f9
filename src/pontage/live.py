"""Answers that are still being told: streams from their first content on, and what passes as it is. Floor 7."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Generic, NamedTuple, TypeVar

from pontage.crossing import Crossing, signed
from pontage.dialects.envelope import Call
from pontage.domain.chat import Note, TokenUsage
from pontage.errors import InvalidRequestError, PontageError, UpstreamTimeoutError
from pontage.estimate import estimate_tokens, filled
from pontage.providers.base import Passing, Pulled

T = TypeVar("T")
Settle = Callable[[Crossing], None]


class Opened(NamedTuple, Generic[T]):
    """A stream whose first content is there: the pieces that were held back until then, and where the others come from.
    `notes`: what the request lost; `elapsed`: seconds until the head was in."""

    notes: tuple[Note, ...]
    elapsed: float
    pulled: Pulled[T]
    held: list[T]
    close: Callable[[], Awaitable[None]]


class LiveStream(Generic[T]):
    """A stream whose first content is there: from here on it is told truthfully to its end.

    `prompt` estimates the tokens of the request, for when nobody tells them. `heir`, if there is one, gets the stream
    when its reader leaves before the end, and closes it.
    """

    def __init__(
        self,
        crossing: Crossing,
        opened: Opened[T],
        settle: Settle,
        prompt: Callable[[], int],
        heir: Callable[[LiveStream[T]], None] | None = None,
    ) -> None:
        self.crossing = crossing
        self.request_notes = opened.notes
        self.elapsed = opened.elapsed
        self._opened = opened
        self._pulled = opened.pulled
        self._held = opened.held
        self._tell = settle
        self._prompt = prompt
        self._heir = heir
        self._pending: asyncio.Future[T | None] | None = None  # a pull that goes on though its reader has left
        self._settled = False
        self._left = False
        if crossing.tried:  # else the answer was kept, or is shared
            crossing.tried[-1].first_byte = opened.elapsed

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the request lost, and what could not be said of the answer so far."""
        return (*self.request_notes, *self._pulled.notes())

    @property
    def held(self) -> Sequence[T]:
        """What is there already and was not given yet."""
        return self._held

    @property
    def used(self) -> TokenUsage:
        """What was used so far: what the provider told of it, and an estimate for the rest."""
        return filled(self._pulled.usage, self._pulled.estimate(), self._prompt)

    async def pull(self) -> T | None:
        """The next piece, or None after the truthful end. Raises one of the error tree where the stream breaks."""
        if self._held:
            return self._counted(self._held.pop(0))
        try:
            piece = await (self._pulled.pull() if self._heir is None and self._pending is None else self._kept())
        except PontageError as error:
            self._settle(signed(error, self.crossing))
            await self.crossing.safe()
            raise
        if piece is None:
            self._settle(None, whole=True)
            await self.crossing.safe()
            return None
        return self._counted(piece)

    def fail(self, error: PontageError) -> T:
        """The last piece for the reader of a stream that broke with `error`."""
        return self._pulled.fail(error)

    async def aclose(self) -> None:
        """Close the upstream and settle, or leave that to the heir; safe to call twice."""
        heir, self._heir = self._heir, None
        self._left = self._left or not self._settled
        if heir is not None and not self._settled:
            heir(self)
            return
        if self._pending is not None:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
        await self._opened.close()
        self._settle(None)
        await self.crossing.safe()

    async def _kept(self) -> T | None:
        """As the upstream's `pull`, which a reader who leaves in the middle of it does not take with him."""
        pending = self._pending = self._pending or asyncio.ensure_future(self._pulled.pull())
        piece = await asyncio.shield(pending)
        self._pending = None
        return piece

    def _counted(self, piece: T) -> T:
        if isinstance(piece, bytes) and not self._left:
            self.crossing.received += len(piece)
        return piece

    def _settle(self, error: PontageError | None, *, whole: bool = False) -> None:
        if self._settled:
            return
        self._settled = True
        crossing = self.crossing
        crossing.error, crossing.left, crossing.notes = error, self._left, self.notes
        crossing.truncated = self._left or not whole
        crossing.usage = self._pulled.usage if whole else self.used
        if crossing.tried:
            crossing.tried[-1].estimated = crossing.usage is not self._pulled.usage
        self._tell(crossing)


class LivePassage:
    """An answer that passes as it comes, and the journey it makes."""

    def __init__(self, crossing: Crossing, passing: Passing, settle: Settle) -> None:
        self.crossing = crossing
        self.status = passing.status
        self.headers = passing.headers
        self.elapsed = passing.elapsed
        self._passing = passing
        self._tell = settle
        self._settled = False
        crossing.tried[-1].first_byte = passing.elapsed

    async def pull(self) -> bytes | None:
        """The next piece, perhaps an empty one; None after the end. Raises one of the error tree."""
        try:
            piece = await self._passing.pull()
        except PontageError as error:
            self._settle(signed(error, self.crossing))
            raise
        if piece is None:
            self._settle(None)
            await self.crossing.safe()
        else:
            self.crossing.received += len(piece)
        return piece

    async def aclose(self) -> None:
        """Close the upstream and settle; safe to call twice."""
        await self._passing.aclose()
        self._settle(None, left=True)

    def _settle(self, error: PontageError | None, *, left: bool = False) -> None:
        if not self._settled:
            self._settled = True
            self.crossing.error, self.crossing.left = error, left
            self.crossing.truncated = left or error is not None
            self.crossing.usage = self._passing.usage
            self._tell(self.crossing)


async def until_content(pulled: Pulled[T]) -> list[T]:
    """Pull until the first content (or the end): until then the attempt can still be given up unseen."""
    held: list[T] = []
    while not pulled.content:
        piece = await pulled.pull()
        if piece is None:
            break
        held.append(piece)
    return held


def prompt_tokens(call: Call) -> int:
    """The tokens that a request probably has."""
    try:
        return estimate_tokens(call.request)
    except InvalidRequestError:  # its provider could read it
        return len(call.body) // 4


@asynccontextmanager
async def first_content_within(seconds: float) -> AsyncGenerator[None]:
    """What is done inside ends with the first content. Raises UpstreamTimeoutError when that takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise UpstreamTimeoutError(
            f"the provider sent no content within {seconds:g} s", phase="first_content"
        ) from None
