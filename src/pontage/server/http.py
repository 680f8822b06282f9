"""What the server and its application say to each other: plain values, no sockets. Floor 8.

A request reaches the application whole and within the limits; the application answers through a `Responder`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from pontage.errors import PontageError


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one client may ask of the server. Sizes in bytes, times in seconds."""

    header_bytes: int = 32 * 1024  # the request line and all fields together
    header_fields: int = 100
    target_bytes: int = 8 * 1024
    body_bytes: int = 32 * 1024 * 1024
    header_seconds: float = 10.0  # from the first byte of a request to the end of its header block
    body_seconds: float = 30.0  # from there to the end of the body, plus what the rate below allows
    body_bytes_per_second: int = 1024
    keep_alive_seconds: float = 75.0  # silence between requests
    stall_seconds: float = 120.0  # a client that takes nothing of its answer for this long is dropped


class Headers:
    """The fields of a request, read-only: names in lower case, values as latin-1 text without outer spaces."""

    __slots__ = ("_first", "_pairs")

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        """Take `pairs` in the order received; names must be in lower case already."""
        self._pairs = pairs
        self._first = dict(pairs)
        if len(self._first) != len(pairs):
            self._first = dict(reversed(pairs))

    @property
    def repeats(self) -> bool:
        """Whether any name occurs more than once."""
        return len(self._first) != len(self._pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`, in any case, or `default`."""
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> list[str]:
        """Every value of `name`, in any case, in the order received."""
        name = name.lower()
        return [value for key, value in self._pairs if key == name]

    def items(self) -> Iterator[tuple[str, str]]:
        """Every (name, value), in the order received."""
        return iter(self._pairs)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._first

    def __repr__(self) -> str:
        # Values may be credentials: only the names are ever shown.
        return f"Headers({', '.join(name for name, _ in self._pairs)})"


class Request(msgspec.Struct, frozen=True):
    """One whole request, within the limits and free of ambiguity."""

    method: str
    path: str  # percent-encoded as sent, without the query
    query: str  # what followed the first "?", or ""
    headers: Headers
    body: bytes
    peer: str = ""  # the client's address, or "" when it has none

    def __repr__(self) -> str:
        # The query, the fields and the body may hold secrets.
        return f"Request({self.method} {self.path}, {len(self.body)} bytes)"


class Responder(Protocol):
    """How the application answers one request: either `send`, or `start`, `write`... and `end`.

    `content-length`, `transfer-encoding`, `connection` and `date` are the server's own: they are ignored when
    given, except that ``connection: close`` is obeyed. A field with CR, LF or NUL raises `PontageError` before
    anything is sent.
    """

    def send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """Give the whole answer at once."""
        ...

    async def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """Begin a streamed answer: the status and the fields go out now."""
        ...

    async def write(self, data: bytes) -> None:
        """Send a piece of the stream; returns when the client has room for more.

        When the client is gone the data is dropped, and the cancellation that its leaving caused is delivered.
        """
        ...

    async def end(self) -> None:
        """End the stream well-formed."""
        ...

    def abort(self) -> None:
        """Close the connection without a proper end, so that the client sees a truncated body."""
        ...

    @property
    def started(self) -> bool:
        """Whether a status has been given already."""
        ...


class Application(Protocol):
    """What the server serves."""

    async def __call__(self, request: Request, respond: Responder) -> None:
        """Answer one request. Cancelled as soon as the client is gone."""
        ...

    def drain(self) -> None:
        """The server is about to stop: refuse what is new, but for questions about health. Requests that were begun
        may go on, and are cancelled when their time is over."""
        ...

    def refuse(
        self, method: str, target: str, headers: Headers, error: PontageError
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Word `error` in the caller's dialect: (status, fields, body).

        Called for what never became a `Request`: `method`, `target` and `headers` hold what was understood until
        then and may be empty.
        """
        ...
