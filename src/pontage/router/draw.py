"""Chance as a number: one random number decides several things, each with what the last one left of it. Floor 6; pure.

A number that is even over 0 to 1 tells on which side of a line it fell, and how far along that side: the second is even
over 0 to 1 again. Its 53 bits are enough for a dozen choices among a few.
"""

from __future__ import annotations

from collections.abc import Sequence


def flip(share: float, chance: float) -> tuple[bool, float]:
    """True in `share` of all cases, and what is left of `chance`."""
    if chance < share:
        return True, chance / share
    return False, (chance - share) / (1 - share) if share < 1 else 0.0


def pick(weights: Sequence[float], chance: float) -> tuple[int, float]:
    """An index, as often as its weight says, and what is left of `chance`. `weights`: above 0, at least one."""
    point = chance * sum(weights)
    for index, weight in enumerate(weights[:-1]):
        if point < weight:
            return index, point / weight
        point -= weight
    return len(weights) - 1, min(1.0, point / weights[-1])  # sums of floats may miss their total by a hair
