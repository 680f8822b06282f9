"""Floor 3. Errors, both ways: Google's `google.rpc.Status` and the tree. Decided by codes, never by prose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from pontage.dialects.failures import BY_STATUS, decoded, lower_names, retry_after, seconds
from pontage.dialects.masking import masked, masked_fields
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    ConflictError,
    ErrorFields,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    ServerError,
    UpstreamTimeoutError,
)

_BY_CODE: Final[dict[str, type[PontageError]]] = {
    "INVALID_ARGUMENT": InvalidRequestError,
    "OUT_OF_RANGE": InvalidRequestError,
    "FAILED_PRECONDITION": PermissionDeniedError,  # billing or region: another key or provider may do
    "UNAUTHENTICATED": AuthenticationError,
    "PERMISSION_DENIED": PermissionDeniedError,
    "NOT_FOUND": NotFoundError,
    "ALREADY_EXISTS": ConflictError,
    "ABORTED": ConflictError,
    "RESOURCE_EXHAUSTED": RateLimitedError,
    "CANCELLED": ServerError,
    "DATA_LOSS": ServerError,
    "UNKNOWN": ServerError,
    "INTERNAL": ServerError,
    "UNIMPLEMENTED": ServerError,
    "UNAVAILABLE": OverloadedError,
    "DEADLINE_EXCEEDED": UpstreamTimeoutError,
}
_BY_STATUS: Final[dict[int, type[PontageError]]] = {
    **BY_STATUS,
    400: InvalidRequestError,
    405: InvalidRequestError,
    422: InvalidRequestError,
    499: ServerError,
}
_KEY_REASONS: Final = ("API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED", "CREDENTIALS_MISSING")
_NAMES: Final = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 402: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED",
    404: "NOT_FOUND", 405: "UNIMPLEMENTED", 408: "DEADLINE_EXCEEDED", 409: "ABORTED", 413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT", 417: "INVALID_ARGUMENT", 422: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED",
    431: "INVALID_ARGUMENT", 500: "INTERNAL", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
    505: "UNIMPLEMENTED",
}  # fmt: skip
_TYPE: Final = "type.googleapis.com/google.rpc."


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error an answer with this status tells; also one element of a stream that is an error."""
    told = _status(body)
    code = told.get("status") if isinstance(told.get("status"), str) else None
    if status < 400 and isinstance(told.get("code"), int):
        status = told["code"]
    details = _details(told)
    lower = lower_names(headers)
    fields: ErrorFields = {
        "upstream_status": status,
        "upstream_code": code,
        "param": _param(details.get("BadRequest", {})),
        "retry_after": _retry_after(lower, details),
        "request_id": lower.get("x-request-id") or _text(details.get("RequestInfo", {}).get("requestId")),
    }
    message = told.get("message")
    text = message if isinstance(message, str) and message else f"the provider answered with status {status}"
    return _class(status, code, details)(masked(text), **masked_fields(fields))


def _class(status: int, code: str | None, details: Mapping[str, JSONObject]) -> type[PontageError]:
    if details.get("ErrorInfo", {}).get("reason") in _KEY_REASONS:
        return AuthenticationError
    found = _BY_CODE.get(code or "") if status in (400, 429) or status not in _BY_STATUS else _BY_STATUS[status]
    if found is None:
        found = _BY_STATUS.get(status) or (ServerError if status >= 500 or status < 400 else InvalidRequestError)
    if found is RateLimitedError and _is_daily(details):
        return QuotaExceededError
    return found


def _is_daily(details: Mapping[str, JSONObject]) -> bool:
    """Whether the quota that is used up comes back only on another day: its id says so."""
    violations: Any = details.get("QuotaFailure", {}).get("violations")
    if not isinstance(violations, list):
        return False
    return any(
        isinstance(found, dict) and "PerDay" in str(cast(JSONObject, found).get("quotaId"))
        for found in cast(list[Any], violations)
    )


def _status(body: bytes) -> JSONObject:
    """The error object, however it is wrapped: in `error`, in a list of one, or flat behind a proxy."""
    value: Any = decoded(body)
    if isinstance(value, list) and value:
        value = cast(list[Any], value)[0]
    if not isinstance(value, dict):
        return {}
    fields = cast(JSONObject, value)
    inner = fields.get("error")
    if isinstance(inner, str):
        return {"message": inner}
    return cast(JSONObject, inner) if isinstance(inner, dict) else fields


def _details(told: JSONObject) -> dict[str, JSONObject]:
    """The details by the last word of their type; the first of each."""
    found: dict[str, JSONObject] = {}
    details: Any = told.get("details")
    for detail in cast(list[Any], details) if isinstance(details, list) else []:
        if isinstance(detail, dict):
            fields = cast(JSONObject, detail)
            found.setdefault(str(fields.get("@type", "")).rpartition(".")[2], fields)
    return found


def _param(violations: JSONObject) -> str | None:
    listed: Any = violations.get("fieldViolations")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        return _text(cast(JSONObject, listed[0]).get("field"))
    return None


def _retry_after(headers: Mapping[str, str], details: Mapping[str, JSONObject]) -> float | None:
    """Seconds to wait, from the headers or from RetryInfo (`"34.4s"`)."""
    told = retry_after(headers)
    delay = _text(details.get("RetryInfo", {}).get("retryDelay")) or ""
    return seconds(delay.removesuffix("s")) if told is None else told


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """The status and body a client of this format gets: `reason` is the stable code, `metadata` field and hint."""
    metadata = {name: value for name, value in (("param", error.param), ("hint", error.hint)) if value is not None}
    info: JSONObject = {"@type": f"{_TYPE}ErrorInfo", "reason": error.code, "domain": "pontage", "metadata": metadata}
    details = [info]
    if error.param is not None:
        violation = {"field": error.param, "description": error.message}
        details.append({"@type": f"{_TYPE}BadRequest", "fieldViolations": [violation]})
    if error.retry_after is not None:
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{error.retry_after:g}s"})
    name = _NAMES.get(error.status) or ("INVALID_ARGUMENT" if error.status < 500 else "INTERNAL")
    body = {"error": {"code": error.status, "message": error.message, "status": name, "details": details}}
    return error.status, msgspec.json.encode(body)
