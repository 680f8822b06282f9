"""The fields of a request by the names that a client's format has for them. Floor 2; pure.

What is wrong with a translated request is known by canonical paths, and told to the caller by the names it wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

Words = Mapping[str, tuple[str, ...]]
"""Canonical paths, or fields, to the client's: where a format has several, each that may stand for it. A field that is
named alike needs no entry."""
_HEAD: Final = re.compile(r"\w+")
_EXTRA: Final = "extra."


def in_words(path: str, words: Words, body: bytes) -> str:
    """The caller's own field for a canonical path: of several the one that is in the `body`. Within a field the formats
    differ, so that the field alone is named; within lists that are named alike they do not."""
    found = _HEAD.match(path)
    if found is None or path.startswith(_EXTRA):
        return path.removeprefix(_EXTRA)
    head = found[0]
    names = words.get(path) or words.get(head)
    if names is None:
        return path if path[len(head) :].startswith("[") else head
    return next((name for name in names if f'"{name.rpartition(".")[2]}"'.encode() in body), names[0])
