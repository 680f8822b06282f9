"""What the laws compare: canonical values without their provenance, the differences between two, and the notes on them.

Paths are canonical (`messages[2].parts[0].signature`), as in `Note.where`. Three readings count as equal, and no more:

- Adjacent messages of one role are one turn: formats that demand alternation merge them (`turns`).
- A function call's arguments are JSON: formats that carry objects write the same value in other words (`arguments`).
- A message with nothing in it says nothing: formats that refuse empty turns leave it out.
"""

import difflib
import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from pontage.dialects.spelling import same
from pontage.domain import ChatRequest, ChatResponse, Message, Note, Stop, TokenUsage, ToolCall

PROVENANCE = {"origin", "extra", "spelling", "notes", "attempts", "provider"}
OWN_WORDS = {Stop: {"raw"}, TokenUsage: {"raw"}}  # the provider's own record of what is said beside it
STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


class Difference(Struct, frozen=True):
    """At `path` one value says `before`, the other `after` (None: nothing)."""

    path: str
    before: Any
    after: Any


@functools.cache
def _fields(kind: type[Struct]) -> list[tuple[str, Any]]:
    """The names of the compared fields with their defaults."""
    hidden = PROVENANCE | OWN_WORDS.get(kind, set())
    found: list[tuple[str, Any]] = []
    for field in msgspec.structs.fields(kind):
        default = field.default if field.default_factory is NODEFAULT else field.default_factory()
        if field.name not in hidden:
            found.append((field.name, default))
    return found


def plain(value: Any) -> Any:
    """`value` as plain data without provenance, own words and what is at its default."""
    if isinstance(value, Struct):
        kind = type(value)
        said = {name: getattr(value, name) for name, default in _fields(kind) if getattr(value, name) != default}
        result = {name: plain(item) for name, item in said.items()}
        if isinstance(value, ToolCall) and value.kind == "function":
            result["arguments"] = arguments(value.arguments)
        tag = kind.__struct_config__.tag
        return {"type": tag, **result} if tag else result
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def arguments(text: str) -> Any:
    """The JSON value of a call's arguments; nothing is an empty object; what is no JSON stays text."""
    try:
        return json.loads(text) if text.strip() else {}
    except ValueError:
        return text


def turns(messages: Sequence[Message]) -> list[tuple[str, Any]]:
    """Every part of every message with its path and its role, so that the bounds of messages do not count."""
    found: list[tuple[str, Any]] = []
    for number, message in enumerate(messages):
        if message.name is not None:
            found.append((f"messages[{number}].name", {"type": "name", "role": message.role, "name": message.name}))
        for index, part in enumerate(message.parts):
            found.append((f"messages[{number}].parts[{index}]", {"role": message.role, **plain(part)}))
    return found


def differences(before: ChatRequest | ChatResponse, after: ChatRequest | ChatResponse) -> list[Difference]:
    """Where two values do not say the same."""
    left, right = plain(before), plain(after)
    found: list[Difference] = []
    if isinstance(before, ChatRequest) and isinstance(after, ChatRequest):
        left.pop("messages", None)
        right.pop("messages", None)
        found += _aligned("messages", turns(before.messages), turns(after.messages))
    found += _compare("", left, right)
    return found


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
    """Differences of two lists, those items taken together that are equal or at least alike."""
    keys = [[json.dumps(item, sort_keys=True) for _, item in side] for side in (left, right)]
    matcher = difflib.SequenceMatcher(None, *keys, autojunk=False)
    for tag, first, last, start, stop in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours, theirs = left[first:last], [item for _, item in right[start:stop]]
        pairs = _paired([item for _, item in ours], theirs)
        for (where, item), other in zip(ours, pairs, strict=True):
            if other is None:
                yield Difference(where, item, None)
            else:
                yield from _compare(where, item, theirs[other])
        for index in sorted(set(range(len(theirs))) - set(pairs)):
            yield Difference(path, None, theirs[index])


def _paired(ours: list[Any], theirs: list[Any]) -> list[int | None]:
    """For each of ours the next of theirs that is alike; all in order where there are as many."""
    if len(ours) == len(theirs):
        return list(range(len(ours)))
    pairs: list[int | None] = []
    position = 0
    for item in ours:
        found = next((place for place in range(position, len(theirs)) if _alike(item, theirs[place])), None)
        pairs.append(found)
        position = position if found is None else found + 1
    return pairs


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(one.get(key) == other.get(key) for key in ("type", "role", "name", "call_id"))
    return type(one) is type(other)


def related(where: str, path: str) -> bool:
    """Whether one of the two paths is the other or leads to it."""
    short, long = sorted((where, path), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")


def uncovered(found: Iterable[Difference], notes: Sequence[Note]) -> list[Difference]:
    """The differences that no note tells."""
    return [one for one in found if not any(related(note.where, one.path) for note in notes)]


def extras(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all fields without a canonical name that say something."""
    if isinstance(value, Struct):
        for name in type(value).__struct_fields__:
            item = getattr(value, name)
            if name in ("extra", "message_extra"):
                yield from (f"{path}.{key}".lstrip(".") for key, said in item.items() if said not in (None, [], {}, ""))
            elif name not in ("origin", "spelling", "notes"):
                yield from extras(item, f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from extras(item, f"{path}[{index}]")


def silent(value: Any, notes: Sequence[Note]) -> list[str]:
    """The extra fields whose loss no note tells."""
    return [path for path in extras(value) if not any(related(note.where, path) for note in notes)]


def resolves(value: Any, where: str) -> bool:
    """Whether the path leads to something that is said."""
    for name, index in STEP.findall(where):
        if index:
            if not isinstance(value, tuple | list) or int(index) >= len(value):
                return False
            value = value[int(index)]
        elif isinstance(value, Struct):
            holder = {**getattr(value, "extra", {}), **{key: getattr(value, key) for key in value.__struct_fields__}}
            if name not in holder and isinstance(value, ChatResponse) and value.choices:
                return resolves(value.choices[0], where)
            value = holder.get(name)
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value is not None and value != () and value != {}


def invented(value: Any, notes: Sequence[Note], found: Sequence[Difference]) -> list[Note]:
    """The notes of a loss that was none: nothing was there, or it is still there."""
    told = list(extras(value))
    lost = [note for note in notes if note.kind in ("dropped", "unsupported")]
    return [
        note
        for note in lost
        if not resolves(value, note.where)
        or not any(related(note.where, path) for path in [*told, *(one.path for one in found)])
    ]
