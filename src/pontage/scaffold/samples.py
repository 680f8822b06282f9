"""Samples of a new provider: an answer, the same in pieces, a refusal, in the format that it speaks. Floor 8; pure."""

from __future__ import annotations

from msgspec import Struct

from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import ChatResponse, Choice, Message, Stop, TokenUsage
from pontage.domain.parts import Text
from pontage.domain.stream import Delta, Ending, Finished, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import ModelNotFoundError

ANSWER = "I am a sample."
USAGE = TokenUsage(input=8, output=5)
END = Stop("stop")
MADE = 1767225600
"""Unix seconds: the beginning of 2026."""


class Samples(Struct, frozen=True, kw_only=True):
    """The bodies by what they are; `error_status` goes with the refusal, `stream_type` with the stream."""

    answer: bytes
    stream: bytes
    stream_type: str
    error: bytes
    error_status: int


def samples_of(dialect: str, model: str) -> Samples:
    """What a server of this format would say for `model`."""
    side = CLIENT_SIDES[dialect]
    message = Message(role="assistant", parts=(Text(text=ANSWER),))
    whole = ChatResponse(
        id="answer-1", model=model, choices=(Choice(message=message, stop=END),), usage=USAGE, created=MADE
    )
    encoder = side.stream_encoder(None)
    status, refusal = side.encode_error(ModelNotFoundError("there is no such model", param="model"))
    return Samples(
        answer=side.encode_response(whole).body,
        stream=b"".join(encoder.feed(event) for event in events_of(model)),
        stream_type=side.stream_type,
        error=refusal,
        error_status=status,
    )


def events_of(model: str) -> list[StreamEvent]:
    """The answer in two pieces."""
    half = len(ANSWER) // 2
    return [
        Started(id="answer-1", model=model, created=MADE),
        PartStarted(0, Text(text="")),
        Delta(0, ANSWER[:half]),
        Delta(0, ANSWER[half:]),
        PartEnded(0, Text(text=ANSWER)),
        Finished(endings=(Ending(stop=END),), usage=USAGE),
    ]
