"""What follows a failed attempt, as a table: who may be asked next, and what is held against whom. Floor 6; pure.

Decided by the error's class and phase, never by its prose. Replaces guessing: an error that has no line here is the
caller's own, and is given back to it at once.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from pontage.errors import (
    AuthenticationError,
    ConnectionFailedError,
    ContentFilterError,
    ContextWindowExceededError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    UpstreamError,
    UpstreamTimeoutError,
)

MAX_ATTEMPTS: Final = 3
"""Upstream attempts a request may cost, over all its targets and keys."""

Effect = Literal["none", "fault", "overload", "rest", "park", "invalid"]
"""`fault`: one against the target and its key. `overload`: one against the model, whatever the key. `rest`: the key is
left alone for this model. `park`, `invalid`: the key is left alone for all models, and somebody should be told."""
Rule = Literal["context_window", "content_policy"]
"""What a route may say is worth another target, though the request itself was refused."""


class Verdict(Struct, frozen=True, kw_only=True):
    """`again`: whether the same target may be asked again, after a pause (the one it told). `key`: whether another key
    of its pool may.
    `target`: whether another target may; `rule`: only where the route has this rule."""

    again: bool = False
    key: bool = False
    target: bool = False
    rule: Rule | None = None
    effect: Effect = "none"


REFUSED: Final = Verdict()
"""The request itself is at fault, or nobody is: it is over."""
CUT: Final = Verdict(effect="fault")
"""It broke after its first content: the caller has read half an answer, and another one would not fit to it."""
ELSEWHERE: Final = Verdict(target=True)

BY_PHASE: Final[dict[str, Verdict]] = {
    "pool": ELSEWHERE,  # we were too busy ourselves
    "total": REFUSED,  # the time is over, which may have been the caller's own limit
}
"""Timeouts of our own that are nobody's fault."""
BY_CLASS: Final[tuple[tuple[type[PontageError], Verdict], ...]] = (  # the first that fits
    (ContextWindowExceededError, Verdict(rule="context_window")),
    (ContentFilterError, Verdict(rule="content_policy")),
    (AuthenticationError, Verdict(key=True, effect="invalid")),
    (PermissionDeniedError, Verdict(key=True, effect="invalid")),
    (QuotaExceededError, Verdict(key=True, target=True, effect="park")),
    (RateLimitedError, Verdict(again=True, key=True, target=True, effect="rest")),
    (OverloadedError, Verdict(again=True, target=True, effect="overload")),
    (ConnectionFailedError, Verdict(again=True, target=True, effect="fault")),
    (UpstreamError, Verdict(again=True, target=True, effect="fault")),
)


def judge(error: PontageError, *, content: bool = False) -> Verdict:
    """What follows `error`. `content`: the caller has the first content of a stream already."""
    if isinstance(error, UpstreamTimeoutError) and error.upstream_status is None and error.phase in BY_PHASE:
        return REFUSED if content else BY_PHASE[error.phase]
    verdict = next((verdict for kind, verdict in BY_CLASS if isinstance(error, kind)), REFUSED)
    if not content:
        return verdict
    return CUT if verdict.effect in ("fault", "overload") else Verdict(effect=verdict.effect)


def goes_elsewhere(verdict: Verdict, rules: tuple[Rule, ...]) -> bool:
    """Whether another target may be asked, by the table or by one of the route's own `rules`."""
    return verdict.target or (verdict.rule is not None and verdict.rule in rules)
