"""One try at one model of a provider, and how long it may take. Floor 4; values only."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from pontage.catalog.restrictions import Policy
from pontage.catalog.rules import NO_RESTRICTIONS, Restrictions
from pontage.config import Secret, Timeouts

PROMPT: Final = 60.0
"""Seconds that a stream may take to its head, where nothing is configured."""
PATIENT: Final = 120.0
"""Seconds that an answer may take to its first content, where nothing is configured."""
THOUGHTFUL: Final = 600.0
"""The same for a model that can think before it speaks."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One try at one model of a provider. `deadline` is on the event loop's clock. `first`: the call did not ask
    this provider before. A later try is sent only once, so that it gets at most one request beyond its attempts."""

    model: str
    key: Secret | None = None
    params: dict[str, Any] | None = None
    timeouts: Timeouts = Timeouts()
    deadline: float | None = None
    first: bool = True
    strict: bool = False  # refuse what cannot be carried instead of noting it
    restrictions: Restrictions = NO_RESTRICTIONS  # what the model does not take
    policy: Policy = "adapt"  # what is done about it
    thinks: bool = False  # the model can, before it speaks
    headers: tuple[tuple[str, str], ...] = ()  # beside the provider's own

    @property
    def first_content(self) -> float:
        """Seconds from the request to the first content of its answer."""
        told = self.timeouts.first_token
        return told if told is not None else THOUGHTFUL if self.thinks else PATIENT

    def first_byte(self, *, stream: bool) -> float:
        """Seconds from the request to the head of its answer; a whole answer's comes when all is said."""
        told = self.timeouts.first_byte
        return told if told is not None else PROMPT if stream else max(PROMPT, self.first_content)
