"""Whatever arrives, only the errors of the tree are raised."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.dialects.openai_responses import client_side, provider_side
from pontage.dialects.spelling import residue
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame
from tests.dialects.fuzzing import bodies, events, mutated

SIDE = provider_side()
CLIENT = client_side()

TYPES = ["message", "reasoning", "function_call", "web_search_call", "completed", "failed"]
PLAIN = [
    None,
    True,
    -1,
    1.5,
    10**30,
    10**300,
    "",
    "x",
    "pontage:",
    "pontage:a:next:",
    "msg_ptg0",
    "\ud800",
    [],
    [[]],
    {},
]
ITEMS = [{"type": "message"}, {"type": "odd"}, {"type": 3}, {"type": "output_text", "text": "x"}, {"instructions": 1}]
ODD: st.SearchStrategy[Any] = st.sampled_from([*TYPES, *PLAIN, *ITEMS, {"~pontage.extra": 1}])


@given(mutated(bodies("openai_responses", "request"), ODD))
@settings(deadline=None, max_examples=400)
def test_a_request_is_read_or_refused(body: bytes) -> None:
    for read in (CLIENT.decode_request, CLIENT.peek_request, lambda sent: SIDE.adjust_request(sent, "other", True)):
        with contextlib.suppress(InvalidRequestError):
            read(body)
    with contextlib.suppress(InvalidRequestError):
        encoded = SIDE.encode_request(CLIENT.decode_request(body))
        if b"pontage:" not in body:
            assert residue(json.loads(body), json.loads(encoded.body)) == ()


@given(mutated(bodies("openai_responses", "response"), ODD))
@settings(deadline=None, max_examples=300)
def test_an_answer_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        SIDE.usage_of(body)
    with contextlib.suppress(PontageError):
        encoded = CLIENT.encode_response(SIDE.decode_response(body))
        assert residue(json.loads(body), json.loads(encoded.body)) == ()


@given(mutated(events("openai_responses"), ODD))
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


@given(st.integers(100, 599), mutated(bodies("openai_responses", "error"), ODD))
@settings(deadline=None, max_examples=150)
def test_an_error_is_always_one_of_the_tree(status: int, body: bytes) -> None:
    error = SIDE.decode_error(status, {"retry-after": body[:9].decode("latin-1")}, body)
    assert isinstance(error, PontageError)
    assert isinstance(json.loads(CLIENT.encode_error(error)[1]), dict)
