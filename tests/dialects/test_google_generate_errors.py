"""Errors of generateContent, both ways: by status and code, never by prose."""

import json
from typing import Any

import pytest
from google.genai import errors as sdk

from pontage.dialects.google_generate import client_side, provider_side
from pontage.errors import (
    AuthenticationError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    ServerError,
    UpstreamTimeoutError,
)

TYPE = "type.googleapis.com/google.rpc."


def decoded(status: int, body: Any, headers: dict[str, str] | None = None) -> PontageError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return provider_side().decode_error(status, headers or {}, data)


def told(status: int, name: str, *details: Any, message: str = "no") -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "status": name, "details": list(details)}}


CASES: list[tuple[int, Any, type[PontageError]]] = [
    (400, told(400, "INVALID_ARGUMENT"), InvalidRequestError),
    (
        400,
        told(400, "INVALID_ARGUMENT", {"@type": f"{TYPE}ErrorInfo", "reason": "API_KEY_INVALID"}),
        AuthenticationError,
    ),
    (400, told(400, "FAILED_PRECONDITION"), PermissionDeniedError),
    (400, told(400, "OF_TOMORROW"), InvalidRequestError),
    (400, b"<html>", InvalidRequestError),
    (401, told(401, "UNAUTHENTICATED"), AuthenticationError),
    (402, {}, QuotaExceededError),
    (403, told(403, "PERMISSION_DENIED"), PermissionDeniedError),
    (404, told(404, "NOT_FOUND"), NotFoundError),
    (409, told(409, "ABORTED"), ConflictError),
    (413, b"too large", PayloadTooLargeError),
    (418, {}, InvalidRequestError),
    (429, told(429, "RESOURCE_EXHAUSTED"), RateLimitedError),
    (
        429,
        told(
            429, "RESOURCE_EXHAUSTED", {"@type": f"{TYPE}QuotaFailure", "violations": [3, {"quotaId": "TokensPerDay"}]}
        ),
        QuotaExceededError,
    ),
    (429, told(429, "RESOURCE_EXHAUSTED", {"@type": f"{TYPE}QuotaFailure", "violations": "x"}), RateLimitedError),
    (429, [told(429, "RESOURCE_EXHAUSTED")], RateLimitedError),
    (499, told(499, "CANCELLED"), ServerError),
    (500, told(500, "INTERNAL"), ServerError),
    (501, told(501, "UNIMPLEMENTED"), ServerError),
    (502, b"\xff\xfe", ServerError),
    (503, told(503, "UNAVAILABLE"), OverloadedError),
    (504, told(504, "DEADLINE_EXCEEDED"), UpstreamTimeoutError),
    (529, {"error": "busy"}, OverloadedError),
    (200, told(503, "UNAVAILABLE"), OverloadedError),
    (200, {"error": {"status": "INVALID_ARGUMENT", "message": "late"}}, InvalidRequestError),
    (200, {"error": {}}, ServerError),
    (302, b"", ServerError),
    (500, [], ServerError),
    (500, 7, ServerError),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES, ids=[str(index) for index in range(len(CASES))])
def test_status_and_code_decide(status: int, body: Any, kind: type[PontageError]) -> None:
    error = decoded(status, body)
    assert type(error) is kind
    assert error.message
    assert error.upstream_status in (status, 503)


def test_prose_never_decides() -> None:
    error = decoded(500, told(500, "INTERNAL", message="RESOURCE_EXHAUSTED: 429 quota of your API key"))
    assert type(error) is ServerError


def test_what_a_program_needs_is_taken_out_of_the_details() -> None:
    details = (
        {"@type": f"{TYPE}BadRequest", "fieldViolations": [{"field": "generation_config.seeds"}]},
        {"@type": f"{TYPE}RequestInfo", "requestId": "q-1"},
        "noise",
    )
    error = decoded(400, told(400, "INVALID_ARGUMENT", *details))
    assert (error.param, error.request_id, error.upstream_code) == (
        "generation_config.seeds",
        "q-1",
        "INVALID_ARGUMENT",
    )
    assert (
        decoded(400, told(400, "INVALID_ARGUMENT", {"@type": f"{TYPE}BadRequest", "fieldViolations": [4]})).param
        is None
    )
    assert decoded(500, {}, {"X-Request-Id": "h-1"}).request_id == "h-1"


WAITS: list[tuple[dict[str, str], str | None, float | None]] = [
    ({}, "34.4s", 34.4),
    ({}, "soon", None),
    ({}, None, None),
    ({"retry-after": "3"}, "9s", 3.0),
    ({"Retry-After": "Sun, 22 Nov 2026 10:00:00 GMT"}, "9s", 9.0),
    ({"retry-after-ms": "250", "retry-after": "3"}, None, 0.25),
    ({"retry-after": "-3"}, None, None),
    ({"retry-after": "nan"}, None, None),
]


@pytest.mark.parametrize(("headers", "delay", "wait"), WAITS)
def test_how_long_to_wait(headers: dict[str, str], delay: str | None, wait: float | None) -> None:
    body = told(429, "RESOURCE_EXHAUSTED", {"@type": f"{TYPE}RetryInfo", "retryDelay": delay})
    assert decoded(429, body, headers).retry_after == wait


def test_a_message_is_bounded_and_tells_no_secret() -> None:
    key = "AIza" + "S" * 35
    error = decoded(
        403, told(403, "PERMISSION_DENIED", message=f"key {key}, Bearer {'t' * 30}, sk-{'u' * 20} " + "x" * 9000)
    )
    assert len(error.message) <= 2000
    assert key not in error.message
    assert "ttt" not in error.message
    assert "uuu" not in error.message


SENT: list[tuple[PontageError, int, str, type[Exception]]] = [
    (InvalidRequestError("bad", param="contents", hint="say something"), 400, "INVALID_ARGUMENT", sdk.ClientError),
    (AuthenticationError("who"), 401, "UNAUTHENTICATED", sdk.ClientError),
    (QuotaExceededError("money"), 402, "RESOURCE_EXHAUSTED", sdk.ClientError),
    (RateLimitedError("slow", retry_after=1.5), 429, "RESOURCE_EXHAUSTED", sdk.ClientError),
    (ServerError("broken"), 502, "UNAVAILABLE", sdk.ServerError),
    (OverloadedError("busy"), 503, "UNAVAILABLE", sdk.ServerError),
    (UpstreamTimeoutError("late"), 504, "DEADLINE_EXCEEDED", sdk.ServerError),
    (PontageError("bug"), 500, "INTERNAL", sdk.ServerError),
]


@pytest.mark.parametrize(("error", "status", "name", "kind"), SENT)
def test_googles_own_client_raises_the_right_class(
    error: PontageError, status: int, name: str, kind: type[Exception]
) -> None:
    code, body = client_side().encode_error(error)
    assert code == status
    told_body = json.loads(body)
    raised = sdk.ClientError if 400 <= code < 500 else sdk.ServerError
    assert raised is kind
    caught = raised(code, told_body)
    assert (caught.code, caught.status, caught.message) == (status, name, error.message)
    info = told_body["error"]["details"][0]
    assert info["reason"] == error.code
    again = decoded(code, body)
    assert (again.param, again.retry_after) == (error.param, error.retry_after)
    if error.hint:
        assert info["metadata"] == {"param": "contents", "hint": "say something"}


def test_statuses_without_a_name_of_their_own_are_still_told() -> None:
    class TeapotError(PontageError):
        status = 418

    class LoopError(PontageError):
        status = 508

    assert json.loads(client_side().encode_error(TeapotError("x"))[1])["error"]["status"] == "INVALID_ARGUMENT"
    assert json.loads(client_side().encode_error(LoopError("x"))[1])["error"]["status"] == "INTERNAL"
