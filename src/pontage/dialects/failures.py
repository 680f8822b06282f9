"""What failed answers have in common, whatever their format: what a status means, how long to wait. Floor 2; pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from pontage.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OverloadedError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    UpstreamTimeoutError,
)

BY_STATUS: Final[Mapping[int, type[PontageError]]] = MappingProxyType(
    {
        401: AuthenticationError,
        402: QuotaExceededError,
        403: PermissionDeniedError,
        404: NotFoundError,
        408: UpstreamTimeoutError,
        409: ConflictError,
        413: PayloadTooLargeError,
        429: RateLimitedError,
        503: OverloadedError,
        504: UpstreamTimeoutError,
        529: OverloadedError,
    }
)
"""The statuses that mean one thing at every provider. A format adds its own."""


def decoded(body: bytes) -> Any:
    """The JSON value of a body; None when it is no JSON: what stands before a provider answers in its own words."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait, out of headers with names in lower case; None when they do not tell."""
    told = seconds(headers.get("retry-after-ms"), 0.001)
    if told is None:
        told = seconds(headers.get("retry-after"))
    return _until(headers.get("retry-after"), headers.get("date")) if told is None else told


def seconds(text: str | None, unit: float = 1.0) -> float | None:
    """The time that `text` tells in units of `unit` seconds."""
    try:
        told = float(text or "") * unit
    except ValueError:
        return None
    return told if 0 <= told < float("inf") else None


def _until(then: str | None, now: str | None) -> float | None:
    """The seconds from one HTTP date to another: both are of the provider's own clock, and no other is as good."""
    from email.utils import parsedate_to_datetime  # only here: few providers tell the time of day

    try:
        return max(0.0, (parsedate_to_datetime(then or "") - parsedate_to_datetime(now or "")).total_seconds())
    except (TypeError, ValueError):  # no date, or only one of them with a time zone
        return None
