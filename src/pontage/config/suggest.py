"""The name that was probably meant. Floor 1; pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` most like `name`, regardless of case; None when none is like it."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold()[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint for `name`: the nearest of `known`, else (when they are few) all of them; None when there is none."""
    candidates = sorted(known)
    if (near := nearest(name, candidates)) is not None:
        return f'did you mean "{near}"?'
    return f"known here: {', '.join(candidates)}" if 0 < len(candidates) <= 12 else None
