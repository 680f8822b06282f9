"""What a client of a stream is given while nothing comes: after a while its status, and then signs of life. Floor 8.

Until the first content the status is held back, for an error's own status says more than any event. But proxies and
clients give up on a long silence, so it is not held back for ever: then it is 200, and whatever happens after that is
told inside the stream.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from pontage.config import StreamsSection
from pontage.dialects.dialect import ClientSide
from pontage.server.exchange import Exchange, ids
from pontage.server.http import Responder
from pontage.transport.timers import Alarm


class Heart:
    """The pulse of one stream. Beside an alarm that is set and cleared it costs nothing while the stream is quick.

    It begins to speak only between `listen` and `rest`, so it never breaks into what the stream itself says.
    """

    def __init__(self, exchange: Exchange, client: ClientSide, settings: StreamsSection) -> None:
        self._respond: Responder = exchange.respond
        self._client = client
        self._settings = settings
        self._fields = [*stream_fields(client), *ids(exchange.id)]
        self._loop = asyncio.get_running_loop()
        self._alarm = Alarm(self._loop, self._ring)
        self._beat: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._alarm.set(self._loop.time() + self._settings.commit_after)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alarm.cancel()
        if self._beat is not None:
            self._beat.cancel()

    def listen(self) -> None:
        """The stream waits for its next piece."""
        self._alarm.set(self._loop.time() + self._settings.keep_alive)

    def rest(self) -> bool:
        """Begin to say nothing more; whether it is speaking yet, so that `hush` has to be waited for."""
        self._alarm.clear()
        return self._beat is not None

    async def hush(self) -> None:
        """Say nothing more: the stream speaks itself from now on."""
        self._alarm.clear()
        if self._beat is not None:
            await self._beat

    def _ring(self) -> None:
        self._beat = self._loop.create_task(self._speak())

    async def _speak(self) -> None:
        if not self._respond.started:
            await self._respond.start(200, self._fields)
        sign = self._client.stream_encoder(None).keep_alive()
        if sign:
            await self._respond.write(sign)
        self._beat = None
        self.listen()


def stream_fields(client: ClientSide) -> list[tuple[str, str]]:
    """The headers of every stream in this format."""
    return [("content-type", client.stream_type), ("cache-control", "no-cache")]
