"""Errors, both ways. Floor 3; pure.

The body is `{"id", "message"}` without a code, so the status decides. Source: the official SDK's error classes (7.3)
and the vendor's page on errors.
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
    ConnectionFailedError,
    ContextWindowExceededError,
    ErrorFields,
    InvalidRequestError,
    PontageError,
    ServerError,
    UpstreamTimeoutError,
)

_BY_STATUS: Final[dict[int, type[PontageError]]] = {
    **BY_STATUS,
    498: AuthenticationError,
    499: ConnectionFailedError,  # cancelled on the way; the vendor says to try again
}
_TOO_LONG: Final = "too many tokens"  # a stable beginning, documented in the place of a code
_TOLD: Final = ("param", "hint", "provider", "model", "upstream_status", "upstream_code")


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a provider answered with."""
    found: Any = decoded(body)
    whole = cast(JSONObject, found) if isinstance(found, dict) else {}
    message = masked(_message(whole) if isinstance(found, dict) else body.decode("utf-8", "replace").strip())
    message = message or f"the provider answered {status} without a message"
    known = lower_names(headers)
    request_id, code = whole.get("id"), whole.get("code")
    fields: ErrorFields = {
        "upstream_status": status,
        "upstream_code": code if isinstance(code, str) else None,
        "retry_after": retry_after(known),
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


def _message(whole: JSONObject) -> str:
    nested: Any = whole.get("error")
    inner = cast(JSONObject, nested).get("message") if isinstance(nested, dict) else nested
    return next((text for text in (whole.get("message"), inner) if isinstance(text, str) and text), "")


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
