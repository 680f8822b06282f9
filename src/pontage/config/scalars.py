"""One text to one typed value: numbers in their range, choices, true and false. Floor 1; pure.

What a file says without quotes is a number where YAML says so; what the environment or a flag says is read as
whatever is expected. Messages say what was expected and what kind of thing was found, never the value itself.
"""

from __future__ import annotations

import math
from typing import Any

from msgspec import inspect

from pontage.config.nodes import MappingNode, Node, Scalar, SequenceNode, problem, resolve
from pontage.config.suggest import did_you_mean
from pontage.errors import ConfigError

_SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def read_scalar(node: Node, kind: inspect.Type, path: str) -> Any:
    """The value of `node` as `kind`. Raises ConfigError at the node when it is not one, or out of range."""
    if not isinstance(node, Scalar):
        raise mismatch(node, kind, path)
    value = _from_outside(node.text, kind) if node.expanded else node.value
    match kind:
        case inspect.StrType():
            fits = isinstance(value, str) and len(value) >= (kind.min_length or 0)
        case inspect.BoolType():
            fits = isinstance(value, bool)
        case inspect.IntType():
            fits = type(value) is int and _in_range(value, kind)
        case inspect.FloatType():
            value = float(value) if type(value) is int and abs(value) < 1e300 else value
            fits = isinstance(value, float) and math.isfinite(value) and _in_range(value, kind)
        case inspect.LiteralType():
            fits = any(value == choice and type(value) is type(choice) for choice in kind.values)
        case _:
            raise NotImplementedError(f"no way to read a {type(kind).__name__}")
    if not fits:
        raise mismatch(node, kind, path)
    return value


def mismatch(node: Node, kind: inspect.Type, path: str) -> ConfigError:
    """That `node` is not what `kind` asks for; the name is the variable's or flag's when it comes from one."""
    name = path
    hint: str | None = None
    if isinstance(node, Scalar):
        name = path if node.place.line else node.origin.removeprefix("flag ")
        if isinstance(kind, inspect.LiteralType):
            near = did_you_mean(node.text, [str(choice) for choice in kind.values])
            hint = near if near is not None and near.startswith("did you mean") else None
        elif isinstance(kind, inspect.StrType) and node.plain and not node.expanded and node.value is not None:
            hint = "put it in quotes"
    return problem(f"{name}: expected {expected(kind)}, got {_got(node, kind)}", node.place, hint)


def _got(node: Node, kind: inspect.Type) -> str:
    value = _from_outside(node.text, kind) if isinstance(node, Scalar) and node.expanded else getattr(node, "value", "")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case inspect.IntType() if type(value) is int:
            return "one that is out of range"
        case inspect.FloatType() if is_number:
            return "one that is out of range"
        case _:
            return found(node)


def expected(kind: inspect.Type) -> str:
    """What `kind` asks for, in words."""
    match kind:
        case inspect.StrType():
            return "text that is not empty" if kind.min_length else "text"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "an integer" + _range(kind)
        case inspect.FloatType():
            return "a number" + _range(kind)
        case inspect.LiteralType() if len(kind.values) == 1:
            return str(kind.values[0])
        case inspect.LiteralType():
            return f"one of {', '.join(str(choice) for choice in kind.values)}"
        case inspect.UnionType():
            return ", or ".join(expected(each) for each in kind.types if not isinstance(each, inspect.NoneType))
        case inspect.ListType():
            return "a list"
        case inspect.StructType() | inspect.DictType():
            return "a mapping (name: value)"
        case _:
            return "text"


def found(node: Node) -> str:
    """What kind of thing `node` is, in words."""
    match node:
        case MappingNode():
            return "a mapping"
        case SequenceNode():
            return "a list"
        case Scalar(expanded=True):
            return "something else" if node.text else "nothing"
        case Scalar():
            value = node.value
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int():
            return "an integer"
        case float():
            return "a number"
        case _:
            return "text" if value else "empty text"


def _from_outside(text: str, kind: inspect.Type) -> Any:
    match kind:
        case inspect.BoolType():
            return _SWITCHES.get(text.strip().lower(), text)
        case inspect.IntType() | inspect.FloatType():
            return resolve(text.strip())
        case inspect.LiteralType():
            return next((choice for choice in kind.values if str(choice) == text), text)
        case _:
            return text


def _in_range(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    above = (kind.ge is None or value >= kind.ge) and (kind.gt is None or value > kind.gt)
    return above and (kind.le is None or value <= kind.le)


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge} to {kind.le}"
    if kind.ge is not None:
        return f" of at least {kind.ge}"
    return f" above {kind.gt}" if kind.gt is not None else ""
