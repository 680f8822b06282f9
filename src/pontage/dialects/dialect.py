"""What a dialect is: ten pure functions in two records. Floor 2; no inheritance, no I/O.

`ProviderSide` speaks the format to a provider, `ClientSide` answers a client in it. A variant is the shared record
built with other wire types or with one function replaced. Stream machines are fed and never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

from pontage.dialects.wording import Words
from pontage.domain.chat import ChatRequest, ChatResponse, Note, TokenUsage
from pontage.domain.stream import StreamEvent
from pontage.errors import PontageError
from pontage.streaming.framing import Frame, Framing

T_co = TypeVar("T_co", covariant=True)


class Encoded(Struct, frozen=True):
    """A body and the notes of what it could not say."""

    body: bytes
    notes: tuple[Note, ...] = ()


class KeptState(Struct, frozen=True):
    """What a request names that is kept at the provider which made it: in which `field`, and its `id`, if told."""

    field: str
    id: str = ""


class Peek(Struct, frozen=True):
    """What must be known of a request before it is decoded: `model` (None: the path names it), whether it wants a
    `stream`, how many answers (`choices`), and what `kept` state it goes on from."""

    model: str | None
    stream: bool
    choices: int = 1
    kept: tuple[KeptState, ...] = ()


class Decode(Protocol[T_co]):
    """Bytes of one message to its canonical value."""

    def __call__(self, body: bytes, *, keep_spelling: bool = True) -> T_co:
        """The value. Without `keep_spelling` (a crossing: nobody will write it back in its own format) how the
        origin wrote it is not kept; what it said is. Raises InvalidRequestError for a request, ProtocolError else."""
        ...


class StreamDecoder(Protocol):
    """Frames of one provider stream to events."""

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """The events this frame completes. Raises the dialect's own in-band error as one of the error tree."""
        ...

    def end(self) -> list[StreamEvent]:
        """The body ended. Raises StreamTruncatedError when the provider's terminal event was not seen; a format whose
        streams simply end (Gemini) yields `Finished` here."""
        ...


class StreamTap(Protocol):
    """A cheap look into frames that are forwarded untouched."""

    usage: TokenUsage | None
    content: bool  # the first content was seen: fallback is over
    finished: bool  # the terminal event was seen: the stream is whole

    def feed(self, frame: Frame) -> bytes:
        """What the client gets for this frame: its raw bytes, or nothing when only the gateway asked for it. Raises
        the dialect's own in-band error as one of the error tree, so that it can be retried before content."""
        ...

    def end(self) -> bytes:
        """The body ended: what is still owed. Raises StreamTruncatedError when the stream is not whole."""
        ...


class StreamEncoder(Protocol):
    """Events to the bytes of one client stream."""

    def feed(self, event: StreamEvent) -> bytes:
        """The bytes for this event, perhaps none. `Finished` yields the format's whole ending, terminator included."""
        ...

    def fail(self, error: PontageError) -> bytes:
        """The format's own error event, and no success terminator after it."""
        ...

    def keep_alive(self) -> bytes:
        """Bytes that say nothing but that the stream is alive."""
        ...

    def notes(self) -> tuple[Note, ...]:
        """What could not be said so far."""
        ...


class Reframer(Protocol):
    """Frames of one stream in another framing (Gemini's JSON array from its SSE)."""

    def feed(self, data: bytes) -> bytes:
        """The bytes for one frame's data."""
        ...

    def end(self) -> bytes:
        """The bytes that close the stream."""
        ...


class ProviderSide(Struct, frozen=True, kw_only=True):
    """Speak the format `name` to a provider. `family` is whose signatures it makes and takes."""

    name: str
    family: str | None
    encode_request: Callable[[ChatRequest], Encoded]
    adjust_request: Callable[[bytes, str, bool], bytes]
    """(body, model, stream) of a request already in this format: the very same bytes when nothing has to change, else
    with the model name replaced and stream usage asked for."""
    decode_response: Decode[ChatResponse]
    usage_of: Callable[[bytes], TokenUsage | None]
    """What a whole answer says it used, read without decoding the rest. Raises ProtocolError when it is not JSON."""
    decode_error: Callable[[int, Mapping[str, str], bytes], PontageError]
    framing: Callable[[], Framing]
    stream_decoder: Callable[[], StreamDecoder]
    stream_tap: Callable[[bytes], StreamTap]
    """A tap for the answer to this request body, as the client sent it."""
    ends_itself: bool = True
    """Whether a stream has a last event of its own, after which nothing counts; Gemini's end with the body."""
    stream_types: tuple[str, ...] = ("text/event-stream",)
    """Content types of a stream in this format."""


class ClientSide(Struct, frozen=True, kw_only=True):
    """Answer a client in the format `name`."""

    name: str
    peek_request: Callable[[bytes], Peek]
    decode_request: Decode[ChatRequest]
    encode_response: Callable[[ChatResponse], Encoded]
    stream_encoder: Callable[[ChatRequest | None], StreamEncoder]
    """A machine for the answer to this request (None: all defaults)."""
    words: Words
    """What it calls the fields of a request."""
    stream_type: str
    """The content type of a stream."""
    reframe: Callable[[], Reframer] | None = None
    """Set where the client reads the format in another framing than providers write it."""
    unfold: Callable[[ChatRequest], ChatRequest] | None = None
    """A request for those who speak another format: what only this one says beside the turns, in the turns. Set where
    there is such a thing. Raises InvalidRequestError."""
    state_of: Callable[[bytes], str] | None = None
    """The id by which a later request may go on from an answer that begins with these bytes; empty: its provider does
    not keep it. Set where the format has such ids."""
    encode_error: Callable[[PontageError], tuple[int, bytes]]
