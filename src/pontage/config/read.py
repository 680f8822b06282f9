"""Nodes to typed settings, with every fault and the origin of every value. Floor 1.

The types of `types` say what is expected; this reads any of them. A fault in one place does not end the reading, so
that all are told at once.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct, inspect

from pontage.config.nodes import Entry, MappingNode, Node, Place, Scalar, SequenceNode, plain_value, problem, resolve
from pontage.config.scalars import mismatch, read_scalar
from pontage.config.secret import Secret, Veiled
from pontage.config.suggest import did_you_mean
from pontage.config.types import Config, extra_of
from pontage.errors import ConfigError

_BARE = re.compile(r"[^.\"\s]+")
_OWN = "x-"  # keys at the top that begin so are the user's: a place for anchors


class FoundSecret(Struct, frozen=True):
    """A credential that was read at `path`; `literal`: the file holds it itself. An empty one counts as none."""

    path: str
    place: Place
    literal: bool
    secret: Secret


class Spot(Struct, frozen=True):
    """Where a value is: its path in the settings, and the place of the key (or list item) that holds it."""

    path: str
    place: Place


class Reader:
    """Reads one tree, and keeps what it learns on the way.

    `problems` in the order met; `origins` and `places` by path; `secrets` in the order met. What `read` returns means
    nothing when there are problems.
    """

    def __init__(self) -> None:
        self.problems: list[ConfigError] = []
        self.origins: dict[str, str] = {}
        self.places: dict[str, Place] = {}
        self.secrets: list[FoundSecret] = []

    def read_config(self, root: MappingNode) -> Config:
        """The settings below `root`."""
        config: Config = self._read(root, inspect.type_info(Config), Spot("", root.place))
        return config

    def _read(self, node: Node, kind: inspect.Type, spot: Spot) -> Any:
        if isinstance(node, Scalar) and node.broken:
            return None
        self.places[spot.path] = _place_of(node, spot)
        match kind:
            case inspect.Metadata():
                return self._described(node, kind, spot)
            case inspect.UnionType():
                return self._union(node, kind, spot)
            case inspect.StructType():
                return self._struct(node, kind, spot)
            case inspect.DictType():
                return self._dict(node, kind, spot)
            case inspect.ListType():
                return self._list(node, kind, spot)
            case _:
                return self._leaf(node, kind, spot)

    def _described(self, node: Node, kind: inspect.Metadata, spot: Spot) -> Any:
        value: Any = self._read(node, kind.type, spot)
        return Veiled(value or {}) if extra_of(kind).get("veiled") else value

    def _union(self, node: Node, kind: inspect.UnionType, spot: Spot) -> Any:
        inner = _meant([each for each in kind.types if not isinstance(each, inspect.NoneType)], node)
        if _is_nothing(node) and any(isinstance(each, inspect.NoneType) for each in kind.types):
            self._set_by(node, spot)
            if isinstance(inner, inspect.CustomType) and isinstance(node, Scalar) and node.expanded:
                self.secrets.append(FoundSecret(spot.path, self.places[spot.path], False, Secret("")))
            return None
        return self._read(node, inner, spot)

    def _struct(self, node: Node, kind: inspect.StructType, spot: Spot) -> Any:
        entries = self._entries(node, kind, spot)
        if entries is None:
            return None
        fields = {field.encode_name: field for field in kind.fields}
        for entry in entries.values():
            if entry.key not in fields and not (spot.path == "" and entry.key.startswith(_OWN)):
                self.problems.append(_unknown(entry, kind, spot))
        values: dict[str, Any] = {}
        for name, field in fields.items():
            path = join(spot.path, name)
            if (entry := entries.get(name)) is not None:
                values[name] = self._read(entry.node, field.type, Spot(path, entry.place))
            elif field.required:
                self.problems.append(problem(f'{spot.path} needs "{name}"', spot.place))
                values[name] = None
            else:
                self._default(field.type, path)
        return kind.cls(**values)

    def _entries(self, node: Node, kind: inspect.StructType | inspect.DictType, spot: Spot) -> dict[str, Entry] | None:
        if isinstance(node, MappingNode):
            return node.entries
        if _is_nothing(node):
            return {}
        shorthand = getattr(kind.cls, "shorthand", None) if isinstance(kind, inspect.StructType) else None
        if shorthand is not None and isinstance(node, Scalar):
            return {shorthand: Entry(shorthand, node.place, node)}
        self.problems.append(mismatch(node, kind, spot.path))
        return None

    def _dict(self, node: Node, kind: inspect.DictType, spot: Spot) -> dict[str, Any]:
        entries = self._entries(node, kind, spot) or {}
        pattern = kind.key_type.pattern if isinstance(kind.key_type, inspect.StrType) else None
        for entry in entries.values():
            if pattern is not None and not re.search(pattern, entry.key):
                hint = "letters, digits, dot, dash and underscore"
                self.problems.append(problem(f'"{entry.key}" cannot be a name in {spot.path}', entry.place, hint))
        value = {
            key: self._read(entry.node, kind.value_type, Spot(join(spot.path, key), entry.place))
            for key, entry in entries.items()
        }
        if not value:
            self._set_by(node, spot)
        return Veiled(value) if isinstance(kind.value_type, inspect.AnyType) else value

    def _list(self, node: Node, kind: inspect.ListType, spot: Spot) -> list[Any]:
        items = [] if _is_nothing(node) else node.items if isinstance(node, SequenceNode) else None
        if items is None:
            self.problems.append(mismatch(node, kind, spot.path))
            return []
        if kind.min_length and not items:
            self.problems.append(problem(f"{spot.path} needs at least one", spot.place))
        if not items:
            self._set_by(node, spot)
        return [
            self._read(item, kind.item_type, Spot(f"{spot.path}.{index}", item.place))
            for index, item in enumerate(items)
        ]

    def _leaf(self, node: Node, kind: inspect.Type, spot: Spot) -> Any:
        self._set_by(node, spot)
        if isinstance(kind, inspect.AnyType):
            return plain_value(node)
        try:
            if not isinstance(kind, inspect.CustomType):
                return read_scalar(node, kind, spot.path)
            secret = Secret(read_scalar(node, inspect.StrType(min_length=1), spot.path))
        except ConfigError as error:
            self.problems.append(error)
            return None
        literal = isinstance(node, Scalar) and not node.expanded
        self.secrets.append(FoundSecret(spot.path, self.places[spot.path], literal, secret))
        return secret

    def _default(self, kind: inspect.Type, path: str) -> None:
        kind = kind.type if isinstance(kind, inspect.Metadata) else kind
        if not isinstance(kind, inspect.StructType):
            self.origins[path] = "default"
            return
        for field in kind.fields:
            self._default(field.type, join(path, field.encode_name))

    def _set_by(self, node: Node, spot: Spot) -> None:
        self.origins[spot.path] = node.origin if isinstance(node, Scalar) else str(node.place)


def join(path: str, name: str) -> str:
    """The path of `name` below `path`, with a dot between; a name that has dots itself is quoted."""
    shown = name if _BARE.fullmatch(name) else f'"{name}"'
    return f"{path}.{shown}" if path else shown


def _place_of(node: Node, spot: Spot) -> Place:
    if not isinstance(node, Scalar):
        return spot.place
    place = node.place
    return Place(place.file, place.line, place.column, hidden=True) if node.expanded else place


def _meant(kinds: list[inspect.Type], node: Node) -> inspect.Type:
    """Of the kinds that a setting may have, words and something else, the one that `node` looks like."""
    value = resolve(node.text) if isinstance(node, Scalar) and node.expanded else getattr(node, "value", None)
    is_word = isinstance(node, Scalar) and (isinstance(value, bool) or not isinstance(value, int | float))
    return next((each for each in kinds if isinstance(each, inspect.LiteralType) == is_word), kinds[0])


def _is_nothing(node: Node) -> bool:
    """Whether `node` says that there is nothing: YAML's null, or a variable that is empty."""
    return isinstance(node, Scalar) and (node.text == "" if node.expanded else node.value is None)


def _unknown(entry: Entry, kind: inspect.StructType, spot: Spot) -> ConfigError:
    path = join(spot.path, entry.key)
    if entry.key in getattr(kind.cls, "later", ()):
        return problem(f"{path}: {_later(entry.key)}", entry.place)
    where = f" in {spot.path}" if spot.path else ""
    known = [field.encode_name for field in kind.fields]
    return problem(f'unknown key "{entry.key}"{where}', entry.place, did_you_mean(entry.key, known))


def _later(name: str) -> str:
    return f'"{name}" is not available yet: it comes with a later version'
