"""How long to wait before the same target is asked again, and when not to wait at all. Floor 6; pure."""

from __future__ import annotations

from typing import Final

FIRST: Final = 0.5
LONGEST: Final = 8.0
"""Seconds within which the first retry, and any later one, is begun."""
LONGEST_TOLD: Final = 60.0
"""Seconds. A provider that asks for a longer wait is left alone, and another target is asked."""
TICK: Final = 0.01
"""Seconds that are added to a told wait: no two clocks agree, and who comes a tick early is refused again."""


def pause(retry: int, chance: float) -> float:
    """Seconds before the retry of that number (from 0): any time up to a bound that doubles ("full jitter"), so that
    those who failed together do not come back together. `chance`: a random number, 0 <= chance < 1."""
    return chance * min(LONGEST, FIRST * 2 ** min(retry, 8))


def wait(told: float | None, retry: int, chance: float, left: float) -> float | None:
    """Seconds before this target may be asked again, or None when it is not worth waiting for.

    `told`: the wait that the provider asks for, which is obeyed up to `LONGEST_TOLD`. `left`: what remains of the
    request's deadline; a wait must end before it.
    """
    if told is not None and told > LONGEST_TOLD:
        return None
    seconds = pause(retry, chance) if told is None else told + TICK
    return seconds if seconds < left else None
