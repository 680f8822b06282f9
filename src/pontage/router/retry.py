"""What may follow a failed attempt, decided by the error's class alone. Floor 6; pure."""

from __future__ import annotations

from pontage.errors import (
    AuthenticationError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    UpstreamError,
)

MAX_ATTEMPTS = 3
"""Upstream attempts a request may cost, over all its targets."""


def another_key(error: PontageError) -> bool:
    """Whether the same provider may answer with another key of its pool."""
    return isinstance(error, AuthenticationError | PermissionDeniedError | RateLimitedError | QuotaExceededError)


def another_target(error: PontageError) -> bool:
    """Whether another target may answer the same request: not when the request itself is at fault."""
    return isinstance(error, UpstreamError | RateLimitedError | QuotaExceededError)
