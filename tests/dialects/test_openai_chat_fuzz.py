"""Whatever arrives, only errors of the tree are raised, and requests blame the caller, answers the provider."""

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.dialects.openai_chat import client_side, provider_side
from pontage.errors import InvalidRequestError, PontageError, ProtocolError
from pontage.streaming.framing import Frame

SIDE = provider_side(done_optional=True)
CLIENT = client_side()
SAMPLES = Path(__file__).parents[1] / "samples" / "openai_chat"
ODD: list[Any] = [
    None, True, -1, 1.5, 10**30, "", "x", "data:image/png;base64,A", "reasoning.text", "function", [], [None], [[]], {},
    {"type": "text"}, {"type": 3}, {"type": "image_url"}, {"error": "x"}, {"type": "~pontage.unknown"},
    {"~pontage.extra": 1}, {"usage": {"prompt_tokens": -1}}, "\ud800",
]  # fmt: skip


def bodies(ending: str) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(SAMPLES.glob(f"*.{ending}.json"))]


def chunks() -> list[list[Any]]:
    streams = [path.read_text() for path in sorted(SAMPLES.glob("*.sse"))]
    lines = [[line[6:] for line in text.splitlines() if line.startswith("data: {")] for text in streams]
    return [[json.loads(line) for line in stream] for stream in lines]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*path, key))
    return found


def mutate(draw: st.DrawFn, value: Any) -> Any:
    """`value` with some of its parts replaced, removed or said twice."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)))
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        action = draw(st.sampled_from(["replace", "replace", "remove", "repeat"]))
        if action == "remove":
            del holder[path[-1]]
        elif action == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        else:
            holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
        if not places(value):
            break
    return value


@st.composite
def mutated(draw: st.DrawFn, samples: list[Any]) -> bytes:
    """The bytes of a mutated sample, sometimes cut."""
    body = json.dumps(mutate(draw, draw(st.sampled_from(samples)))).encode()
    cut = draw(st.sampled_from([None, None, None, 3, len(body) // 2, len(body) - 1]))
    return body if cut is None else body[:cut]


@given(mutated(bodies("request")))
@settings(max_examples=250, deadline=None)
def test_a_bad_request_is_the_callers_doing_and_a_good_one_comes_back(body: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        CLIENT.peek_request(body)
    with contextlib.suppress(InvalidRequestError):
        SIDE.adjust_request(body, "other", True)
    with contextlib.suppress(InvalidRequestError):
        request = CLIENT.decode_request(body)
        assert json.loads(SIDE.encode_request(request).body) == json.loads(body)


@given(mutated(bodies("response")))
@settings(max_examples=250, deadline=None)
def test_a_bad_answer_is_the_providers_doing_and_a_good_one_comes_back(body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        SIDE.usage_of(body)
    try:
        answer = SIDE.decode_response(body)
    except ProtocolError:
        return
    except PontageError:
        assert b'"error"' in body
        return
    assert json.loads(CLIENT.encode_response(answer).body) == json.loads(body)


@st.composite
def mutated_stream(draw: st.DrawFn) -> list[bytes]:
    stream = mutate(draw, draw(st.sampled_from(chunks())))
    return [json.dumps(chunk).encode() for chunk in stream]


@given(mutated_stream())
@settings(max_examples=250, deadline=None)
def test_a_bad_stream_is_the_providers_doing_and_a_good_one_can_be_told(stream: list[bytes]) -> None:
    decoder, tap, encoder = SIDE.stream_decoder(), SIDE.stream_tap(b"{}"), CLIENT.stream_encoder(None)
    frames = [*(Frame(data, raw=data) for data in stream), Frame(b"[DONE]", raw=b"[DONE]")]
    with contextlib.suppress(PontageError):
        for frame in frames:
            tap.feed(frame)
        tap.end()
    with contextlib.suppress(PontageError):
        events = [event for frame in frames for event in decoder.feed(frame)] + decoder.end()
        for event in events:
            encoder.feed(event)


@given(
    st.sampled_from([200, 302, 400, 401, 404, 418, 429, 500, 503, 599]),
    st.one_of(mutated([one["body"] for one in bodies("error") if isinstance(one["body"], dict)]), st.binary()),
    st.dictionaries(st.sampled_from(["Retry-After", "retry-after-ms", "x-request-id"]), st.text(max_size=8)),
)
@settings(max_examples=250, deadline=None)
def test_whatever_an_error_says_it_becomes_one_of_the_tree(status: int, body: bytes, headers: dict[str, str]) -> None:
    error = SIDE.decode_error(status, headers, body)
    assert error.message
    told, answer = CLIENT.encode_error(error)
    assert told >= 400
    assert json.loads(answer)["error"]["pontage"]["code"] == error.code
