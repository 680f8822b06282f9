"""Errors of a provider, and errors told to a client."""

import json
from typing import Any

import pytest

from pontage import errors
from pontage.dialects.anthropic_messages import client_side, provider_side

decode = provider_side().decode_error
encode = client_side().encode_error


def said(kind: str, message: str = "It failed.", **details: Any) -> bytes:
    error: dict[str, Any] = {"type": kind, "message": message}
    if details:
        error["details"] = details
    return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", errors.InvalidRequestError),
        (400, "billing_error", errors.QuotaExceededError),
        (422, "odd", errors.InvalidRequestError),
        (401, "authentication_error", errors.AuthenticationError),
        (401, "invalid_request_error", errors.AuthenticationError),
        (402, "billing_error", errors.QuotaExceededError),
        (403, "permission_error", errors.PermissionDeniedError),
        (404, "not_found_error", errors.NotFoundError),
        (408, "timeout_error", errors.UpstreamTimeoutError),
        (409, "conflict_error", errors.ConflictError),
        (413, "request_too_large", errors.PayloadTooLargeError),
        (429, "rate_limit_error", errors.RateLimitedError),
        (500, "api_error", errors.ServerError),
        (500, "overloaded_error", errors.OverloadedError),
        (502, "odd", errors.ServerError),
        (503, "api_error", errors.OverloadedError),
        (504, "timeout_error", errors.UpstreamTimeoutError),
        (529, "overloaded_error", errors.OverloadedError),
        (200, "overloaded_error", errors.OverloadedError),
        (200, "rate_limit_error", errors.RateLimitedError),
        (200, "odd", errors.ProtocolError),
        (302, "odd", errors.ProtocolError),
    ],
)
def test_status_and_type_decide(status: int, kind: str, expected: type[errors.PontageError]) -> None:
    error = decode(status, {"Request-Id": "req_2"}, said(kind))
    assert type(error) is expected
    assert error.message == "It failed."
    assert (error.upstream_status, error.upstream_code, error.request_id) == (status, kind, "req_2")


def test_a_code_in_the_details_comes_first() -> None:
    error = decode(429, {}, said("rate_limit_error", error_code="enforced_spend_limit_reached"))
    assert type(error) is errors.QuotaExceededError
    assert error.upstream_code == "enforced_spend_limit_reached"
    assert not error.retryable


def test_the_context_window() -> None:
    error = decode(400, {}, said("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"))
    assert type(error) is errors.ContextWindowExceededError
    assert type(decode(400, {}, said("invalid_request_error", "Your prompt is too long"))) is errors.InvalidRequestError


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-4"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert decode(429, headers, said("rate_limit_error")).retry_after == seconds


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"", "the provider answered 502 without a message"),
        (b"[]", "[]"),
        (b'{"error": "plain words"}', "plain words"),
        (b'{"message": "top level"}', "top level"),
        (b'{"error": {"message": 4}}', "the provider answered 502 without a message"),
        (b'{"error": {"type": ["x"], "details": 3}, "request_id": 4}', "the provider answered 502 without a message"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_bodies_of_any_form(body: bytes, message: str) -> None:
    error = decode(502, {}, body)
    assert type(error) is errors.ServerError
    assert error.message == message


def test_messages_are_bounded_and_keep_keys_secret() -> None:
    error = decode(401, {}, said("authentication_error", "sk-ant-api03-abcdef0123456789 " + "x" * 5000))
    assert error.message.startswith("sk-*** xxx")
    assert len(error.message) <= 2000
    assert "AIza***" in decode(400, {}, b"key AIzaSyA-0123456789abcdef").message


def test_what_a_client_is_told() -> None:
    error = errors.InvalidRequestError(
        "`seed`: no.", param="seed", hint="Leave it out.", provider="acme", model="m", upstream_status=400,
        upstream_code="bad", request_id="req_9",
    )  # fmt: skip
    status, body = encode(error)
    assert status == 400
    assert json.loads(body) == {
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "message": "`seed`: no.",
            "details": {
                "error_code": "PTG-1201", "param": "seed", "hint": "Leave it out.", "provider": "acme", "model": "m",
                "upstream_status": 400, "upstream_code": "bad",
            },
        },
        "request_id": "req_9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.AuthenticationError("x"), 401, "authentication_error"),
        (errors.QuotaExceededError("x"), 402, "billing_error"),
        (errors.PermissionDeniedError("x"), 403, "permission_error"),
        (errors.ModelNotFoundError("x"), 404, "not_found_error"),
        (errors.MethodNotAllowedError("x"), 405, "invalid_request_error"),
        (errors.RequestTimeoutError("x"), 408, "timeout_error"),
        (errors.ConflictError("x"), 409, "conflict_error"),
        (errors.PayloadTooLargeError("x"), 413, "request_too_large"),
        (errors.RateLimitedError("x"), 429, "rate_limit_error"),
        (errors.ContextWindowExceededError("x"), 400, "invalid_request_error"),
        (errors.ConfigError("x"), 500, "api_error"),
        (errors.StreamTruncatedError("x"), 502, "api_error"),
        (errors.ConnectionFailedError("x"), 502, "api_error"),
        (errors.UpstreamTimeoutError("x"), 504, "timeout_error"),
        (errors.OverloadedError("x"), 503, "overloaded_error"),
        (errors.OverloadedError("x", upstream_status=503), 529, "overloaded_error"),
    ],
)
def test_every_error_has_its_place(error: errors.PontageError, status: int, kind: str) -> None:
    told, body = encode(error)
    assert (told, json.loads(body)["error"]["type"]) == (status, kind)
