"""How targets fare, as planning sees it: one still picture. Floor 6; values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from pontage.router.breaker import State
from pontage.router.plan import RouteTarget

Verdict = Literal["well", "ailing", "down"]
"""Of a provider: none of the models in use is shut off, some are, all are."""


class TargetHealth(Struct, frozen=True, kw_only=True):
    """A target, over all keys that may serve it. Times in seconds.

    `share`: of the requests that may come, 0 to 1. `wait` with `trouble`: how long nobody shall ask it, and why;
    `resting`: because the provider said so. `first_token` and `per_token` are None before they were seen. `failing`:
    the share of faults lately. `seen`: how many fresh observations all this is worth.
    """

    state: State = "closed"
    share: float = 1.0
    wait: float = 0.0
    trouble: str = ""
    resting: bool = False
    in_flight: int = 0
    first_token: float | None = None
    per_token: float | None = None
    failing: float = 0.0
    seen: float = 0.0


UNSEEN = TargetHealth()


class HealthSnapshot(Struct, frozen=True):
    """The health of targets, by `RouteTarget.place`. Of what is not in it nothing is known, and it counts as well."""

    targets: Mapping[tuple[str, str, str], TargetHealth] = {}

    def of(self, target: RouteTarget) -> TargetHealth:
        """The health of one target."""
        return self.targets.get(target.place, UNSEEN)


NO_HEALTH = HealthSnapshot()
