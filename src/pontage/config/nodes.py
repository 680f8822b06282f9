"""A document as it was written: values that know where they stand. Floor 1; knows no YAML and no types.

Nodes are shared where a document uses aliases, so a tree is a graph without circles; `scalars` visits each once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from pontage.errors import ConfigError

# The scalars of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema): `no`, `on` and `12:30` are text.
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}|0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,9})?")
_SPECIAL = re.compile(r"([-+]?\.(inf|Inf|INF))|\.(nan|NaN|NAN)")


class Place(Struct, frozen=True):
    """Where something was said: in `file` at `line` and `column` (1-based, 0: not in a file).

    `hidden`: what was said there came from the environment, so no message may repeat it.
    """

    file: str | None = None
    line: int = 0
    column: int = 0
    hidden: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Scalar(Struct, eq=False):
    """One text. `plain`: written without quotes, so that YAML's rules say what it is.

    `expanded` is true when the text is not the file's own (from the environment or a flag, whole or in part): it is
    then read as whatever is expected, and never shown. `broken`: its fault was reported, nothing is to be read of it.
    `origin` says who set it; `end` is the (1-based) line and column just behind it.
    """

    text: str
    place: Place
    origin: str
    plain: bool = True
    expanded: bool = False
    broken: bool = False
    end: tuple[int, int] = (0, 0)

    @property
    def value(self) -> str | int | float | bool | None:
        """What the text means by YAML 1.2's core schema."""
        return resolve(self.text) if self.plain else self.text


class Entry(Struct, eq=False):
    """One key of a mapping and what it holds."""

    key: str
    place: Place
    node: Node
    end: tuple[int, int] = (0, 0)


class MappingNode(Struct, eq=False):
    """Entries by key, in the order written; `repeated` are those whose key was taken already.

    `size` and `height` count all that is below, aliases written out.
    """

    place: Place
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    repeated: list[Entry] = field(default_factory=list[Entry])
    size: int = 1
    height: int = 1


class SequenceNode(Struct, eq=False):
    """Items in order. `size` and `height` as for `MappingNode`."""

    place: Place
    items: list[Node] = field(default_factory=list["Node"])
    size: int = 1
    height: int = 1


Node = Scalar | MappingNode | SequenceNode


def resolve(text: str) -> str | int | float | bool | None:
    """What plain `text` means by YAML 1.2's core schema."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def plain_value(node: Node) -> object:
    """`node` as plain Python values, for settings whose types nobody knows."""
    match node:
        case Scalar():
            return node.value
        case MappingNode():
            return {key: plain_value(entry.node) for key, entry in node.entries.items()}
        case SequenceNode():
            return [plain_value(item) for item in node.items]


def scalars(root: Node) -> Iterator[Scalar]:
    """Every scalar below `root` once, however many aliases lead to it; in the order written."""
    seen: set[int] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Scalar():
                yield node
            case MappingNode():
                waiting.extend(entry.node for entry in reversed(node.entries.values()))
            case SequenceNode():
                waiting.extend(reversed(node.items))


def problem(message: str, place: Place, hint: str | None = None) -> ConfigError:
    """A ConfigError at `place`."""
    return ConfigError(message, file=place.file, line=place.line, column=place.column, hint=hint)
