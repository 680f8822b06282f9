"""What follows each error: the table of the rules, line by line."""

import pytest

from pontage.errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    ContentFilterError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PontageError,
    ProtocolError,
    QuotaExceededError,
    RateLimitedError,
    ServerError,
    StreamTruncatedError,
    TranslationError,
    UpstreamTimeoutError,
)
from pontage.router.classify import Rule, goes_elsewhere, judge

TABLE: list[tuple[PontageError, bool, bool, bool, str]] = [  # error, same again, other key, other target, effect
    (ConnectionFailedError("x"), True, False, True, "fault"),
    (UpstreamTimeoutError("x", phase="connect"), True, False, True, "fault"),
    (UpstreamTimeoutError("x", phase="first_byte"), True, False, True, "fault"),
    (UpstreamTimeoutError("x", phase="first_content"), True, False, True, "fault"),
    (UpstreamTimeoutError("x", phase="idle"), True, False, True, "fault"),
    (UpstreamTimeoutError("x", phase="pool"), False, False, True, "none"),
    (UpstreamTimeoutError("x", phase="total"), False, False, False, "none"),
    (UpstreamTimeoutError("x", upstream_status=504), True, False, True, "fault"),  # its own time, not ours
    (ServerError("x"), True, False, True, "fault"),
    (OverloadedError("x"), True, False, True, "overload"),
    (ProtocolError("x"), True, False, True, "fault"),
    (StreamTruncatedError("x"), True, False, True, "fault"),
    (RateLimitedError("x"), True, True, True, "rest"),
    (QuotaExceededError("x"), False, True, True, "park"),
    (AuthenticationError("x"), False, True, False, "invalid"),
    (PermissionDeniedError("x"), False, True, False, "invalid"),
    (InvalidRequestError("x"), False, False, False, "none"),
    (TranslationError("x"), False, False, False, "none"),
    (ModelNotFoundError("x"), False, False, False, "none"),
    (PayloadTooLargeError("x"), False, False, False, "none"),
    (ConflictError("x"), False, False, False, "none"),
    (PontageError("x"), False, False, False, "none"),
    (ContextWindowExceededError("x"), False, False, False, "none"),
    (ContentFilterError("x"), False, False, False, "none"),
]


def name(error: PontageError) -> str:
    return f"{type(error).__name__}-{getattr(error, 'phase', '')}".rstrip("-")


@pytest.mark.parametrize(("error", "again", "key", "target", "effect"), TABLE, ids=[name(row[0]) for row in TABLE])
def test_what_follows_before_content(error: PontageError, again: bool, key: bool, target: bool, effect: str) -> None:
    verdict = judge(error)
    assert (verdict.again, verdict.key, goes_elsewhere(verdict, ()), verdict.effect) == (again, key, target, effect)


@pytest.mark.parametrize(("error", "effect"), [(row[0], row[4]) for row in TABLE], ids=[name(row[0]) for row in TABLE])
def test_nothing_is_tried_after_content(error: PontageError, effect: str) -> None:
    verdict = judge(error, content=True)
    assert (verdict.again, verdict.key) == (False, False)
    assert not goes_elsewhere(verdict, ("context_window", "content_policy"))
    assert verdict.effect == ("fault" if effect in ("fault", "overload") else effect)


@pytest.mark.parametrize(
    ("error", "rule"),
    [(ContextWindowExceededError("x"), "context_window"), (ContentFilterError("x"), "content_policy")],
)
def test_a_refused_request_goes_elsewhere_only_by_an_explicit_rule(error: PontageError, rule: Rule) -> None:
    other: Rule = "content_policy" if rule == "context_window" else "context_window"
    assert goes_elsewhere(judge(error), (rule,))
    assert not goes_elsewhere(judge(error), (other,))
