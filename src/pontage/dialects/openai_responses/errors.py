"""Errors, both ways. Floor 3; pure.

What an error is, its status and its machine-readable code decide; inside a stream, and in an answer that failed, the
code alone. The prose is kept for people, bounded and without credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.dialects.masking import masked, masked_fields
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    ClientError,
    ConflictError,
    ContentFilterError,
    ContextWindowExceededError,
    ErrorFields,
    InvalidRequestError,
    MethodNotAllowedError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PontageError,
    ProtocolError,
    QuotaExceededError,
    RateLimitedError,
    RouteNotFoundError,
    ServerError,
    UnsupportedEncodingError,
    UpstreamTimeoutError,
)

_BY_STATUS: Final[dict[int, type[PontageError]]] = {
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    408: UpstreamTimeoutError,
    409: ConflictError,
    413: PayloadTooLargeError,
    415: UnsupportedEncodingError,
    429: RateLimitedError,
    503: OverloadedError,
    504: UpstreamTimeoutError,
    529: OverloadedError,
}
_BY_CODE: Final[dict[str, type[PontageError]]] = {
    "context_length_exceeded": ContextWindowExceededError,
    "content_filter": ContentFilterError,
    "content_policy_violation": ContentFilterError,
    "image_content_policy_violation": ContentFilterError,
    "bio_policy": ContentFilterError,
    "misalignment_policy_violation": ContentFilterError,
    "insufficient_quota": QuotaExceededError,
    "billing_hard_limit_reached": QuotaExceededError,
    "billing_not_active": QuotaExceededError,
    "usage_limit_reached": QuotaExceededError,
    "model_not_found": ModelNotFoundError,
    "DeploymentNotFound": ModelNotFoundError,
    "invalid_api_key": AuthenticationError,
    "server_is_overloaded": OverloadedError,
    "slow_down": OverloadedError,
}
_WITHOUT_STATUS: Final[dict[str, type[PontageError]]] = {  # inside a stream nothing else tells
    "invalid_request_error": InvalidRequestError,
    "invalid_prompt": InvalidRequestError,
    "data_residency_mismatch": InvalidRequestError,
    "authentication_error": AuthenticationError,
    "permission_error": PermissionDeniedError,
    "not_found_error": NotFoundError,
    "rate_limit_exceeded": RateLimitedError,
    "rate_limit_error": RateLimitedError,
    "requests": RateLimitedError,
    "tokens": RateLimitedError,
    "overloaded_error": OverloadedError,
    "vector_store_timeout": UpstreamTimeoutError,
}
_PICTURE: Final = ("image_", "invalid_image", "invalid_base64_image", "empty_image", "failed_to_download_image")


class _Report(Struct):
    """What a body says of its error, wherever it says it."""

    message: str = ""
    code: Any = None
    type: Any = None
    param: Any = None


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a failed request came to."""
    known = {name.lower(): value for name, value in headers.items()}
    value = _decoded(body)
    if value is None:
        return _error(_Report(message=body.decode("utf-8", "replace").strip()), status, known)
    return _error(_report(value), status, known)


def error_of_body(body: bytes) -> PontageError | None:
    """The error that stands where an answer should be; None when there is none."""
    value = _decoded(body)
    return _error(_report(value), None, {}) if value is not None and value.get("error") else None


def error_of_answer(error: Any) -> PontageError:
    """The error of an answer that failed, or of a stream's error event."""
    return _error(_report({"error": error}), None, {})


def error_of_event(event: JSONObject) -> PontageError:
    """The error of a stream's error event, which tells it inside or beside its type."""
    inside = event.get("error")
    return _error(_report(event if inside else {**event, "type": None}), None, {})


def _decoded(body: bytes) -> JSONObject | None:
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return cast(JSONObject, value) if isinstance(value, dict) else None


def _report(whole: JSONObject) -> _Report:
    """Out of `{error: {...}}`, `{error: "text", code}`, a flat object, or `{detail}`."""
    error: Any = whole.get("error")
    found: JSONObject = {**whole, **cast(JSONObject, error)} if isinstance(error, dict) else whole
    message: Any = found.get("message") or (error if isinstance(error, str) else None) or found.get("detail")
    if message is not None and not isinstance(message, str):
        message = msgspec.json.encode(message).decode()
    return _Report(message=message or "", code=found.get("code"), type=found.get("type"), param=found.get("param"))


def _error(report: _Report, status: int | None, headers: Mapping[str, str]) -> PontageError:
    words = [word for word in (report.code, report.type) if isinstance(word, str) and word]
    message = masked(report.message) or f"the provider answered {status or 'an error'}"
    wait = _seconds(headers.get("retry-after-ms"), 0.001)
    fields = ErrorFields(
        param=report.param if isinstance(report.param, str) else None,
        retry_after=_seconds(headers.get("retry-after"), 1.0) if wait is None else wait,
        upstream_status=status,
        upstream_code=words[0] if words else None,
        request_id=headers.get("x-request-id"),
    )
    return _class_of(words, status)(message, **masked_fields(fields))


def _class_of(words: list[str], status: int | None) -> type[PontageError]:
    by_code = next((_BY_CODE[word] for word in words if word in _BY_CODE), None)
    if by_code is not None:
        return by_code
    if status is None:
        if any(word.startswith(_PICTURE) for word in words):
            return InvalidRequestError
        return next((_WITHOUT_STATUS[word] for word in words if word in _WITHOUT_STATUS), ServerError)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerError
    return InvalidRequestError if status >= 400 else ProtocolError


def _seconds(text: str | None, unit: float) -> float | None:
    """Seconds to wait. An HTTP date is left to whoever has a clock."""
    try:
        seconds = float(text or "") * unit
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


_TYPES: Final[dict[int, str]] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_CODES: Final[dict[type[PontageError], str]] = {  # the words that clients of this format look for
    ContextWindowExceededError: "context_length_exceeded",
    ContentFilterError: "content_filter",
    AuthenticationError: "invalid_api_key",
    QuotaExceededError: "insufficient_quota",
    ModelNotFoundError: "model_not_found",
    RouteNotFoundError: "unknown_url",
    RateLimitedError: "rate_limit_exceeded",
    OverloadedError: "server_is_overloaded",
}


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """The status and the body for a client. `code` is this format's word where it has one; the stable code stands
    under `pontage`, beside what to do and which providers were tried."""
    return error.status, msgspec.json.encode({"error": error_fields(error)})


def error_fields(error: PontageError) -> JSONObject:
    """An error as an object, for a body or for a stream."""
    kind = "invalid_request_error" if isinstance(error, ClientError) else "server_error"
    more = {
        "code": error.code,
        "hint": error.hint,
        "provider": error.provider,
        "model": error.model,
        "attempts": list(error.attempts) or None,
        "upstream_status": error.upstream_status,
        "upstream_code": error.upstream_code,
        "request_id": error.request_id,
        "retry_after": error.retry_after,
    }
    return {
        "message": error.message,
        "type": _TYPES.get(error.status, kind),
        "param": error.param,
        "code": _CODES.get(type(error), error.code),
        "pontage": {name: value for name, value in more.items() if value is not None},
    }
