"""Errors as OpenAI's formats tell them, both ways. Floor 2; pure.

What an error is, its status and its machine-readable code decide; inside a stream, and in an answer that failed, the
code alone. The prose is kept for people, bounded and without credentials. One message is read all the same, for its
server has no code for it: vLLM's for a full context window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.dialects.failures import BY_STATUS, decoded, lower_names, retry_after, seconds
from pontage.dialects.masking import masked, masked_fields
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    ClientError,
    ContentFilterError,
    ContextWindowExceededError,
    ErrorFields,
    InvalidRequestError,
    MethodNotAllowedError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
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
    **BY_STATUS,
    405: MethodNotAllowedError,
    415: UnsupportedEncodingError,
    498: OverloadedError,
}
_BY_CODE: Final[dict[str, type[PontageError]]] = {
    "context_length_exceeded": ContextWindowExceededError,
    "exceed_context_size_error": ContextWindowExceededError,
    "content_filter": ContentFilterError,
    "content_policy_violation": ContentFilterError,
    "image_content_policy_violation": ContentFilterError,
    "ResponsibleAIPolicyViolation": ContentFilterError,
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
    "BadRequestError": InvalidRequestError,
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


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a failed request came to."""
    return _error(_read(body), status, lower_names(headers))


def error_in(body: bytes) -> PontageError | None:
    """The error that stands where an answer should be, in a body or in a stream; None when there is none."""
    whole: Any = decoded(body)
    return (
        error_of(cast(JSONObject, whole)) if isinstance(whole, dict) and "error" in whole and whole["error"] else None
    )


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
    value = decoded(body)
    if isinstance(value, list) and value:
        value = cast(list[Any], value)[0]
    if isinstance(value, dict):
        return _report(cast(JSONObject, value))
    return _Report(message=value if isinstance(value, str) else body.decode("utf-8", "replace").strip())


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
            return seconds(delay.removesuffix("s"))
    return None


def _error(report: _Report, status: int | None, headers: Mapping[str, str]) -> PontageError:
    code = next((word for word in (report.code, report.type) if isinstance(word, str) and word), None)
    message = masked(report.message) or f"the provider answered {status or 'an error'}"
    wait = retry_after(headers)
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
        if any(word.startswith(_PICTURE) for word in words):
            return InvalidRequestError
        return next((_WITHOUT_STATUS[word] for word in words if word in _WITHOUT_STATUS), ServerError)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerError
    return InvalidRequestError if status >= 400 else ProtocolError


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
