"""What the laws compare: the differences of two canonical values, and the notes on them.

Paths are canonical (`messages[2].parts[0].signature`), as in `Note.where`. What counts as equal is in `plain.py`; one
reading is here: what goes together is told once, tokens in another bucket at the one they left, a call of another kind
with its arguments.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from pontage.dialects.spelling import same
from pontage.domain import ChatRequest, ChatResponse, Note, ServerTool
from tests.plain import Conversation, gathered, joined, plain, turns, unproven

SPECIAL = {  # where tokens go that a format has no bucket of their own for
    "usage.cache_write": ("usage.cache_write_",),
    "usage.cache_write_5m": ("usage.cache_write",),
    "usage.input": ("usage.cache_", "usage.input_"),
    "usage.output": ("usage.reasoning", "usage.output_"),
}
LOSS = ("dropped", "unsupported")
RECORD = "usage.raw."  # the provider's own, which stays behind at every crossing
TURN = re.compile(r"(messages\[\d+\]|choices\[\d+\]\.message)\.parts")
LARGEST = 2_500  # pairs of items of two lists to weigh; longer ones are lists of tokens, which keep their order
STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


class Difference(Struct, frozen=True):
    """At `path` one value says `before`, the other `after` (None: nothing)."""

    path: str
    before: Any
    after: Any


def differences(
    before: Conversation,
    after: Conversation,
    notes: Sequence[Note] = (),
    *,
    answered: bool = False,
    proofs: bool = True,
) -> list[Difference]:
    """Where two values do not say the same, as far as the order of parts that `notes` give up.

    `answered`: it is an answer handed over with these notes; parts that they name as dropped are left out, and adjacent
    texts joined. Without `proofs`, signatures are left out: a client that has no room for them is handed parts that
    it brings back, and these are another law's business.
    """
    left, right = plain(before), plain(after)
    for rest in (left, right):
        rest.pop("messages", None)
        for choice in rest.get("choices", ()):
            choice.pop("message")
    gone = {note.where for note in notes if note.kind in LOSS} if answered else set()
    sides = [[one for one in turns(before) if one[0] not in gone], turns(after)]
    if not proofs:
        sides = [unproven(side) for side in sides]
    if any(_gives_up_order(note) for note in notes):
        sides = [joined(gathered(side)) for side in sides]
    elif answered:
        sides = [joined(side) for side in sides]
    place = "messages" if isinstance(before, ChatRequest) else "choices"
    return [*_aligned(place, *sides), *_compare("", left, right)]


def _gives_up_order(note: Note) -> bool:
    return note.kind == "approximated" and TURN.fullmatch(note.where) is not None


def _compare(path: str, left: Any, right: Any) -> Iterator[Difference]:
    if same(left, right):
        return
    if isinstance(left, dict) and isinstance(right, dict):
        for key in dict.fromkeys([*left, *right]):
            yield from _compare(f"{path}.{key}" if path else key, left.get(key), right.get(key))
    elif isinstance(left, list) and isinstance(right, list):
        yield from _aligned(path, _numbered(path, left), _numbered(path, right))
    else:
        yield Difference(path, left, right)


def _numbered(path: str, items: list[Any]) -> list[tuple[str, Any]]:
    return [(f"{path}[{index}]", item) for index, item in enumerate(items)]


def _aligned(path: str, left: list[tuple[str, Any]], right: list[tuple[str, Any]]) -> Iterator[Difference]:
    """Differences of two lists, those items taken together that are most alike."""
    theirs = [item for _, item in right]
    pairs = _paired([item for _, item in left], theirs)
    for number, (where, item) in enumerate(left):
        if number in pairs:
            yield from _compare(where, item, theirs[pairs[number]])
        else:
            yield Difference(where, item, None)
    for index in sorted(set(range(len(theirs))) - set(pairs.values())):
        yield Difference(path, None, theirs[index])


def _paired(ours: list[Any], theirs: list[Any]) -> dict[int, int]:
    """Which of theirs stands for which of ours: both in order, and as much alike as can be."""
    start = 0
    while start < min(len(ours), len(theirs)) and same(ours[start], theirs[start]):
        start += 1
    pairs = {index: index for index in range(start)}
    rows, columns = range(start, len(ours)), range(start, len(theirs))
    if len(rows) * len(columns) > LARGEST:
        return {**pairs, **dict(zip(rows, columns, strict=False))}
    best = {(row, column): 0.0 for row in [*rows, len(ours)] for column in [*columns, len(theirs)]}
    taken: dict[tuple[int, int], float] = {}
    for row, column in itertools.product(reversed(rows), reversed(columns)):
        alike = 0.01 + _likeness(ours[row], theirs[column])
        taken[row, column] = best[row + 1, column + 1] + alike
        best[row, column] = max(taken[row, column], best[row + 1, column], best[row, column + 1])
    row = column = start
    while row < len(ours) and column < len(theirs):
        if best[row, column] == taken[row, column]:
            pairs[row] = column
            row, column = row + 1, column + 1
        elif best[row, column] == best[row + 1, column]:
            row += 1
        else:
            column += 1
    return pairs


def _likeness(one: Any, other: Any) -> int:
    """How many values two have in common; two parts of different types have nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.get("type") != other.get("type"):
            return 0
        return sum(_likeness(one[key], other[key]) for key in one.keys() & other.keys())
    return int(same(one, other))


def related(where: str, path: str) -> bool:
    """Whether one of the two paths is the other or leads to it."""
    short, long = sorted((where, path), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")


def uncovered(found: Iterable[Difference], notes: Sequence[Note]) -> list[Difference]:
    """The differences that no note tells."""
    places = [note.where.removesuffix(".kind") for note in notes if not _gives_up_order(note)]
    for general, special in SPECIAL.items():
        if any(place.startswith(special) for place in places):
            places.append(general)
    return [one for one in found if not any(related(place, one.path) for place in places)]


def extras(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all fields without a canonical name that say something."""
    if isinstance(value, Struct):
        for name in type(value).__struct_fields__:
            item = getattr(value, name)
            if name in ("extra", "message_extra"):
                yield from (f"{path}.{key}".lstrip(".") for key, said in item.items() if said not in (None, [], {}, ""))
            elif isinstance(value, ServerTool) and name == "data":
                yield from (f"{path}.data.{key}" for key in item if key not in ("type", "name") and item[key])
            elif name not in ("origin", "spelling", "notes"):
                yield from extras(item, f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from extras(item, f"{path}[{index}]")


def silent(value: Any, notes: Sequence[Note]) -> list[str]:
    """The extra fields whose loss no note tells: of them, of what they belong to, or of a tool taken for another."""
    places = [note.where for note in notes if note.kind in LOSS or note.where.startswith("tools[")]
    return [path for path in extras(value) if not any(related(place, path) for place in places)]


def resolves(value: Any, where: str) -> bool:
    """Whether the path leads to something that is said."""
    for name, index in STEP.findall(where):
        if index:
            if not isinstance(value, tuple | list) or int(index) >= len(value):
                return False
            value = value[int(index)]
        elif isinstance(value, Struct):
            holder = {**{key: getattr(value, key) for key in value.__struct_fields__}, **getattr(value, "extra", {})}
            if name not in holder and isinstance(value, ChatResponse) and value.choices:
                return resolves(value.choices[0], where)
            value = holder.get(name)
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value not in (None, (), {}) and (value != 0 or not where.startswith("usage."))


def invented(value: Any, notes: Sequence[Note], found: Sequence[Difference]) -> list[Note]:
    """The notes of a loss that was none: nothing was there, or it is still there; or of a change that was none."""
    changed = [one.path for one in found]
    if isinstance(value, ChatRequest):
        changed += [f"messages[{number}]" for number, message in enumerate(value.messages) if not message.parts]
    touched = [*extras(value), *changed]
    return [
        note
        for note in notes
        if (note.kind in LOSS and not (resolves(value, note.where) and _touches(note, touched)))
        or (note.kind == "approximated" and not (resolves(value, note.where) or _touches(note, changed)))
    ]


def _touches(note: Note, paths: Iterable[str]) -> bool:
    if note.where.startswith(RECORD):
        return True
    return any(related(note.where, path) for path in paths)
