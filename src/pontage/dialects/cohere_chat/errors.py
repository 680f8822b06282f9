"""Errors, both ways. Floor 3; pure.

The body is `{"id", "message"}` without a code, so the status decides. Source: the official SDK's error classes (7.3)
and the vendor's page on errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from pontage.dialects.masking import masked, masked_fields
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    ContextWindowExceededError,
    ErrorFields,
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

_BY_STATUS: Final[dict[int, type[PontageError]]] = {
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: UpstreamTimeoutError,
    409: ConflictError,
    413: PayloadTooLargeError,
    429: RateLimitedError,
    498: AuthenticationError,
    499: ConnectionFailedError,  # cancelled on the way; the vendor says to try again
    503: OverloadedError,
    504: UpstreamTimeoutError,
    529: OverloadedError,
}
_TOO_LONG: Final = "too many tokens"  # a stable beginning, documented in the place of a code
_TOLD: Final = ("param", "hint", "provider", "model", "upstream_status", "upstream_code")


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a provider answered with."""
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = None
    whole = cast(JSONObject, decoded) if isinstance(decoded, dict) else {}
    message = _message(decoded, body, status)
    known = {name.lower(): value for name, value in headers.items()}
    request_id, code = whole.get("id"), whole.get("code")
    fields: ErrorFields = {
        "upstream_status": status,
        "upstream_code": code if isinstance(code, str) else None,
        "retry_after": _retry_after(known),
        "request_id": request_id if isinstance(request_id, str) else known.get("x-request-id"),
    }
    return _class_of(status, message)(message, **masked_fields(fields))


def _class_of(status: int, message: str) -> type[PontageError]:
    found = _BY_STATUS.get(status)
    if found is None:
        found = InvalidRequestError if 400 <= status < 500 else ServerError
    if found is InvalidRequestError and message.startswith(_TOO_LONG):
        return ContextWindowExceededError
    return found


def _message(decoded: Any, body: bytes, status: int) -> str:
    whole = cast(JSONObject, decoded) if isinstance(decoded, dict) else {}
    nested: Any = whole.get("error")
    inner = cast(JSONObject, nested).get("message") if isinstance(nested, dict) else nested
    told = next((text for text in (whole.get("message"), inner) if isinstance(text, str) and text), "")
    if not isinstance(decoded, dict):
        told = body.decode("utf-8", "replace").strip()
    return masked(told) or f"the provider answered {status} without a message"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait. An HTTP date is left to whoever has a clock."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * scale
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def error_in_stream(finish_reason: str | None, told: Any, code: Any) -> PontageError:
    """The error that the end of a stream tells. `told` is the vendor's text, `code` a gateway's own word."""
    kind = UpstreamTimeoutError if finish_reason == "TIMEOUT" else ServerError
    text = masked(told) if isinstance(told, str) else ""
    return kind(
        text or "the provider failed without a message",
        upstream_status=200,
        upstream_code=masked(code) if isinstance(code, str) else finish_reason,
    )


def error_fields(error: PontageError) -> JSONObject:
    """What a client is told of an error beside its message."""
    said: JSONObject = {"code": error.code}
    said.update((name, getattr(error, name)) for name in _TOLD if getattr(error, name) is not None)
    return said


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """Status and body for a client."""
    said: JSONObject = {} if error.request_id is None else {"id": error.request_id}
    return error.status, msgspec.json.encode({**said, "message": error.message, **error_fields(error)})
