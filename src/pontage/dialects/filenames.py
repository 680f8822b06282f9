"""Names for files that came without one. Floor 2; pure.

Formats that demand a file's name read its kind from it. A name that was made up here is none when it comes back.
"""

from __future__ import annotations

import re
from typing import Final

_STEM: Final = "attachment."
_ENDINGS: Final = {
    "text/plain": "txt",
    "text/markdown": "md",
    "text/javascript": "js",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
}
_PLAIN_KIND: Final = re.compile(r"(?:text|application)/(?:x-)?([a-z]{2,5})")  # text/csv, application/pdf
_MADE_UP: Final = re.compile(r"attachment\.[a-z]{2,5}")


def made_up_name(media_type: str | None) -> str:
    """A name that tells a file of this type; one of no kind where the type does not tell."""
    kind = (media_type or "").partition(";")[0].strip().lower()
    plain = _PLAIN_KIND.fullmatch(kind)
    return _STEM + (_ENDINGS.get(kind) or (plain[1] if plain is not None else "bin"))


def told_name(name: str | None) -> str | None:
    """`name`, unless it is none or one that was made up here."""
    return None if name is None or _MADE_UP.fullmatch(name) else name
