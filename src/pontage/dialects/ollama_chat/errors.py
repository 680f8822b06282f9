"""Errors, both ways. Floor 3; pure.

An error is a text, and no code beside it: the status alone decides what it is. Inside a stream, where there is none, it
is a failure of the server. Source: the server's own handlers and the official SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from pontage.dialects.failures import BY_STATUS, decoded, lower_names, retry_after
from pontage.dialects.masking import masked, masked_fields
from pontage.dialects.ollama_chat.line import json_line
from pontage.domain.parts import JSONObject
from pontage.errors import (
    ErrorFields,
    InvalidRequestError,
    ModelNotFoundError,
    NotFoundError,
    PontageError,
    ProtocolError,
    ServerError,
)

_ADDED: Final = ("param", "hint", "provider", "model", "upstream_status", "upstream_code", "request_id")


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """The error that a provider answered with; inside a stream its `status` is 200."""
    whole = _object(decoded(body))
    error = _object(whole.get("error"))  # a server in front of it may answer in another format
    known = lower_names(headers)
    code = error.get("code") or whole.get("code")
    fields: ErrorFields = {
        "upstream_status": status,
        "upstream_code": code if isinstance(code, str) else None,
        "retry_after": retry_after(known),
        "request_id": known.get("x-request-id"),
    }
    return _class_of(status, whole)(_message(error, whole, body, status), **masked_fields(fields))


def _object(value: Any) -> JSONObject:
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _class_of(status: int, whole: JSONObject) -> type[PontageError]:
    found = BY_STATUS.get(status)
    if found is NotFoundError and "error" in whole:
        return ModelNotFoundError  # a path that is not there is answered in plain text
    if found is not None:
        return found
    if 400 <= status < 500:
        return InvalidRequestError
    return ServerError if status >= 500 or "error" in whole else ProtocolError


def _message(error: JSONObject, whole: JSONObject, body: bytes, status: int) -> str:
    told = next((text for text in (error.get("message"), whole.get("error"), whole.get("message")) if text), None)
    if not isinstance(told, str):
        told = "" if whole else body.decode("utf-8", "replace").strip()
    return masked(told) or f"the provider answered {status} without a message"


def _body(error: PontageError) -> JSONObject:
    """The text that is all a client shows, so with its code and what to do; beside it, what has no place there."""
    known = "; ".join(part for part in (error.code, error.hint) if part)
    said: JSONObject = {"error": f"{error.message} ({known})" if error.message else known, "code": error.code}
    said.update((name, value) for name in _ADDED if (value := getattr(error, name)) is not None)
    return said


def error_line(error: PontageError) -> bytes:
    """The line of a stream that failed."""
    return json_line(_body(error))


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """Status and body for a client."""
    return error.status, msgspec.json.encode(_body(error))
