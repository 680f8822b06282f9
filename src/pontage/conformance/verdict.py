"""What a case is and how it is judged: passed, failed and why, or not offered and why. Floor 8; pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct

from pontage.conformance.bench import Bench

Outcome = Literal["passed", "failed", "not offered"]
SHOWN = 80
"""Characters of an answer that a reason quotes."""


class Verdict(Struct, frozen=True):
    """How a case went. `why`: what was wrong, or what the provider said when it refused."""

    outcome: Outcome
    why: str = ""


PASSED = Verdict("passed")


class Case(Struct, frozen=True):
    """One thing that is tried. `core`: every provider has to offer it, so that a refusal is a failure."""

    name: str
    group: str
    run: Callable[[Bench], Awaitable[Verdict]]
    core: bool = False


def judge(*expectations: tuple[object, str]) -> Verdict:
    """Passed, or failed with the reason of the first (what must be true, the reason when it is not)."""
    return next((Verdict("failed", why) for held, why in expectations if not held), PASSED)


def absent(why: str) -> Verdict:
    """Not offered, without a lie: the provider may leave this out."""
    return Verdict("not offered", why)


def shown(text: str) -> str:
    """The beginning of a text, for a reason."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
