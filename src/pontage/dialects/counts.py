"""Numbers as servers write them. Floor 2; pure."""

from __future__ import annotations

from typing import Any, Final

_MOST: Final = 2**53
"""Beyond it a float is no exact number any more, and nothing that is counted is so many."""


def whole(value: Any) -> int | None:
    """The count that `value` is, rounded down where it was written with a fraction; None for what is no count."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, float) and 0 <= value < _MOST else None
