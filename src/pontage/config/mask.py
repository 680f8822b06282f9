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
from pontage.config.schema import structs
from pontage.config.types import Config, extra_of
from pontage.errors import ConfigError

_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_STRUCTURE = frozenset(" \t{}[],:-&*|><?\"'")
_FIRST_KEY = re.compile(r"\s*(?:- +)*[{[]?\s*(?P<name>[\w./-]{1,40})\s*:(?=\s|$)")
_REFERENCE = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*)(:[-?])?[^${}]*(\})")  # its name says nothing of its value
_SIMPLE_VALUE = re.compile(r"""\s*["'[]?[\w./:-]{0,60}["'\]]?\s*""")
_PLAIN_KINDS = (inspect.StrType, inspect.LiteralType, inspect.BoolType, inspect.IntType, inspect.FloatType)
_UNKNOWN, _SHOWN, _HIDDEN = 0, 1, 2  # what is known of a character


def masked_lines(source_text: str) -> list[str]:
    """The lines of `source_text` with everything hidden that could be a credential; columns stay what they are."""
    lines = _LINE_END.split(source_text)
    config = inspect.type_info(Config)
    try:
        root, _ = parse(source_text, "")
    except ConfigError:
        names = {(field.encode_name, _is_plain(field.type)) for each in structs(config) for field in each.fields}
        harmless = {name for name, plain in names if plain} - {name for name, plain in names if not plain}
        return [_masked_blindly(line, harmless) for line in lines]
    judged = list(_judged(root, config))
    secret = {id(what) for what, harmless in judged if not harmless}
    flags = [bytearray(len(line)) for line in lines]
    for what, _ in judged:
        _mark(flags, what, _HIDDEN if id(what) in secret else _SHOWN)
    return [_starred(line, each) for line, each in zip(lines, flags, strict=True)]


def _judged(node: Node, kind: inspect.Type) -> Iterator[tuple[Scalar | Entry, bool]]:
    """The scalars and keys of `node` that `kind` knows, and whether they may be shown."""
    match kind, node:
        case inspect.Metadata(), _:
            veiled = bool(extra_of(kind).get("veiled"))
            for what, harmless in _judged(node, kind.type):
                yield what, harmless and (isinstance(what, Entry) or not veiled)
        case inspect.UnionType(), _:
            yield from (pair for each in kind.types for pair in _judged(node, each))
        case ((inspect.StructType() | inspect.DictType()), MappingNode()):
            yield from ((entry, True) for entry in (*node.entries.values(), *node.repeated))
            for entry in node.entries.values():
                yield from _judged(entry.node, _kind_below(kind, entry.key))
        case inspect.StructType(), Scalar() if hasattr(kind.cls, "shorthand"):
            yield node, _looks_harmless(node.text)
        case inspect.ListType(), SequenceNode():
            yield from (pair for item in node.items for pair in _judged(item, kind.item_type))
        case _, Scalar() if isinstance(kind, _PLAIN_KINDS):
            yield node, _looks_harmless(node.text)
        case ((inspect.AnyType() | inspect.CustomType()), _):
            yield from ((scalar, False) for scalar in scalars(node))
        case _:
            pass


def _kind_below(kind: inspect.StructType | inspect.DictType, name: str) -> inspect.Type:
    if isinstance(kind, inspect.DictType):
        return kind.value_type
    return next((field.type for field in kind.fields if field.encode_name == name), inspect.AnyType())


def _mark(flags: list[bytearray], what: Scalar | Entry, flag: int) -> None:
    last, end = what.end
    for number in range(what.place.line, min(last, len(flags)) + 1):
        line = flags[number - 1]
        start = what.place.column - 1 if number == what.place.line else 0
        stop = min(end - 1, len(line)) if number == last else len(line)
        line[start:stop] = bytes([flag]) * max(0, stop - start)


def _masked_blindly(line: str, harmless: set[str]) -> str:
    match = _FIRST_KEY.match(line)
    if match is not None and match["name"] in harmless and _SIMPLE_VALUE.fullmatch(line, match.end()):
        return line
    known = match.end() if match is not None else 0
    return _starred(line, bytearray([_SHOWN] * known + [_UNKNOWN] * (len(line) - known)))


def _starred(line: str, flags: bytearray) -> str:
    """`line` with stars for what is hidden, and for what is unknown and no structure; comments are cut off."""
    for reference in _REFERENCE.finditer(line):
        for part in (1, 2, 3):
            start, end = reference.span(part)
            flags[start:end] = bytes([_SHOWN]) * (end - start)
    characters: list[str] = []
    for character, flag in zip(line, flags, strict=True):
        if character == "#" and flag == _UNKNOWN and (not characters or characters[-1] == " "):
            break
        shown = flag == _SHOWN or character in " \"'" or (flag == _UNKNOWN and character in _STRUCTURE)
        characters.append(character if shown else "*")
    return "".join(characters).rstrip()


def _is_plain(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _is_plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return all(isinstance(each, inspect.NoneType) or _is_plain(each) for each in kind.types)
    return isinstance(kind, _PLAIN_KINDS)


def _looks_harmless(text: str) -> bool:
    """Whether `text` in a harmless setting may be shown: an address may hold a password before @ or after ?."""
    return "://" not in text or not ("@" in text or "?" in text)
