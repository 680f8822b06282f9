"""A transport that keeps what came, says it again in other pieces, and can spoil what goes. Floor 8.

A provider's client is judged, and tested, with the very bytes of an answer: cut at other places, with comments between
its events, or from a file. What is played opens no connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from pontage.transport import Answer, Headers, Outgoing, Transport, TransportSettings

Spoil = Callable[[bytes], bytes]
"""From the body of a request to another one."""


class Exchange(Struct, frozen=True, kw_only=True):
    """One answer as it came; `body` without the coding that it travelled in."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """The media type in lower case, or nothing."""
        told = Headers(self.headers).get("content-type", "")
        return told.partition(";")[0].strip().lower()


class Tape(Transport):
    """A `Transport` that keeps the last answer (`last`) and every request (`sent`)."""

    def __init__(self, settings: TransportSettings | None = None) -> None:
        """`settings`: as of `Transport`. Raises ConfigError when proxy or CA file cannot be used."""
        super().__init__(settings or TransportSettings())
        self.last: Exchange | None = None
        self.sent: list[Outgoing] = []
        self._playing: list[tuple[Exchange, tuple[bytes, ...]]] = []
        self._spoil: Spoil | None = None

    def play(self, exchange: Exchange, pieces: Iterable[bytes] | None = None) -> None:
        """Answer the next request with `exchange` instead of sending it; its body in `pieces`, else whole."""
        self._playing.append((exchange, (exchange.body,) if pieces is None else tuple(pieces)))

    def spoil(self, change: Spoil) -> None:
        """Change the body of the next request before it is sent."""
        self._spoil = change

    async def send(self, request: Outgoing) -> Answer:
        """See `Transport.send`."""
        self.sent.append(request)
        if self._playing:
            exchange, pieces = self._playing.pop(0)
            return _played(exchange, pieces)
        if self._spoil is not None:
            request.body, self._spoil = self._spoil(request.body), None
        answer = await super().send(request)
        self.last = Exchange(status=answer.status, headers=answer.headers.items())
        return _Told(answer.status, answer.headers, self._kept(answer), answer.aclose)

    def _kept(self, answer: Answer) -> Callable[[], Awaitable[bytes]]:
        pieces: list[bytes] = []

        async def chunk() -> bytes:
            piece = await answer.chunk()
            pieces.append(piece)
            self.last = Exchange(status=answer.status, headers=answer.headers.items(), body=b"".join(pieces))
            return piece

        return chunk


class _Told(Answer):
    """An answer whose pieces come from a function."""

    __slots__ = ("_close", "_pull")

    def __init__(
        self, status: int, headers: Headers, pull: Callable[[], Awaitable[bytes]], close: Callable[[], Awaitable[None]]
    ) -> None:
        self.status = status
        self.headers = headers
        self._pull = pull
        self._close = close
        self._finished = False

    async def chunk(self, *, waiting: bool = False) -> bytes:
        """See `Answer.chunk`."""
        return await self._pull()

    async def aclose(self) -> None:
        """See `Answer.aclose`."""
        await self._close()


def _played(exchange: Exchange, pieces: Iterable[bytes]) -> Answer:
    left = iter([piece for piece in pieces if piece])

    async def chunk() -> bytes:
        return next(left, b"")

    async def close() -> None:
        pass

    return _Told(exchange.status, Headers(exchange.headers), chunk, close)
