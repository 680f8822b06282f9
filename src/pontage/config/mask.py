"""A configuration's text with everything hidden that could be a credential. Floor 1; pure.

Shown are keys, punctuation and the values of those settings that the types know to be harmless; everything else
(credentials, headers, options, values of unknown keys) is stars, and comments are left out. Where the text cannot be
read as YAML, a line shows its first key, and its value only when that key is harmless wherever it can occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import inspect

from pontage.config.nodes import Entry, MappingNode, Node, Scalar, SequenceNode, scalars
from pontage.config.parse import parse
from pontage.config.types import Config, extra_of
from pontage.errors import ConfigError

_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_STRUCTURE = frozenset(" \t{}[],:-&*|><?\"'")
_FIRST_KEY = re.compile(r"(?P<key>\s*(?:- +)*[{[]?\s*(?P<name>[\w./-]{1,40})\s*:)(?=\s|$)")
_SIMPLE_VALUE = re.compile(r"""\s*["'[]?[\w./:-]{0,60}["'\]]?\s*""")
_PLAIN_KINDS = (inspect.StrType, inspect.LiteralType, inspect.BoolType, inspect.IntType, inspect.FloatType)

Span = tuple[tuple[int, int], tuple[int, int]]
"""From a (line, column) to the one just behind the last, both 1-based."""


def masked_lines(source_text: str) -> list[str]:
    """The lines of `source_text` with everything hidden that could be a credential; columns stay what they are."""
    lines = _LINE_END.split(source_text)
    config = inspect.type_info(Config)
    try:
        root, _ = parse(source_text, "")
    except ConfigError:
        names = set(_names(config))
        harmless = {name for name, plain in names if plain} - {name for name, plain in names if not plain}
        return [_masked_blindly(line, harmless) for line in lines]
    judged = list(_judged(root, config))
    secret = {id(scalar) for scalar, harmless in judged if not harmless}
    shown = [(_start(scalar), scalar.end) for scalar, harmless in judged if harmless and id(scalar) not in secret]
    return _masked(lines, [*shown, *_keys(root)])


def _judged(node: Node, kind: inspect.Type) -> Iterator[tuple[Scalar, bool]]:
    """The scalars of `node` that `kind` knows, and whether they may be shown."""
    match kind, node:
        case inspect.Metadata(), _:
            yield from _hidden(node) if extra_of(kind).get("veiled") else _judged(node, kind.type)
        case inspect.UnionType(), _:
            yield from (pair for each in kind.types for pair in _judged(node, each))
        case inspect.StructType(), MappingNode():
            for field in kind.fields:
                if (entry := node.entries.get(field.encode_name)) is not None:
                    yield from _judged(entry.node, field.type)
        case inspect.StructType(), Scalar() if hasattr(kind.cls, "shorthand"):
            yield node, _looks_harmless(node.text)
        case inspect.DictType(), MappingNode():
            for entry in node.entries.values():
                yield from _judged(entry.node, kind.value_type)
        case inspect.ListType(), SequenceNode():
            for item in node.items:
                yield from _judged(item, kind.item_type)
        case _, Scalar() if isinstance(kind, _PLAIN_KINDS):
            yield node, _looks_harmless(node.text)
        case ((inspect.AnyType() | inspect.CustomType()), Scalar()):
            yield node, False
        case _:
            pass


def _hidden(node: Node) -> Iterator[tuple[Scalar, bool]]:
    return ((scalar, False) for scalar in scalars(node))


def _keys(root: MappingNode) -> Iterator[Span]:
    seen: set[int] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen or isinstance(node, Scalar):
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            waiting += node.items
            continue
        entries: list[Entry] = [*node.entries.values(), *node.repeated]
        waiting += [entry.node for entry in entries]
        yield from ((_start(entry), entry.end) for entry in entries)


def _masked(lines: list[str], shown: list[Span]) -> list[str]:
    visible = [bytearray(len(line)) for line in lines]
    for (first, start), (last, end) in shown:
        for number in range(first, min(last, len(lines)) + 1):
            length = len(lines[number - 1])
            begin = start - 1 if number == first else 0
            stop = min(end - 1, length) if number == last else length
            visible[number - 1][begin:stop] = b"\x01" * max(0, stop - begin)
    return [_masked_line(line, flags) for line, flags in zip(lines, visible, strict=True)]


def _masked_line(line: str, visible: bytearray) -> str:
    characters: list[str] = []
    for character, flag in zip(line, visible, strict=True):
        if character == "#" and not flag and (not characters or characters[-1] == " "):
            break  # a comment, or something hidden: left out
        characters.append(character if flag or character in _STRUCTURE else "*")
    return "".join(characters)


def _masked_blindly(line: str, harmless: set[str]) -> str:
    match = _FIRST_KEY.match(line)
    key = match["key"] if match is not None else ""
    rest = line[len(key) :]
    if match is not None and match["name"] in harmless and _SIMPLE_VALUE.fullmatch(rest):
        return line
    return key + "".join(character if character in _STRUCTURE else "*" for character in rest)


def _names(kind: inspect.Type) -> Iterator[tuple[str, bool]]:
    """Every name of a setting below `kind`, and whether its value may be shown."""
    match kind:
        case inspect.Metadata():
            yield from _names(kind.type)
        case inspect.UnionType():
            yield from (pair for each in kind.types for pair in _names(each))
        case inspect.ListType():
            yield from _names(kind.item_type)
        case inspect.DictType():
            yield from _names(kind.value_type)
        case inspect.StructType():
            for field in kind.fields:
                yield field.encode_name, _is_plain(field.type)
                yield from _names(field.type)
        case _:
            pass


def _is_plain(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return all(isinstance(each, inspect.NoneType) or _is_plain(each) for each in kind.types)
    return isinstance(kind, _PLAIN_KINDS)


def _start(what: Scalar | Entry) -> tuple[int, int]:
    return what.place.line, what.place.column


def _looks_harmless(text: str) -> bool:
    """Whether `text` in a harmless setting may be shown: an address may hold a password before @ or after ?."""
    return "://" not in text or not ("@" in text or "?" in text)
