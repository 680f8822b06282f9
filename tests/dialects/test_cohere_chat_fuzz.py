"""Whatever arrives, only the errors of the tree are raised."""

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame
from tests.dialects.cohere_chat import CLIENT, SIDE

SAMPLES = Path(__file__).parents[1] / "samples" / "cohere_chat"

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1.5, 10**30, "", "x", "text", "thinking", "REQUIRED", [], [None], [[]], {}, {"type": "text"},
     {"type": "odd"}, {"type": 3}, {"type": "~pontage.unknown"}, {"~pontage.extra": 1}, "\ud800"]
)  # fmt: skip


def bodies(ending: str) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(SAMPLES.glob(f"*.{ending}.json"))]


def streams() -> list[list[Any]]:
    texts = [path.read_text() for path in sorted(SAMPLES.glob("*.sse"))]
    return [[json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")] for text in texts]


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
@settings(max_examples=300)
def test_a_request_is_read_or_refused(body: bytes) -> None:
    for read in (CLIENT.decode_request, CLIENT.peek_request, lambda sent: SIDE.adjust_request(sent, "other", True)):
        with contextlib.suppress(InvalidRequestError):
            read(body)
    with contextlib.suppress(InvalidRequestError):
        encoded = SIDE.encode_request(CLIENT.decode_request(body))
        assert json.loads(encoded.body) == json.loads(body)
        assert encoded.notes == ()


@given(mutated(bodies("response")))
@settings(max_examples=200)
def test_an_answer_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(PontageError):
        answer = SIDE.decode_response(body)
        encoded = CLIENT.encode_response(answer)
        assert json.loads(encoded.body) == json.loads(body)
        assert encoded.notes == ()
    with contextlib.suppress(ProtocolError):
        SIDE.usage_of(body)


@given(mutated(streams()))
@settings(max_examples=300)
def test_a_stream_is_read_or_the_providers_fault(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        wires = json.loads(body)
        for machine in (SIDE.stream_decoder(), SIDE.stream_tap(b"{}")):
            with contextlib.suppress(PontageError):
                for wire in wires if isinstance(wires, list) else [wires]:
                    machine.feed(Frame(json.dumps(wire).encode()))
                machine.end()


@given(mutated(bodies("error")), st.integers(100, 599))
@settings(max_examples=100)
def test_an_error_is_always_one_of_the_tree(body: bytes, status: int) -> None:
    error = SIDE.decode_error(status, {}, body)
    assert error.message
    assert CLIENT.encode_error(error)[1]
