"""Errors, both ways."""

import json
from typing import Any

import pytest

from pontage import errors
from pontage.domain import Started
from tests.dialects.openai_responses import CLIENT, SIDE, frames


def decoded(status: int, body: Any, **headers: str) -> errors.PontageError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SIDE.decode_error(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def inside(code: str | None, kind: str = "odd") -> Any:
    return {"error": {"message": "Hm.", "type": kind, "code": code, "param": "input"}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, inside(None), errors.InvalidRequestError),
        (400, inside("context_length_exceeded"), errors.ContextWindowExceededError),
        (400, inside("model_not_found"), errors.ModelNotFoundError),
        (400, inside("content_policy_violation"), errors.ContentFilterError),
        (401, inside(None), errors.AuthenticationError),
        (402, inside(None), errors.QuotaExceededError),
        (403, inside(None), errors.PermissionDeniedError),
        (404, inside(None), errors.NotFoundError),
        (408, inside(None), errors.UpstreamTimeoutError),
        (418, inside(None), errors.InvalidRequestError),
        (422, inside(None), errors.InvalidRequestError),
        (429, inside("rate_limit_exceeded"), errors.RateLimitedError),
        (429, inside(None, "insufficient_quota"), errors.QuotaExceededError),
        (500, inside(None), errors.ServerError),
        (500, inside("server_is_overloaded"), errors.OverloadedError),
        (503, inside(None), errors.OverloadedError),
        (302, inside(None), errors.ProtocolError),
    ],
)
def test_status_and_code_decide(status: int, body: Any, kind: type[errors.PontageError]) -> None:
    error = decoded(status, body)
    assert type(error) is kind
    assert (error.upstream_status, error.param, error.message) == (status, "input", "Hm.")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "No."}, "No."),
        ({"code": "x", "message": "No."}, "No."),
        ({"detail": "No."}, "No."),
        ({"detail": [{"loc": 1}]}, '[{"loc":1}]'),
        (b"<h1>No.</h1>", "<h1>No.</h1>"),
        (b"", "the provider answered 400"),
        (b"[1]", "[1]"),
    ],
)
def test_the_message_is_found_wherever_it_stands(body: Any, message: str) -> None:
    assert decoded(400, body).message == message


def test_waits_ids_and_bounds() -> None:
    error = decoded(429, inside("x"), Retry_After_Ms="1500", Retry_After="9", X_Request_Id="req_1")
    assert (error.retry_after, error.request_id, error.upstream_code) == (1.5, "req_1", "x")
    assert decoded(429, inside(None), retry_after="9").retry_after == 9
    assert decoded(429, inside(None), retry_after="Fri, 01 Jan 2027 00:00:00 GMT").retry_after is None
    assert len(decoded(400, {"error": {"message": "x" * 9000}}).message) <= 2100


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"error": {"code": "rate_limit_exceeded", "message": "m"}}, errors.RateLimitedError),
        ({"error": {"type": "insufficient_quota", "message": "m"}}, errors.QuotaExceededError),
        ({"code": "server_error", "message": "m", "param": None}, errors.ServerError),
        ({"code": "invalid_prompt", "message": "m"}, errors.InvalidRequestError),
        ({"code": "image_too_large", "message": "m"}, errors.InvalidRequestError),
        ({"code": "vector_store_timeout", "message": "m"}, errors.UpstreamTimeoutError),
        ({"code": "bio_policy", "message": "m"}, errors.ContentFilterError),
        ({"code": None, "message": "m"}, errors.ServerError),
    ],
)
def test_an_error_inside_a_stream_is_told_by_its_code(event: Any, kind: type[errors.PontageError]) -> None:
    for frame in frames(b"data: " + json.dumps({"type": "error", **event}).encode() + b"\n\n"):
        for feed in (SIDE.stream_decoder().feed, SIDE.stream_tap(b"{}").feed):
            with pytest.raises(kind, match="m"):
                feed(frame)


@pytest.mark.parametrize("told", [{"error": {"message": "m"}}, {"error": "m"}])
def test_an_error_of_a_server_s_own_form_is_raised_too(told: Any) -> None:
    (frame,) = frames(b"data: " + json.dumps(told).encode() + b"\n\n")
    for feed in (SIDE.stream_decoder().feed, SIDE.stream_tap(b"{}").feed):
        with pytest.raises(errors.ServerError, match="m"):
            feed(frame)


@pytest.mark.parametrize("garbage", [b"data: {\n\n", b"data: 3\n\n", b'data: {"type":"response.created"}\n\n'])
def test_garbage_in_a_stream_is_the_providers_fault(garbage: bytes) -> None:
    (frame,) = frames(garbage)
    with pytest.raises(errors.ProtocolError):
        SIDE.stream_decoder().feed(frame)


def test_an_error_for_a_client() -> None:
    error = errors.RateLimitedError("Slow.", param="x", hint="Wait.", retry_after=2.0, upstream_status=429)
    status, body = CLIENT.encode_error(error)
    assert status == 429
    assert json.loads(body) == {
        "error": {
            "message": "Slow.", "type": "rate_limit_error", "param": "x", "code": "rate_limit_exceeded",
            "pontage": {"code": "PTG-1429", "hint": "Wait.", "upstream_status": 429, "retry_after": 2.0},
        }
    }  # fmt: skip


def test_a_stream_that_fails_ends_with_both_of_its_events() -> None:
    encoder = CLIENT.stream_encoder(None)
    encoder.feed(Started(id="r", model="m"))
    broken, failed = [json.loads(one.data) for one in frames(encoder.fail(errors.OverloadedError("Busy.")))]
    assert (broken["type"], broken["code"], broken["error"]["pontage"]["code"]) == (
        "error", "server_is_overloaded", "PTG-1506",
    )  # fmt: skip
    assert (failed["type"], failed["response"]["status"], failed["response"]["id"]) == (
        "response.failed",
        "failed",
        "r",
    )
    assert failed["response"]["error"] == {"code": "server_is_overloaded", "message": "Busy."}
    assert failed["sequence_number"] == broken["sequence_number"] + 1
