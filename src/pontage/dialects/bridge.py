"""One stream's machine: a provider's bytes in, the client's bytes out. Floor 3; pure, and fed.

What was whole before a failure is still given: `feed` and `end` never raise, they set `failure`. So the client gets the
same whichever way the bytes were cut.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from pontage.dialects.dialect import ClientSide, ProviderSide, StreamDecoder, StreamEncoder, StreamTap
from pontage.domain.chat import ChatRequest, Note, TokenUsage
from pontage.domain.parts import Opaque, ToolCall
from pontage.domain.stream import Delta, Finished, PartStarted, StreamEvent
from pontage.errors import PontageError
from pontage.streaming.framing import Frame, Framing


class Bridge(ABC):
    """What relaying and translating have in common.

    `content`: the first content was seen, so another provider cannot take over. `whole`: the terminal event was seen,
    and nothing after it counts. `heard`: the last bytes completed an event. `failure`: the provider's in-band error, or
    what is wrong with its stream.
    """

    def __init__(self, side: ProviderSide) -> None:
        self._framing: Framing = side.framing()
        self.content = False
        self.whole = False
        self.heard = True
        self.failure: PontageError | None = None
        self.usage: TokenUsage | None = None

    def feed(self, data: bytes) -> bytes:
        """The client's bytes for these."""
        given: list[bytes] = []
        try:
            frames = self._framing.feed(data)
            self.heard = bool(frames)
            self._carry(frames, given)
        except PontageError as error:
            self.failure = error
        return b"".join(given)

    @abstractmethod
    def end(self) -> bytes:
        """The body ended: the client's last bytes. `failure` is StreamTruncatedError when the stream is not whole."""

    @abstractmethod
    def fail(self, error: PontageError) -> bytes:
        """The client format's own error event for a stream that broke, with no success terminator after it."""

    def notes(self) -> tuple[Note, ...]:
        """What could not be said."""
        return ()

    @abstractmethod
    def _carry(self, frames: Iterable[Frame], given: list[bytes]) -> None: ...


class Relay(Bridge):
    """The bridge between like formats: frames go through untouched, with a tap for usage and truth."""

    def __init__(self, side: ProviderSide, client: ClientSide, body: bytes) -> None:
        super().__init__(side)
        self._client = client
        self._ends_itself = side.ends_itself
        self._tap: StreamTap = side.stream_tap(body)
        self._reframer = client.reframe() if client.reframe is not None else None

    def end(self) -> bytes:
        """See `Bridge`. An event whose end did not come is given only if the stream is whole with it: behind half an
        event nobody could read that it broke."""
        tap, reframer = self._tap, self._reframer
        try:
            rest = [(frame, tap.feed(frame)) for frame in self._framing.end()]
            owed = tap.end()
        except PontageError as error:
            self.failure = error
            return b""
        self.content, self.usage, self.whole = tap.content, tap.usage, True
        if reframer is None:
            return b"".join(piece for _, piece in rest) + owed
        return b"".join(reframer.feed(frame.data) for frame, piece in rest if piece) + reframer.end()

    def fail(self, error: PontageError) -> bytes:
        """See `Bridge`."""
        if self._reframer is None:
            return self._client.stream_encoder(None).fail(error)
        return self._reframer.feed(self._client.encode_error(error)[1]) + self._reframer.end()

    def _carry(self, frames: Iterable[Frame], given: list[bytes]) -> None:
        tap, reframer = self._tap, self._reframer
        for frame in frames:
            if self.whole:
                return
            piece = tap.feed(frame)
            if piece:
                given.append(piece if reframer is None else reframer.feed(frame.data))
            self.content, self.usage = tap.content, tap.usage
            self.whole = self._ends_itself and tap.finished


class Translation(Bridge):
    """The bridge between unlike formats: frames to events to the client's bytes."""

    def __init__(self, side: ProviderSide, client: ClientSide, request: ChatRequest) -> None:
        super().__init__(side)
        self._decoder: StreamDecoder = side.stream_decoder()
        self._encoder: StreamEncoder = client.stream_encoder(request)

    def end(self) -> bytes:
        """See `Bridge`."""
        given: list[bytes] = []
        try:
            self._carry(self._framing.end(), given)
            self._encode(self._decoder.end(), given)
        except PontageError as error:
            self.failure = error
        return b"".join(given)

    def fail(self, error: PontageError) -> bytes:
        """See `Bridge`."""
        return self._encoder.fail(error)

    def notes(self) -> tuple[Note, ...]:
        """See `Bridge`."""
        return self._encoder.notes()

    def _carry(self, frames: Iterable[Frame], given: list[bytes]) -> None:
        for frame in frames:
            if self.whole:
                return
            self._encode(self._decoder.feed(frame), given)

    def _encode(self, events: Iterable[StreamEvent], given: list[bytes]) -> None:
        for event in events:
            self.content = self.content or is_content(event)
            if isinstance(event, Finished):
                self.usage, self.whole = event.usage, True
            given.append(self._encoder.feed(event))


def is_content(event: StreamEvent) -> bool:
    """Whether the event tells something of the answer itself, so that no other provider can take over after it."""
    match event:
        case Delta(text=text):
            return text != ""
        case PartStarted(part=part):
            return isinstance(part, ToolCall | Opaque)
        case Finished():
            return True
        case _:
            return False
