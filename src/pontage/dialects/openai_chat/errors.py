"""Errors, both ways. Floor 3; pure.

What an error is, its status and its machine-readable code decide. The prose is kept for people, bounded and without
credentials. One message is read all the same, for its server has no code for it: vLLM's for a full context window.
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

_CONTEXT_PREFIX: Final = "This model's maximum context length is"

_BY_STATUS: Final[dict[int, type[PontageError]]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    408: UpstreamTimeoutError,
    409: ConflictError,
    413: PayloadTooLargeError,
    415: UnsupportedEncodingError,
    422: InvalidRequestError,
    429: RateLimitedError,
    498: OverloadedError,
    503: OverloadedError,
    504: UpstreamTimeoutError,
    529: OverloadedError,
}
_BY_CODE: Final[dict[str, type[PontageError]]] = {
    "context_length_exceeded": ContextWindowExceededError,
    "exceed_context_size_error": ContextWindowExceededError,
    "content_filter": ContentFilterError,
    "content_policy_violation": ContentFilterError,
    "ResponsibleAIPolicyViolation": ContentFilterError,
    "insufficient_quota": QuotaExceededError,
    "billing_hard_limit_reached": QuotaExceededError,
    "billing_not_active": QuotaExceededError,
    "model_not_found": ModelNotFoundError,
    "DeploymentNotFound": ModelNotFoundError,
    "invalid_api_key": AuthenticationError,
}
_WITHOUT_STATUS: Final[dict[str, type[PontageError]]] = {  # inside a stream nothing else tells
    "invalid_request_error": InvalidRequestError,
    "BadRequestError": InvalidRequestError,
    "authentication_error": AuthenticationError,
    "permission_error": PermissionDeniedError,
    "not_found_error": NotFoundError,
    "rate_limit_exceeded": RateLimitedError,
    "rate_limit_error": RateLimitedError,
    "requests": RateLimitedError,
    "tokens": RateLimitedError,
    "overloaded_error": OverloadedError,
}


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a failed request came to."""
    known = {name.lower(): value for name, value in headers.items()}
    return _error(_read(body), status, known)


def error_in(body: bytes) -> PontageError | None:
    """The error that stands where an answer should be, in a body or in a stream; None when there is none."""
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(whole, dict) and cast(JSONObject, whole).get("error"):
        return error_of(cast(JSONObject, whole))
    return None


def error_of(whole: JSONObject) -> PontageError:
    """The error that a decoded object tells, whose HTTP status said that all was well."""
    report = _report(whole)
    status = next((code for code in (report.code, report.status) if isinstance(code, int) and code >= 400), None)
    return _error(report, status, {})


class _Report(Struct):
    """What a body says of its error, wherever it says it."""

    message: str = ""
    code: Any = None
    type: Any = None
    param: Any = None
    status: Any = None
    inner: Any = None
    delay: float | None = None


def _read(body: bytes) -> _Report:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Report(message=body.decode("utf-8", "replace").strip())
    if isinstance(value, list) and value:
        value = cast(list[Any], value)[0]
    return _report(cast(JSONObject, value)) if isinstance(value, dict) else _Report(message=str(cast(object, value)))


def _report(whole: JSONObject) -> _Report:
    """Out of `{error: {...}}`, `{error: "text", code}`, a flat object, FastAPI's `{detail}` or `{errors: [...]}`."""
    error: Any = whole.get("error")
    several: Any = whole.get("errors")
    if not error and isinstance(several, list) and several:
        error = cast(list[Any], several)[0]
    found: JSONObject = {**whole, **cast(JSONObject, error)} if isinstance(error, dict) else dict(whole)
    message: Any = found.get("message") or (error if isinstance(error, str) else None) or found.get("detail")
    inner: Any = found.get("innererror")
    return _Report(
        message=message if isinstance(message, str) else _text(message),
        code=found.get("code"),
        type=found.get("type"),
        param=found.get("param"),
        status=found.get("status_code") or found.get("status"),
        inner=cast(JSONObject, inner).get("code") if isinstance(inner, dict) else None,
        delay=_delay(found.get("details")),
    )


def _text(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _delay(details: object) -> float | None:
    """The seconds to wait, as Gemini's compatible endpoint tells them (`retryDelay: "30s"`)."""
    for detail in cast(list[Any], details) if isinstance(details, list) else ():
        delay: Any = cast(JSONObject, detail).get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str):
            return _seconds(delay.removesuffix("s"), 1.0)
    return None


def _error(report: _Report, status: int | None, headers: Mapping[str, str]) -> PontageError:
    code = next((word for word in (report.code, report.type) if isinstance(word, str) and word), None)
    message = masked(report.message) or f"the provider answered {status}"
    wait = _seconds(headers.get("retry-after-ms"), 0.001)
    wait = _seconds(headers.get("retry-after"), 1.0) if wait is None else wait
    fields = ErrorFields(
        param=report.param if isinstance(report.param, str) else None,
        retry_after=report.delay if wait is None else wait,
        upstream_status=status,
        upstream_code=code if code is not None or report.code is None else str(report.code),
        request_id=headers.get("x-request-id"),
    )
    return _class_of(report, status)(message, **masked_fields(fields))


def _class_of(report: _Report, status: int | None) -> type[PontageError]:
    words = [word for word in (report.code, report.type, report.inner) if isinstance(word, str)]
    by_code = next((_BY_CODE[word] for word in words if word in _BY_CODE), None)
    if by_code is not None:
        return by_code
    if status == 400 and not isinstance(report.code, str) and report.message.startswith(_CONTEXT_PREFIX):
        return ContextWindowExceededError
    if status is None:
        return next((_WITHOUT_STATUS[word] for word in words if word in _WITHOUT_STATUS), ServerError)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerError
    return InvalidRequestError if status >= 400 else ProtocolError


def _seconds(text: str | None, unit: float) -> float | None:
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
}


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """The status and the body for a client. `code` is this format's word where it has one; the stable code stands
    under `pontage`, beside what to do and which providers were tried."""
    return error.status, msgspec.json.encode(error_body(error))


def error_body(error: PontageError) -> JSONObject:
    """The body of an error, whole or in a stream."""
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
        "error": {
            "message": error.message,
            "type": _TYPES.get(error.status, kind),
            "param": error.param,
            "code": _CODES.get(type(error), error.code),
            "pontage": {name: value for name, value in more.items() if value is not None},
        }
    }
