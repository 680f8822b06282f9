"""Whatever comes in, only the error tree comes out: mutated samples into every reader of generateContent."""

import contextlib
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pontage.dialects.google_generate import client_side, provider_side
from pontage.dialects.google_generate.request import decode_request
from pontage.errors import InvalidRequestError, PontageError, ProtocolError, UpstreamError
from pontage.streaming.framing import Frame, SSEDecoder

SAMPLES = Path(__file__).parents[1] / "samples" / "google_generate"
REQUESTS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.request.json"))]
ANSWERS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.response.json"))]
STREAMS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.sse"))]
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["[]", "{}", "[{}]", '{"extra": {}}', '"AAA_"', '"----"']).map(json.loads),
)
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=250, deadline=None)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in places(item, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A sample with some of its values replaced, removed or renamed, or some of its bytes changed."""
    data = draw(st.sampled_from(samples))
    if draw(st.integers(0, 4)) == 0:
        cut = draw(st.integers(0, len(data)))
        return data[:cut] + draw(st.binary(max_size=3)) + data[cut + draw(st.integers(0, 3)) :]
    value = json.loads(data)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            continue
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        if isinstance(holder, dict) and draw(st.booleans()):
            item = holder.pop(path[-1])
            if draw(st.booleans()):
                holder[draw(st.sampled_from(["type", "text", "function_call", "x", "thought", "parts"]))] = item
        else:
            holder[path[-1]] = draw(JUNK)
    return json.dumps(value).encode()


@given(mutated(REQUESTS))
@SLOW
def test_a_request_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        request = client_side().decode_request(body)
        encoded = provider_side().encode_request(request)
        assert json.loads(encoded.body) == json.loads(body)
        assert isinstance(json.loads(provider_side(json_schema=False).encode_request(request).body), dict)
    with contextlib.suppress(InvalidRequestError):
        decode_request(body, keep_spelling=False)


@given(mutated(ANSWERS))
@SLOW
def test_an_answer_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(UpstreamError):
        response = provider_side().decode_response(body)
        assert json.loads(client_side().encode_response(response).body) == json.loads(body)
    with contextlib.suppress(ProtocolError):
        provider_side().usage_of(body)
    assert isinstance(provider_side().decode_error(400, {}, body), PontageError)
    with contextlib.suppress(PontageError):
        provider_side().stream_tap(b"").feed(Frame(body))


@given(st.sampled_from(STREAMS), st.data())
@SLOW
def test_a_stream_is_read_or_refused(stream: bytes, data: st.DataObject) -> None:
    decoder, encoder = provider_side().stream_decoder(), client_side().stream_encoder(None)
    with contextlib.suppress(PontageError):
        for frame in SSEDecoder().feed(stream):
            body = data.draw(mutated([frame.data])) if data.draw(st.integers(0, 2)) == 0 else frame.data
            for event in decoder.feed(Frame(body)):
                encoder.feed(event)
        for event in decoder.end():
            encoder.feed(event)
