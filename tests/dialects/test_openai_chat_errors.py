"""Errors: what a provider's become, and what a client is told."""

import json
from typing import Any

import pytest

from pontage import errors
from pontage.dialects.openai_chat import client_side, provider_side
from tests.dialects.openai_chat import sample

SIDE, CLIENT = provider_side(), client_side()


def decoded(case: str) -> errors.PontageError:
    said = json.loads(sample(f"error_{case}.error.json"))
    body = said["body"] if isinstance(said["body"], str) else json.dumps(said["body"])
    return SIDE.decode_error(said["status"], said["headers"], body.encode())


@pytest.mark.parametrize(
    ("case", "kind", "code"),
    [
        ("key", errors.AuthenticationError, "invalid_api_key"),
        ("parameter", errors.InvalidRequestError, "unsupported_parameter"),
        ("context", errors.ContextWindowExceededError, "context_length_exceeded"),
        ("context_vllm", errors.ContextWindowExceededError, "BadRequestError"),
        ("filter", errors.ContentFilterError, "content_filter"),
        ("model", errors.ModelNotFoundError, "model_not_found"),
        ("rate", errors.RateLimitedError, "rate_limit_exceeded"),
        ("quota", errors.QuotaExceededError, "insufficient_quota"),
        ("region", errors.PermissionDeniedError, "unsupported_country_region_territory"),
        ("server", errors.ServerError, "server_error"),
        ("overloaded", errors.OverloadedError, "unavailable_error"),
        ("proxy", errors.ServerError, None),
        ("detail", errors.InvalidRequestError, None),
        ("flat", errors.InvalidRequestError, "BadRequestError"),
        ("text", errors.InvalidRequestError, "Client specified an invalid argument"),
        ("list", errors.RateLimitedError, "429"),
        ("empty", errors.OverloadedError, None),
    ],
)
def test_recorded_shapes(case: str, kind: type[errors.PontageError], code: str | None) -> None:
    error = decoded(case)
    assert type(error) is kind
    assert error.upstream_code == code
    assert error.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (402, errors.QuotaExceededError), (405, errors.MethodNotAllowedError), (408, errors.UpstreamTimeoutError),
        (409, errors.ConflictError), (413, errors.PayloadTooLargeError), (418, errors.InvalidRequestError),
        (498, errors.OverloadedError), (504, errors.UpstreamTimeoutError), (529, errors.OverloadedError),
        (599, errors.ServerError), (200, errors.ProtocolError), (302, errors.ProtocolError),
    ],
)  # fmt: skip
def test_a_status_alone_decides(status: int, kind: type[errors.PontageError]) -> None:
    assert type(SIDE.decode_error(status, {}, b"")) is kind


def test_what_an_error_carries() -> None:
    rate = decoded("rate")
    assert (rate.retry_after, rate.upstream_status, rate.retryable) == (1.5, 429, True)
    assert decoded("overloaded").retry_after == 20
    assert decoded("list").retry_after == 34
    assert decoded("parameter").param == "max_tokens"
    assert decoded("key").request_id == "req_1"
    assert SIDE.decode_error(503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"").retry_after is None
    assert SIDE.decode_error(503, {"retry-after": "-1"}, b"").retry_after is None
    assert "field required" in decoded("detail").message
    assert "502" in decoded("proxy").message
    several = SIDE.decode_error(400, {}, b'{"errors":[{"message":"no","code":7000}]}')
    assert (several.message, several.upstream_code) == ("no", "7000")
    assert SIDE.decode_error(400, {}, b"[]").message
    assert SIDE.decode_error(400, {}, b'{"error":{"details":[{"retryDelay":"soon"},3]}}').retry_after is None


def test_no_credential_and_no_flood() -> None:
    for secret in (
        "sk-proj-abc123456789",
        "AIzaSyA1234567890",
        "gsk_abcdefgh1234",
        "xai-abcdefgh1234",
        "sk-ab***********yz",
    ):
        body = json.dumps({"error": {"message": f"Incorrect API key provided: {secret}."}}).encode()
        assert secret not in SIDE.decode_error(401, {}, body).message
    assert "tok_secret" not in SIDE.decode_error(401, {}, b"denied: Bearer tok_secret99 here").message
    assert len(SIDE.decode_error(500, {}, b"x" * 99_999).message) <= 2_000
    assert SIDE.decode_error(400, {}, b'{"error":"unknown key-word argument"}').message == "unknown key-word argument"


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (errors.InvalidRequestError("x", param="top_p"), 400, "invalid_request_error", "PTG-1201"),
        (errors.ContextWindowExceededError("x"), 400, "invalid_request_error", "context_length_exceeded"),
        (errors.AuthenticationError("x"), 401, "authentication_error", "invalid_api_key"),
        (errors.QuotaExceededError("x"), 402, "insufficient_quota", "insufficient_quota"),
        (errors.ModelNotFoundError("x"), 404, "not_found_error", "model_not_found"),
        (errors.RouteNotFoundError("x"), 404, "not_found_error", "unknown_url"),
        (errors.RateLimitedError("x", retry_after=2), 429, "rate_limit_error", "rate_limit_exceeded"),
        (errors.UpstreamTimeoutError("x"), 504, "server_error", "PTG-1502"),
        (errors.OverloadedError("x"), 503, "server_error", "server_is_overloaded"),
    ],
)
def test_what_a_client_is_told(error: errors.PontageError, status: int, kind: str, code: str) -> None:
    told, body = CLIENT.encode_error(error)
    said: Any = json.loads(body)["error"]
    assert (told, said["type"], said["code"], said["pontage"]["code"]) == (status, kind, code, type(error).code)
    assert said["param"] == error.param


def test_what_to_do_about_it_is_told_too() -> None:
    error = errors.OverloadedError("busy", hint="wait", provider="acme", attempts=("acme:503",), upstream_status=503)
    said = json.loads(CLIENT.encode_error(error)[1])["error"]["pontage"]
    assert said == {
        "code": "PTG-1506", "hint": "wait", "provider": "acme", "attempts": ["acme:503"], "upstream_status": 503,
    }  # fmt: skip
