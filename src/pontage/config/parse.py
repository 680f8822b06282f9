"""YAML text to nodes that know their places. Floor 1; `ruamel.yaml` is imported on first use, it is slow to load.

Only YAML's events are used: nothing is ever constructed from a tag. Size, depth and the expansion of aliases are
bounded, so that no text costs more than seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pontage.config.nodes import Entry, MappingNode, Node, Place, Scalar, SequenceNode, problem
from pontage.errors import ConfigError

MAX_BYTES = 1024 * 1024
"""The largest file, in bytes."""
MAX_DEPTH = 64
"""How deep values may be nested."""
MAX_VALUES = 100_000
"""How many values a file may hold, every alias counted as what it stands for."""

_CORE = "tag:yaml.org,2002:"
_NOT_TEXT = ("int", "float", "bool", "null")
_MERGE = "<<"
_QUOTED = re.compile(r"""('<[^']*>'|'[^']{0,2}')|'[^']*'|"[^"]*\"""")  # 1: what is punctuation or a kind of token


def parse(text: str, file: str) -> tuple[MappingNode, list[ConfigError]]:
    """The nodes of `text` and what is wrong with it, without the end of the world (a duplicate key, an odd tag).

    `file` is the name shown in messages. Raises ConfigError where reading cannot go on: a syntax error, a limit.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"the file is larger than {MAX_BYTES} bytes", file=file)
    reader = _Reader(_events(text, file), file)
    return reader.document(), reader.problems


def _events(text: str, file: str) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml: Any = YAML(typ="safe", pure=True)
    try:
        yield from yaml.parse(text)
    except YAMLError as error:
        raise _syntax_error(error, text, file) from None


def _syntax_error(error: Any, text: str, file: str) -> ConfigError:
    """`error` of ruamel.yaml in our words. Of its own only the problem is repeated, without what it quotes."""
    if (position := getattr(error, "position", None)) is not None:
        before = text[:position]
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return problem(f"not valid YAML: the character U+{ord(text[position]):04X} is not allowed", place)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return ConfigError(f"not valid YAML: {type(error).__name__}", file=file)
    lines = text.splitlines()
    hint = "inside { } and [ ], put ${...} in quotes" if "${" in "".join(lines[mark.line : mark.line + 1]) else None
    said = _QUOTED.sub(lambda quoted: quoted[1] or "...", str(error.problem or error.context))
    return problem(f"not valid YAML: {said}", Place(file, mark.line + 1, mark.column + 1), hint)


class _Reader:
    """Builds the nodes of one document out of its events."""

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self._events = events
        self._file = file
        self._anchors: dict[str, Node] = {}
        self.problems: list[ConfigError] = []

    def document(self) -> MappingNode:
        """The one document of the stream; an empty one is an empty mapping."""
        root: Node | None = None
        for event in self._events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if root is not None:
                    raise problem("there is more than one document in this file", self._place(event))
                root = self._node(next(self._events), 1)
        if isinstance(root, Scalar) and root.value is None:
            root = None
        if root is not None and not isinstance(root, MappingNode):
            raise problem("expected settings (name: value) at the top of the file", root.place)
        return root or MappingNode(Place(self._file, 1, 1))

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise problem(f"nested more than {MAX_DEPTH} levels deep", self._place(event))
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event)
        self._check_tag(event)
        match kind:
            case "MappingStartEvent":
                node = self._mapping(event, depth)
            case "SequenceStartEvent":
                node = self._sequence(event, depth)
            case _:
                node = self._scalar(event)
        if event.anchor:
            self._anchors[str(event.anchor)] = node
        return node

    def _alias(self, event: Any) -> Node:
        name = str(event.anchor)
        node = self._anchors.get(name)  # set when its node is complete: an alias inside its own anchor is unknown
        if node is None:
            # Neither anchors nor tags are named: a password that begins with *, & or ! and lacks quotes looks like one.
            raise problem("there is no such anchor above", self._place(event), "text that begins with * needs quotes")
        return node

    def _scalar(self, event: Any) -> Scalar:
        place = self._place(event)
        tag = str(event.tag or "")  # a lone ! says: text
        plain = tag.removeprefix(_CORE) in _NOT_TEXT if tag else bool(event.implicit[0])
        return Scalar(str(event.value), place, str(place), plain=plain, end=self._end(event))

    def _sequence(self, start: Any, depth: int) -> SequenceNode:
        sequence = SequenceNode(self._place(start))
        for event in self._events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            node = self._node(event, depth + 1)
            sequence.items.append(node)
            _grow(sequence, node)
        return sequence

    def _mapping(self, start: Any, depth: int) -> MappingNode:
        mapping = MappingNode(self._place(start))
        merged: list[MappingNode] = []
        for event in self._events:
            if type(event).__name__ == "MappingEndEvent":
                break
            if type(event).__name__ != "ScalarEvent":
                raise problem("a key must be plain text", self._place(event))
            key, place = str(event.value), self._place(event)
            node = self._node(next(self._events), depth + 1)
            _grow(mapping, node)
            if key == _MERGE and event.implicit[0]:
                merged += self._merge(node, place)
                continue
            entry = Entry(key, place, node, end=self._end(event))
            if mapping.entries.setdefault(key, entry) is not entry:
                mapping.repeated.append(entry)
                first = mapping.entries[key].place
                self.problems.append(problem(f'duplicate key "{key}"', place, f"first on line {first.line}"))
        for other in merged:
            for key, entry in other.entries.items():
                mapping.entries.setdefault(key, entry)
        return mapping

    def _merge(self, node: Node, place: Place) -> list[MappingNode]:
        nodes = node.items if isinstance(node, SequenceNode) else [node]
        mappings = [each for each in nodes if isinstance(each, MappingNode)]
        if len(mappings) != len(nodes):
            self.problems.append(problem("<< takes a mapping or a list of mappings", place))
        return mappings

    def _check_tag(self, event: Any) -> None:
        tag = str(event.tag or "")
        if tag not in ("", "!") and not tag.startswith(_CORE):
            hint = "text that begins with ! needs quotes"
            self.problems.append(problem("tags are not supported", self._place(event), hint))

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._file, int(mark.line) + 1, int(mark.column) + 1)

    def _end(self, event: Any) -> tuple[int, int]:
        mark = event.end_mark
        return int(mark.line) + 1, int(mark.column) + 1


def _grow(parent: MappingNode | SequenceNode, node: Node) -> None:
    size, height = (1, 1) if isinstance(node, Scalar) else (node.size, node.height)
    parent.size += size
    parent.height = max(parent.height, height + 1)
    if parent.size > MAX_VALUES:
        raise problem(f"more than {MAX_VALUES} values, aliases written out", node.place)
    if parent.height > MAX_DEPTH:
        raise problem(f"nested more than {MAX_DEPTH} levels deep, aliases written out", node.place)
