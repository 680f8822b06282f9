"""Whatever arrives, only the errors of the tree are raised."""

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.dialects.openai_responses import client_side, provider_side
from pontage.dialects.spelling import residue
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame

SIDE = provider_side()
CLIENT = client_side()
SAMPLES = Path(__file__).parents[1] / "samples" / "openai_responses"

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


def bodies(ending: str) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(SAMPLES.glob(f"*.{ending}.json"))]


def events() -> list[list[Any]]:
    streams = [path.read_text() for path in sorted(SAMPLES.glob("*.sse"))]
    told = [[line[6:] for line in text.splitlines() if line.startswith("data: {")] for text in streams]
    return [[json.loads(line) for line in lines] for lines in told]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn, samples: list[Any]) -> bytes:
    """A sample with a value replaced, removed or said twice, or its bytes cut."""
    value = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            continue
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        action = draw(st.sampled_from(["replace", "remove", "repeat"]))
        if action == "remove":
            del holder[path[-1]]
        elif action == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        else:
            holder[path[-1]] = copy.deepcopy(draw(ODD))
    body = json.dumps(value).encode()
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 9)) == 0 else body


@given(mutated(bodies("request")))
@settings(deadline=None, max_examples=400)
def test_a_request_is_read_or_refused(body: bytes) -> None:
    for read in (CLIENT.decode_request, CLIENT.peek_request, lambda sent: SIDE.adjust_request(sent, "other", True)):
        with contextlib.suppress(InvalidRequestError):
            read(body)
    with contextlib.suppress(InvalidRequestError):
        encoded = SIDE.encode_request(CLIENT.decode_request(body))
        if b"pontage:" not in body:
            assert residue(json.loads(body), json.loads(encoded.body)) == ()


@given(mutated(bodies("response")))
@settings(deadline=None, max_examples=300)
def test_an_answer_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        SIDE.usage_of(body)
    with contextlib.suppress(PontageError):
        encoded = CLIENT.encode_response(SIDE.decode_response(body))
        assert residue(json.loads(body), json.loads(encoded.body)) == ()


@given(mutated(events()))
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


@given(st.integers(100, 599), mutated(bodies("error")))
@settings(deadline=None, max_examples=150)
def test_an_error_is_always_one_of_the_tree(status: int, body: bytes) -> None:
    error = SIDE.decode_error(status, {"retry-after": body[:9].decode("latin-1")}, body)
    assert isinstance(error, PontageError)
    assert isinstance(json.loads(CLIENT.encode_error(error)[1]), dict)
