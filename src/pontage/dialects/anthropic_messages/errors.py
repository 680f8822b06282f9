"""Errors, both ways. Floor 3; pure.

A status that means one thing decides; where it does not (400, 500, and 200 inside a stream) the error's `type` does,
and `details.error_code` where there is one. Source: the vendor's page on errors and the official SDK's error types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from pontage.dialects.failures import BY_STATUS, decoded, lower_names, retry_after
from pontage.dialects.masking import masked, masked_fields
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    ClientError,
    ConflictError,
    ContextWindowExceededError,
    ErrorFields,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PontageError,
    ProtocolError,
    QuotaExceededError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    UpstreamTimeoutError,
)

_BY_TYPE: Final[dict[str, type[PontageError]]] = {
    "invalid_request_error": InvalidRequestError,
    "authentication_error": AuthenticationError,
    "billing_error": QuotaExceededError,
    "permission_error": PermissionDeniedError,
    "not_found_error": NotFoundError,
    "conflict_error": ConflictError,
    "request_too_large": PayloadTooLargeError,
    "rate_limit_error": RateLimitedError,
    "api_error": ServerError,
    "timeout_error": UpstreamTimeoutError,
    "overloaded_error": OverloadedError,
}
_SPENT: Final = frozenset(
    ["contract_spend_limit_reached", "enforced_spend_limit_reached", "linked_organization_spend_limit_reached"]
)
_TOO_LONG: Final = "prompt is too long"  # a stable beginning, documented in the place of a code
_TYPES: Final[tuple[tuple[type[PontageError], str], ...]] = (
    (AuthenticationError, "authentication_error"),
    (QuotaExceededError, "billing_error"),
    (PermissionDeniedError, "permission_error"),
    (NotFoundError, "not_found_error"),
    (ConflictError, "conflict_error"),
    (PayloadTooLargeError, "request_too_large"),
    (RateLimitedError, "rate_limit_error"),
    (RequestTimeoutError, "timeout_error"),
    (ClientError, "invalid_request_error"),
    (OverloadedError, "overloaded_error"),
    (UpstreamTimeoutError, "timeout_error"),
)
_OVERLOADED: Final = 529


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a provider answered with; inside a stream its `status` is 200."""
    whole = _object(decoded(body))
    error = _object(whole.get("error"))
    kind = error.get("type")
    code = _object(error.get("details")).get("error_code")
    message = _message(error, whole, body, status)
    known = lower_names(headers)
    request_id = known.get("request-id") or whole.get("request_id")
    fields: ErrorFields = {
        "upstream_status": status,
        "upstream_code": next((word for word in (code, kind) if isinstance(word, str)), None),
        "retry_after": retry_after(known),
        "request_id": request_id if isinstance(request_id, str) else None,
    }
    return _class_of(status, kind, code, message)(message, **masked_fields(fields))


def _object(value: Any) -> JSONObject:
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _class_of(status: int, kind: Any, code: Any, message: str) -> type[PontageError]:
    if code in _SPENT if isinstance(code, str) else False:
        return QuotaExceededError
    found = BY_STATUS.get(status)
    if found is None and isinstance(kind, str):
        found = _BY_TYPE.get(kind)
    if found is None:
        found = InvalidRequestError if 400 <= status < 500 else ServerError if status >= 500 else ProtocolError
    if found is InvalidRequestError and message.startswith(_TOO_LONG):
        return ContextWindowExceededError
    return found


def _message(error: JSONObject, whole: JSONObject, body: bytes, status: int) -> str:
    told = next((text for text in (error.get("message"), whole.get("message"), whole.get("error")) if text), None)
    if not isinstance(told, str):
        told = "" if error or whole else body.decode("utf-8", "replace").strip()
    return masked(told) or f"the provider answered {status} without a message"


def error_body(error: PontageError) -> bytes:
    """The body for a client; also the data of the error event of a stream."""
    kind = next((name for tree, name in _TYPES if isinstance(error, tree)), "api_error")
    details: JSONObject = {"error_code": error.code}
    for name in ("param", "hint", "provider", "model", "upstream_status", "upstream_code"):
        if getattr(error, name) is not None:
            details[name] = getattr(error, name)
    said: JSONObject = {"type": "error", "error": {"type": kind, "message": error.message, "details": details}}
    if error.request_id is not None:
        said["request_id"] = error.request_id
    return msgspec.json.encode(said)


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """Status and body for a client. A provider that was busy is told as this format tells it, 529; a gateway that is
    busy itself as 503."""
    busy = isinstance(error, OverloadedError) and error.upstream_status is not None
    return (_OVERLOADED if busy else error.status), error_body(error)
