"""The official SDK as the client: it must collect, from what is streamed, the message that is answered whole."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anthropic
import pytest

from pontage import errors
from pontage.dialects.anthropic_messages import client_side, provider_side
from pontage.domain import StreamEvent, collect
from tests.dialects.answering import answering

SAMPLES = Path(__file__).parents[1] / "samples" / "anthropic_messages"
STREAMED = sorted(path.name.removesuffix(".sse") for path in SAMPLES.glob("*.sse"))
UNKNOWN_TO_THE_SDK = {
    "unknown_everywhere",
    "compaction",
    "blocks_in_message_start",
}  # it only keeps what it has a type for
SIDE = provider_side()
CLIENT = client_side()


@contextmanager
def serving(status: int, body: bytes, content_type: str = "application/json") -> Iterator[Any]:
    """An SDK client whose server always answers so."""

    with answering(status, body, content_type) as url:
        client = anthropic.Anthropic(api_key="k", base_url=url, max_retries=0)
        try:
            yield client
        finally:
            client.close()


ASKED: Any = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi."}]}


def events_of(case: str) -> list[StreamEvent]:
    decoder = SIDE.stream_decoder()
    frames = SIDE.framing().feed((SAMPLES / f"{case}.sse").read_bytes())
    return [event for frame in frames for event in decoder.feed(frame)] + decoder.end()


def plain(message: Any) -> Any:
    """What the SDK knows, without what stands in one of the two forms only."""
    said = json.loads(message.to_json())
    for name in ("service_tier", "cache_creation", "inference_geo", "iterations"):
        said["usage"].pop(name, None)
    for block in said["content"]:
        for name in ("citations", "caller"):
            if block.get(name) is None:
                block.pop(name, None)
        block.pop("parsed_output", None)
    return {key: value for key, value in said.items() if value is not None}


@pytest.mark.parametrize("case", [case for case in STREAMED if case not in UNKNOWN_TO_THE_SDK])
def test_the_sdk_collects_the_same_message_from_a_stream(case: str) -> None:
    events = events_of(case)
    encoder = CLIENT.stream_encoder(None)
    streamed = b"".join([encoder.feed(event) for event in events])
    with serving(200, streamed, CLIENT.stream_type) as client, client.messages.stream(**ASKED) as stream:
        told = plain(stream.get_final_message())
    with serving(200, CLIENT.encode_response(collect(events)).body) as client:
        whole = plain(client.messages.create(**ASKED))
    assert told == whole


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (errors.InvalidRequestError("x"), "BadRequestError"),
        (errors.AuthenticationError("x"), "AuthenticationError"),
        (errors.QuotaExceededError("x"), "PaymentRequiredError"),
        (errors.PermissionDeniedError("x"), "PermissionDeniedError"),
        (errors.ModelNotFoundError("x"), "NotFoundError"),
        (errors.ConflictError("x"), "ConflictError"),
        (errors.PayloadTooLargeError("x"), "ContentTooLargeError"),
        (errors.RateLimitedError("x"), "RateLimitError"),
        (errors.ServerError("x"), "InternalServerError"),
        (errors.UpstreamTimeoutError("x"), "GatewayTimeoutError"),
        (errors.OverloadedError("x", upstream_status=529), "OverloadedError"),
        (errors.OverloadedError("x"), "ServiceUnavailableError"),
    ],
)
def test_the_sdk_raises_the_error_that_was_meant(error: errors.PontageError, name: str) -> None:
    status, body = CLIENT.encode_error(error)
    with serving(status, body) as client, pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**ASKED)
    assert type(caught.value).__name__ == name
    assert caught.value.error_code == error.code
    assert caught.value.api_message == "x"


def test_the_sdk_raises_an_error_inside_a_stream() -> None:
    encoder = CLIENT.stream_encoder(None)
    events = events_of("plain_text")
    data = b"".join([encoder.feed(event) for event in events[:3]]) + encoder.fail(errors.OverloadedError("Busy."))
    with (
        serving(200, data, CLIENT.stream_type) as client,
        pytest.raises(anthropic.APIStatusError) as caught,
        client.messages.stream(**ASKED) as stream,
    ):
        stream.get_final_message()
    assert caught.value.type == "overloaded_error"
