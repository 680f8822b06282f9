"""The place of an error in its file, for a person to see. Floor 1; what may be seen is decided by `mask`."""

from __future__ import annotations

import re

from pontage.config.mask import masked_lines
from pontage.errors import ConfigError

_WIDTH = 160  # characters of a line that are shown
_STARS = re.compile(r"\*+(?: +\*+)*")


def excerpt(error: ConfigError, source_text: str) -> str:
    """The line of `error` in `source_text` with a caret below; empty when the error is not in a line of it."""
    return point(error, masked_lines(source_text))


def point(error: ConfigError, lines: list[str]) -> str:
    """The line of `error` among `lines` (see `masked_lines`) with a caret below; empty when it has none."""
    if not 0 < error.line <= len(lines):
        return ""
    full = lines[error.line - 1].replace("\t", " ")
    place = max(error.column - 1, 0)
    before, after = _shortened(full[:place]), _shortened(full[place:])
    line, start = before + after, len(before)
    word = re.match(r"[^\s,:{}\[\]]+", after)
    length = min(len(word[0]) if word else 1, _WIDTH)
    skipped = max(0, start + length - _WIDTH)  # of a long line, the part with the caret
    number = str(error.line)
    shown = line[skipped : skipped + _WIDTH].rstrip()
    return f"{number} | {shown}\n{' ' * len(number)} | {' ' * (start - skipped)}{'^' * length}"


def _shortened(text: str) -> str:
    """`text` with three stars for every credential: how long one is, and of how many words, is nobody's business."""
    return _STARS.sub("***", text)
