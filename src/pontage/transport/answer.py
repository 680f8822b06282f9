"""An answer whose head is in and whose body is pulled. Floor 2.

No task and no queue stands between the socket and the reader: a reader that does not pull lets the socket fill up,
which slows the sender down. The connection goes back to its pool in the same step in which the last piece is taken,
never before.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from pontage.errors import ConnectionFailedError, ProtocolError
from pontage.transport.connection import Connection
from pontage.transport.decoding import decoder_for
from pontage.transport.messages import Headers
from pontage.transport.pool import Pool
from pontage.transport.response import Head
from pontage.transport.timers import Patience


class Answer:
    """`status`, `headers`, and the body through `read` or `chunk`.

    Read it to its end or close it (``async with`` does): until then it holds a connection. `content-encoding` is
    already undone in what is read. One reader at a time.
    """

    __slots__ = ("_connection", "_decoder", "_due", "_finished", "_patience", "_pool", "_room", "headers", "status")

    def __init__(self, head: Head, connection: Connection, pool: Pool, patience: Patience) -> None:
        self.status: int = head.status
        self.headers: Headers = head.headers
        self._connection: Connection | None = connection
        self._pool = pool
        self._patience = patience
        self._room = pool.settings.max_body_bytes
        self._finished = False
        self._due: float | None = None
        self._decoder = decoder_for(head.headers, pool.settings.max_ratio)

    async def read(self) -> bytes:
        """The rest of the body, decoded. Raises as `chunk` does."""
        first = await self.chunk()
        if self._finished:
            return first
        pieces = [first]
        while piece := await self.chunk():
            pieces.append(piece)
        return b"".join(pieces)

    async def chunk(self, *, waiting: bool = False) -> bytes:
        """The next decoded piece of the body as it arrives; empty at its proper end, and only there. `waiting`: what
        came last was not what the caller waits for, so the idle timer goes on instead of beginning anew.

        Raises `ProtocolError` (cut short, malformed, larger than the limits), `UpstreamTimeoutError` (idle or total)
        and `ConnectionFailedError` (closed by us); the connection is closed then.
        """
        if not waiting:
            self._due = None
        try:
            while not self._finished:
                if self._connection is None:
                    raise ConnectionFailedError("the answer was closed before its end")
                data = self._next(self._connection)
                if data:
                    return data
                if not self._finished and not self._has_more:
                    self._due = await self._connection.wait("idle", self._patience, self._idle())
        except BaseException:
            await self.aclose()
            raise
        return b""

    async def aclose(self) -> None:
        """Let go. An answer not read to its end closes its socket at once. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.drop(connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    def _idle(self) -> float:
        """Seconds of silence that are left: all of them, but while the caller still waits for something."""
        whole = self._patience.timeouts.idle
        return whole if self._due is None else min(whole, self._due - asyncio.get_running_loop().time())

    @property
    def _has_more(self) -> bool:
        """Whether decoded bytes can be had without the socket."""
        return self._decoder is not None and self._decoder.pending

    def _next(self, connection: Connection) -> bytes:
        """What can be had without waiting; settles with the pool when that was the last of it."""
        decoder = self._decoder
        data = connection.take() if decoder is None or not decoder.pending else b""
        if decoder is not None:
            data = decoder.decode(data)
        self._room -= len(data)
        if self._room < 0:
            raise ProtocolError("the body of the answer is larger than the limit")
        reader = connection.reader
        if reader.complete and not reader.pieces and not self._has_more:
            if decoder is not None:
                decoder.finish()
            self._finished = True
            self._connection = None
            self._pool.release(connection)
        return data
