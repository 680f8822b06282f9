"""Floor 3. How a caller wrote a request: the shared differences, made safe for a format with two names for everything.

A field may be written `maxOutputTokens` or `max_output_tokens`, a schema in `parameters` or `parametersJsonSchema`. If
a difference says "add this field", it must not come back beside an edited value under the other name. So an added
field that says something is remembered as a spelling of its whole object.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pontage.dialects.spelling import Path, residue
from pontage.domain.chat import Spelling

WHOLE = frozenset({"response", "args", "responseJsonSchema", "parametersJsonSchema"})
"""Fields whose value is one thing: spelled as a whole or not at all."""


def plain(value: Any) -> Any:
    """`value` as plain JSON values of its own, raw JSON text in it decoded."""
    return msgspec.json.decode(msgspec.json.encode(value))


def spelling_of(wrote: Any, said: Any) -> tuple[Spelling, ...]:
    """What turns `said` into `wrote`; see `pontage.dialects.spelling`."""
    found = residue(wrote, said)
    if not found:
        return ()
    result: list[Spelling] = []
    whole: list[Path] = []
    for prefix in sorted({_whole(spelling) for spelling in found}, key=len):
        if not any(prefix[: len(other)] == other for other in whole):
            whole.append(prefix)
    for prefix in whole:
        inside = [spelling for spelling in found if spelling.path[: len(prefix)] == prefix]
        if len(inside) == 1 and inside[0].path == prefix:
            result += inside
        else:
            result.append(Spelling(prefix, (_at(said, prefix),), (_at(wrote, prefix),)))
    return tuple(result)


def _whole(spelling: Spelling) -> Path:
    """The path at which this difference is remembered."""
    for depth, step in enumerate(spelling.path[:-1]):
        if step in WHOLE:
            return spelling.path[: depth + 1]
    if spelling.path and not spelling.said and spelling.wrote != (None,):
        return spelling.path[:-1]
    return spelling.path


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
