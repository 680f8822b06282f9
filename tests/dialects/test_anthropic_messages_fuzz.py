"""Whatever arrives, only the errors of the tree are raised."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.dialects.anthropic_messages import client_side, provider_side
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame
from tests.dialects.fuzzing import bodies, events, mutated

SIDE = provider_side()
CLIENT = client_side()

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1.5, 10**30, "", "x", "pontage:", "pontage:a:next:", "tool_use", "text", [], [None], [[]], {},
     {"type": "text"},     {"type": "odd"}, {"type": 3}, {"type": "~pontage.unknown"}, {"~pontage.extra": 1}, "\ud800"]
)  # fmt: skip


@given(mutated(bodies("anthropic_messages", "request"), ODD))
@settings(deadline=None, max_examples=400)
def test_a_request_is_read_or_refused(body: bytes) -> None:
    for read in (CLIENT.decode_request, CLIENT.peek_request, lambda sent: SIDE.adjust_request(sent, "other", True)):
        with contextlib.suppress(InvalidRequestError):
            read(body)
    with contextlib.suppress(InvalidRequestError):
        encoded = SIDE.encode_request(CLIENT.decode_request(body))
        assert b"pontage:" not in encoded.body.replace(b'"~pontage', b"") or b"pontage:" in body
        assert isinstance(json.loads(encoded.body), dict)


@given(mutated(bodies("anthropic_messages", "response"), ODD))
@settings(deadline=None, max_examples=300)
def test_an_answer_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        SIDE.usage_of(body)
    with contextlib.suppress(PontageError):
        encoded = CLIENT.encode_response(SIDE.decode_response(body))
        assert json.loads(encoded.body) == json.loads(body)


@given(mutated(events("anthropic_messages"), ODD))
@settings(deadline=None, max_examples=300)
def test_a_stream_is_read_or_the_providers_fault(body: bytes) -> None:
    decoder, tap, encoder = SIDE.stream_decoder(), SIDE.stream_tap(b"{}"), CLIENT.stream_encoder(None)
    try:
        sent = json.loads(body)
    except ValueError:
        return
    with contextlib.suppress(PontageError):
        for one in sent if isinstance(sent, list) else [sent]:
            frame = Frame(json.dumps(one).encode())
            tap.feed(frame)
            for event in decoder.feed(frame):
                encoder.feed(event)
        decoder.end()


@given(st.integers(100, 599), mutated(bodies("anthropic_messages", "error"), ODD))
@settings(deadline=None, max_examples=150)
def test_an_error_is_always_one_of_the_tree(status: int, body: bytes) -> None:
    error = SIDE.decode_error(status, {"retry-after": body[:9].decode("latin-1")}, body)
    assert isinstance(error, PontageError)
    assert isinstance(json.loads(CLIENT.encode_error(error)[1]), dict)
