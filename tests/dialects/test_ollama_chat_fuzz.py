"""Whatever arrives, in either form, only the errors of the tree are raised."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.dialects.ollama_chat import generate_client_side, generate_provider_side
from pontage.domain import collect
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame
from tests.dialects.fuzzing import bodies, mutated
from tests.dialects.ollama_chat import CLIENT, SAMPLES, SIDE

FORMS = [(SIDE, CLIENT), (generate_provider_side(), generate_client_side())]

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1.5, 10**30, "", "x", "tool", "user", "2026-01-02T03:04:05Z", [], [None], [[]], {},
     {"type": 3}, {"function": {"name": "f"}}, {"~pontage.extra": 1}, {"type": "~pontage.unknown"}, "\ud800"]
)  # fmt: skip
PROMPTS: list[Any] = [
    {"model": "m", "prompt": "Hi.", "system": "Be brief.", "images": ["AAAA"], "suffix": "}", "options": {"seed": 1}},
    {"model": "m", "prompt": "Hi.", "context": [1, 2], "raw": True, "template": "{{ .Prompt }}", "think": "low"},
]
GENERATED: list[Any] = [
    {"model": "m", "response": "Hi.", "thinking": "Hm.", "done": True, "context": [1], "eval_count": 1},
    {"model": "m", "image": "AAAA", "completed": 3, "total": 4, "done": False},
]


def streams() -> list[list[Any]]:
    return [[json.loads(one) for one in path.read_text().split("\n") if one] for path in sorted(SAMPLES.glob("*.sse"))]


@pytest.mark.parametrize(("side", "client"), FORMS)
@given(body=mutated([*bodies("ollama_chat", "request"), *PROMPTS], ODD))
@settings(deadline=None, max_examples=250)
def test_a_request_is_read_or_refused(side: ProviderSide, client: ClientSide, body: bytes) -> None:
    for read in (client.peek_request, lambda sent: side.adjust_request(sent, "other", True)):
        with contextlib.suppress(InvalidRequestError):
            read(body)
    with contextlib.suppress(InvalidRequestError):
        encoded = side.encode_request(client.decode_request(body))
        assert json.loads(encoded.body) == json.loads(body)
        assert encoded.notes == ()


@pytest.mark.parametrize(("side", "client"), FORMS)
@given(body=mutated([*bodies("ollama_chat", "response"), *GENERATED], ODD))
@settings(deadline=None, max_examples=200)
def test_an_answer_is_read_or_the_providers_fault(side: ProviderSide, client: ClientSide, body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        side.usage_of(body)
    with contextlib.suppress(PontageError):
        encoded = client.encode_response(side.decode_response(body))
        assert json.loads(encoded.body) == json.loads(body)


@pytest.mark.parametrize(("side", "client"), FORMS)
@given(body=mutated([*streams(), GENERATED], ODD))
@settings(deadline=None, max_examples=200)
def test_a_stream_is_read_or_the_providers_fault(side: ProviderSide, client: ClientSide, body: bytes) -> None:
    decoder, tap, encoder = side.stream_decoder(), side.stream_tap(b"{}"), client.stream_encoder(None)
    try:
        sent = json.loads(body)
    except ValueError:
        return
    events: list[Any] = []
    with contextlib.suppress(PontageError):
        for one in sent if isinstance(sent, list) else [sent]:
            frame = Frame(json.dumps(one).encode())
            tap.feed(frame)
            for event in decoder.feed(frame):
                events.append(event)
                encoder.feed(event)
        events += decoder.end()
        tap.end()
        assert tap.usage == collect(events).usage


@given(st.integers(100, 599), mutated(bodies("ollama_chat", "error"), ODD))
@settings(deadline=None, max_examples=150)
def test_an_error_is_always_one_of_the_tree(status: int, body: bytes) -> None:
    error = SIDE.decode_error(status, {"retry-after": body[:9].decode("latin-1")}, body)
    assert isinstance(error, PontageError)
    assert isinstance(json.loads(CLIENT.encode_error(error)[1]), dict)
