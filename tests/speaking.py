"""The dialects as the laws use them: specimens read into values and events, and these written again."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from pontage.dialects import openai_chat
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, ChatResponse, Message, Note, StreamEvent, collect
from pontage.streaming.framing import Frame, Framing, JSONArrayDecoder
from tests.specimens import Specimen

DIALECTS = tuple(PROVIDER_SIDES)


def read_request(specimen: Specimen) -> ChatRequest:
    """The canonical request. Where the path names the model and the stream, the caller fills them in, as here."""
    assert specimen.request is not None
    request = CLIENT_SIDES[specimen.dialect].decode_request(specimen.request)
    return replace(request, model=request.model or specimen.model)


def written_request(dialect: str, request: ChatRequest) -> tuple[ChatRequest, tuple[Note, ...]]:
    """`request` written in a dialect and read again, and what that could not say."""
    encoded = PROVIDER_SIDES[dialect].encode_request(request)
    again = CLIENT_SIDES[dialect].decode_request(encoded.body)
    if dialect == "google_generate":  # its path says these two
        again = replace(again, model=request.model, stream=request.stream)
    return again, encoded.notes


def read_answer(specimen: Specimen) -> ChatResponse:
    """The canonical answer."""
    assert specimen.answer is not None
    return PROVIDER_SIDES[specimen.dialect].decode_response(specimen.answer)


def written_answer(dialect: str, answer: ChatResponse) -> tuple[ChatResponse, tuple[Note, ...]]:
    """`answer` written in a dialect and read again, and what that could not say."""
    encoded = CLIENT_SIDES[dialect].encode_response(answer)
    return PROVIDER_SIDES[dialect].decode_response(encoded.body), encoded.notes


def side_of(specimen: Specimen) -> ProviderSide:
    """The side that speaks to the specimen's server."""
    if specimen.done_optional:
        return openai_chat.provider_side(done_optional=True)
    return PROVIDER_SIDES[specimen.dialect]


def framing_of(side: ProviderSide, data: bytes) -> Framing:
    """The framing of these bytes; Gemini's stream without `alt=sse` is one JSON array."""
    return JSONArrayDecoder() if data.lstrip()[:1] == b"[" else side.framing()


def frames_of(side: ProviderSide, data: bytes, cuts: Sequence[int] = ()) -> list[Frame]:
    """The frames of a stream whose bytes arrive cut at these positions."""
    framing = framing_of(side, data)
    found: list[Frame] = []
    start = 0
    for stop in [*cuts, len(data)]:
        found += framing.feed(data[start:stop])
        start = stop
    return found + framing.end()


def read_stream(side: ProviderSide, data: bytes, cuts: Sequence[int] = ()) -> list[StreamEvent]:
    """The events of a stream whose bytes arrive cut at these positions."""
    decoder = side.stream_decoder()
    return [event for frame in frames_of(side, data, cuts) for event in decoder.feed(frame)] + decoder.end()


def write_stream(
    dialect: str, events: Iterable[StreamEvent], request: ChatRequest | None
) -> tuple[bytes, tuple[Note, ...]]:
    """The bytes a client of this dialect gets for `events`, and what they could not say."""
    encoder = CLIENT_SIDES[dialect].stream_encoder(request)
    data = b"".join([encoder.feed(event) for event in events])
    return data, encoder.notes()


def written_stream(
    dialect: str, events: Iterable[StreamEvent], request: ChatRequest | None
) -> tuple[ChatResponse, tuple[Note, ...]]:
    """The answer a client of this dialect collects from `events`, and what it was not told."""
    data, notes = write_stream(dialect, events, request)
    return collect(read_stream(PROVIDER_SIDES[dialect], data)), notes


def brought_back(dialect: str, answer: bytes) -> tuple[Message, ...]:
    """The messages of a conversation to which a client of this dialect appended the answer it got."""
    said = json.loads(answer)
    asked = {"role": "user", "content": "?"}
    match dialect:
        case "openai_chat":
            request: Any = {"messages": [asked, *(choice["message"] for choice in said["choices"][:1])]}
        case "anthropic_messages":
            turn = {"role": "assistant", "content": said["content"]}
            request = {"max_tokens": 1, "messages": [asked, *([turn] if said["content"] else [])]}
        case "openai_responses":
            request = {"input": [asked, *said["output"]]}
        case "ollama_chat":
            request = {"messages": [asked, said["message"]]}
        case "cohere_chat":
            turn = said["message"]
            request = {"messages": [asked, *([turn] if len(turn) > 1 else [])]}
        case _:
            turns = [candidate["content"] for candidate in said.get("candidates", [])[:1]]
            asked = {"role": "user", "parts": [{"text": "?"}]}
            request = {"contents": [asked, *(turn for turn in turns if turn.get("parts"))]}
    body = json.dumps({"model": "m", **request}).encode()
    return CLIENT_SIDES[dialect].decode_request(body).messages[1:]
