"""Framing on recorded streams: every event is read, and no cut of the real bytes changes any."""

import json
import random

import pytest

from pontage.streaming.framing import Framing, JSONArrayDecoder, NDJSONDecoder, SSEDecoder
from tests.conftest import Corpus, Figures
from tests.corpus import Exchange
from tests.streaming.cuts import events_by_the_standard, read, read_all_cuts

CUTS_IN_A_LARGE_STREAM = 40
SMALL = 3000  # bytes: up to here, cut at every byte

OWN_SAMPLES: list[tuple[type[Framing], bytes]] = [
    (SSEDecoder, b': ready\r\n\r\nevent: message_start\r\ndata: {"type": "message_start"}\r\n\r\n'),
    (SSEDecoder, 'data: {"choices": [{"delta": {"content": "Größe"}}]}\n\ndata: [DONE]\n\n'.encode()),
    (NDJSONDecoder, b'{"message": {"content": "a"}, "done": false}\n{"done": true}\n'),
    (JSONArrayDecoder, b'[{"candidates": []}\n,\r\n{"usageMetadata": {}}\n]\n'),
]


def framing_of(stream: bytes) -> type[Framing]:
    """The framing a recorded body has, by its first byte."""
    return {b"[": JSONArrayDecoder, b"{": NDJSONDecoder}.get(stream[:1], SSEDecoder)


def is_stream(exchange: Exchange) -> bool:
    return exchange.streaming and isinstance(exchange.response.body, str)


@pytest.fixture
def streams(corpus: Corpus) -> list[tuple[type[Framing], bytes]]:
    bodies = [exchange.response.body.encode() for exchange in corpus.exchanges(is_stream)]
    return OWN_SAMPLES + [(framing_of(body), body) for body in bodies]


def test_every_event_of_a_recording_is_whole_json(streams: list[tuple[type[Framing], bytes]], figures: Figures) -> None:
    count = 0
    for decoder, stream in streams:
        events = read(decoder, stream)
        assert events
        assert decoder is not SSEDecoder or events == events_by_the_standard(stream)
        for _, data in events:
            if data != b"[DONE]":
                json.loads(data)
        count += len(events)
    figures("events framed in recorded streams", count)


def test_no_cut_in_two_changes_a_recording(streams: list[tuple[type[Framing], bytes]], figures: Figures) -> None:
    randomness = random.Random(7)
    cuts = 0
    for decoder, stream in streams:
        if len(stream) <= SMALL:
            read_all_cuts(decoder, stream)
            cuts += len(stream)
            continue
        events = read(decoder, stream)
        places = randomness.sample(range(len(stream)), CUTS_IN_A_LARGE_STREAM)
        assert all(read(decoder, stream, [place]) == events for place in places)
        cuts += len(places)
    figures("cuts of recorded streams", cuts)


def test_no_cut_in_many_changes_a_recording(streams: list[tuple[type[Framing], bytes]]) -> None:
    randomness = random.Random(11)
    for decoder, stream in streams:
        events = read(decoder, stream)
        places = sorted(randomness.choices(range(len(stream)), k=len(stream) // 50))
        assert read(decoder, stream, places) == events
        if len(stream) <= 5 * SMALL:
            assert read(decoder, stream, range(len(stream))) == events
