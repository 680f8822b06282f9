"""How an origin wrote what the canonical writer writes otherwise: found once, put back on the way home. Floor 2; pure.

A canonical value says what is meant (`stop=("x",)`); the origin may have written it in another way (`"stop": "x"`).
`residue` is that difference, `respell` applies it, and only where the writer still says what it said then.
"""

from __future__ import annotations

from typing import Any, cast

from pontage.domain.chat import Spelling

Path = tuple[str | int, ...]


def same(left: Any, right: Any) -> bool:
    """Equality as JSON: `true` is not 1, and 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        ours, theirs = cast(dict[str, Any], left), cast(dict[str, Any], right)
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(left, list) and isinstance(right, list):
        one, two = cast(list[Any], left), cast(list[Any], right)
        return len(one) == len(two) and all(map(same, one, two))
    return left == right


def residue(wrote: Any, said: Any, path: Path = ()) -> tuple[Spelling, ...]:
    """What turns `said` (the canonical writer's JSON) into `wrote` (the origin's)."""
    if isinstance(wrote, dict) and isinstance(said, dict):
        ours, theirs = cast(dict[str, Any], wrote), cast(dict[str, Any], said)
        found: list[Spelling] = []
        for key, value in ours.items():
            if key in theirs:
                found += residue(value, theirs[key], (*path, key))
            else:
                found.append(Spelling((*path, key), (), (value,)))
        found += (Spelling((*path, key), (theirs[key],), ()) for key in theirs if key not in ours)
        return tuple(found)
    if isinstance(wrote, list) and isinstance(said, list):
        one, two = cast(list[Any], wrote), cast(list[Any], said)
        if len(one) == len(two):
            return tuple(
                spelling
                for index, (left, right) in enumerate(zip(one, two, strict=True))
                for spelling in residue(left, right, (*path, index))
            )
    return () if same(wrote, said) else (Spelling(path, (cast(Any, said),), (cast(Any, wrote),)),)


def respell(said: Any, spellings: tuple[Spelling, ...]) -> Any:
    """`said` as the origin wrote it. Changes `said` in place where it can, and returns it."""
    for spelling in spellings:
        if not spelling.path:
            if spelling.said and spelling.wrote and same(said, spelling.said[0]):
                said = spelling.wrote[0]
            continue
        *steps, last = spelling.path
        holder = said
        for step in steps:
            holder = _step(holder, step)
        if isinstance(holder, dict):
            _respell_field(cast(dict[str, Any], holder), str(last), spelling)
        elif isinstance(holder, list) and isinstance(last, int):
            items = cast(list[Any], holder)
            if last < len(items) and spelling.said and spelling.wrote and same(items[last], spelling.said[0]):
                items[last] = spelling.wrote[0]
    return said


def _respell_field(fields: dict[str, Any], key: str, spelling: Spelling) -> None:
    now = (fields[key],) if key in fields else ()
    unchanged = len(now) == len(spelling.said) and all(map(same, now, spelling.said))
    if unchanged and spelling.wrote:
        fields[key] = spelling.wrote[0]
    elif unchanged:
        fields.pop(key, None)


def _step(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict) and isinstance(step, str):
        return cast(dict[str, Any], holder).get(step)
    if isinstance(holder, list) and isinstance(step, int):
        items = cast(list[Any], holder)
        return items[step] if step < len(items) else None
    return None
