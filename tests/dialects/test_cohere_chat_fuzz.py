"""Whatever arrives, only the errors of the tree are raised."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame
from tests.dialects.cohere_chat import CLIENT, SIDE
from tests.dialects.fuzzing import bodies, events, mutated

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1.5, 10**30, "", "x", "text", "thinking", "REQUIRED", [], [None], [[]], {}, {"type": "text"},
     {"type": "odd"}, {"type": 3}, {"type": "~pontage.unknown"}, {"~pontage.extra": 1}, "\ud800"]
)  # fmt: skip


@given(mutated(bodies("cohere_chat", "request"), ODD))
@settings(max_examples=300)
def test_a_request_is_read_or_refused(body: bytes) -> None:
    for read in (CLIENT.decode_request, CLIENT.peek_request, lambda sent: SIDE.adjust_request(sent, "other", True)):
        with contextlib.suppress(InvalidRequestError):
            read(body)
    with contextlib.suppress(InvalidRequestError):
        encoded = SIDE.encode_request(CLIENT.decode_request(body))
        assert json.loads(encoded.body) == json.loads(body)
        assert encoded.notes == ()


@given(mutated(bodies("cohere_chat", "response"), ODD))
@settings(max_examples=200)
def test_an_answer_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(PontageError):
        answer = SIDE.decode_response(body)
        encoded = CLIENT.encode_response(answer)
        assert json.loads(encoded.body) == json.loads(body)
        assert encoded.notes == ()
    with contextlib.suppress(ProtocolError):
        SIDE.usage_of(body)


@given(mutated(events("cohere_chat"), ODD))
@settings(max_examples=300)
def test_a_stream_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        wires = json.loads(body)
        for machine in (SIDE.stream_decoder(), SIDE.stream_tap(b"{}")):
            with contextlib.suppress(PontageError):
                for wire in wires if isinstance(wires, list) else [wires]:
                    machine.feed(Frame(json.dumps(wire).encode()))
                machine.end()


@given(mutated(bodies("cohere_chat", "error"), ODD), st.integers(100, 599))
@settings(max_examples=100)
def test_an_error_is_always_one_of_the_tree(body: bytes, status: int) -> None:
    error = SIDE.decode_error(status, {}, body)
    assert error.message
    assert CLIENT.encode_error(error)[1]
