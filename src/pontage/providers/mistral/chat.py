"""Mistral's chat format: OpenAI's, with other words in some places. Floor 4; pure.

It has a name of its own, for its API is closed: a request of OpenAI's format may hold what is refused here, so that it
is never sent as it is. `answering.py` has the other half, for who answers a client of this format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from msgspec.structs import replace

from pontage.dialects import openai_chat
from pontage.dialects.dialect import Encoded, ProviderSide, StreamDecoder
from pontage.dialects.notes import Notes
from pontage.domain.chat import ChatRequest, ChatResponse, Origin
from pontage.domain.parts import JSONObject
from pontage.domain.stream import Finished, Started, StreamEvent
from pontage.providers.mistral.fitting import fit_request, fit_wire
from pontage.providers.mistral.translate import MARKS, read_answer, read_request, write_answer, write_request
from pontage.streaming.framing import Frame

NAME: Final = "mistral_chat"
FAMILY: Final = "mistral"
_PADDING: Final = "p"  # letters that hide how long a piece is
_FOREIGN: Final = "another"  # whatever it is, it is not this format
_SIDE: Final = openai_chat.provider_side(
    custom_tools=False,
    family=FAMILY,
    reasoning_field="reasoning_content",
    max_tokens_field="max_tokens",
    ask_usage=False,
    stop_limit=None,
    extensions=frozenset({"audio_url", "document_url", "reasoning_details"}),
)
_CLIENT: Final = openai_chat.client_side()


def provider_side() -> ProviderSide:
    """How to speak the format to Mistral."""
    return replace(
        _SIDE,
        name=NAME,
        encode_request=encode_request,
        decode_response=decode_response,
        stream_decoder=Decoder,
    )


def encode_request(request: ChatRequest) -> Encoded:
    """The body for Mistral, and what it cannot be told."""
    notes = Notes()
    own = request.origin is not None and request.origin.dialect == NAME
    encoded = _SIDE.encode_request(_renamed(request if own else fit_request(request, notes), inward))
    wire = write_request(cast(JSONObject, msgspec.json.decode(encoded.body)))
    notes.extend(encoded.notes)
    return Encoded(msgspec.json.encode(wire if own else fit_wire(wire, notes)), notes.all())


def decode_response(body: bytes, *, keep_spelling: bool = True) -> ChatResponse:
    """The answer. Raises ProtocolError when it is malformed, or the error that stands in its place."""
    return _relabelled(_SIDE.decode_response(_reread(body, read_answer), keep_spelling=keep_spelling), _outward)


class Decoder:
    """One stream's machine: OpenAI's, on pieces in its words."""

    __slots__ = ("_inner",)

    def __init__(self) -> None:
        self._inner: StreamDecoder = _SIDE.stream_decoder()

    def feed(self, frame: Frame) -> list[StreamEvent]:
        """See `StreamDecoder`."""
        data = _reread(frame.data, read_answer)
        known = frame if data is frame.data else Frame(data, frame.event, frame.raw)
        return [_told(event) for event in self._inner.feed(known)]

    def end(self) -> list[StreamEvent]:
        """See `StreamDecoder`."""
        return [_told(event) for event in self._inner.end()]


def decode_request(body: bytes, *, keep_spelling: bool = True) -> ChatRequest:
    """The request that a client of this format wrote. Raises InvalidRequestError."""
    return _renamed(_CLIENT.decode_request(_reread(body, read_request), keep_spelling=keep_spelling), _outward)


def encode_response(response: ChatResponse) -> Encoded:
    """The body for a client of this format, and what it cannot be told."""
    encoded = _CLIENT.encode_response(_relabelled(response, inward))
    wire = write_answer(cast(JSONObject, msgspec.json.decode(encoded.body)))
    return Encoded(msgspec.json.encode(wire), encoded.notes)


def _reread(body: bytes, read: Callable[[JSONObject], JSONObject]) -> bytes:
    """`body` in OpenAI's words; the same bytes where it holds nothing of this format, or is no JSON object."""
    if not any(mark in body for mark in MARKS):
        return body
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    return msgspec.json.encode(read(cast(JSONObject, value))) if isinstance(value, dict) else body


def inward(origin: Origin | None) -> Origin | None:
    """The origin as OpenAI's writer shall see it: this format is its own, its own is any other."""
    if origin is None:
        return None
    return replace(origin, dialect=openai_chat.NAME if origin.dialect == NAME else _FOREIGN)


def _outward(origin: Origin | None) -> Origin | None:
    """The origin as OpenAI's reader gave it, by its true name."""
    return None if origin is None else replace(origin, dialect=NAME)


def _renamed(request: ChatRequest, change: Callable[[Origin | None], Origin | None]) -> ChatRequest:
    messages = tuple([replace(message, origin=change(message.origin)) for message in request.messages])
    return replace(request, origin=change(request.origin), messages=messages)


def _relabelled(response: ChatResponse, change: Callable[[Origin | None], Origin | None]) -> ChatResponse:
    choices = tuple(
        [
            replace(choice, message=replace(choice.message, origin=change(choice.message.origin)))
            for choice in response.choices
        ]
    )
    return replace(response, origin=change(response.origin), choices=choices)


def _told(event: StreamEvent) -> StreamEvent:
    if isinstance(event, Started):
        return replace(event, origin=_outward(event.origin), extra=_unpadded(event.extra))
    return replace(event, extra=_unpadded(event.extra)) if isinstance(event, Finished) else event


def _unpadded(extra: JSONObject) -> JSONObject:
    return {name: value for name, value in extra.items() if name != _PADDING} if _PADDING in extra else extra
