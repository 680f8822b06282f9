"""Settings from outside the file: `PONTAGE_*` variables and flags. Floor 1; nothing reads the environment by itself.

A variable is named after its place: ``server.port`` is ``PONTAGE_SERVER_PORT``. Only single values of fixed sections
have one. A variable that is set but empty counts as not set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import inspect

from pontage.config.nodes import Entry, MappingNode, Place, Scalar
from pontage.config.suggest import nearest
from pontage.config.types import Config
from pontage.errors import ConfigError

PREFIX = "PONTAGE_"
ELSEWHERE = ("PONTAGE_CONFIG", "PONTAGE_CORPUS")
"""Variables of ours that are not settings: the file to read, and the recordings that the tests read."""

# For a Service called "pontage" or "pontage-..." Kubernetes sets variables such as PONTAGE_PORT=tcp://10.0.0.7:4000
# and PONTAGE_SERVER_PORT=tcp://...: they are nobody's wish.
_KUBERNETES_NAME = re.compile(r"PONTAGE_(\w+_)?(SERVICE_(HOST|PORT\w*)|PORT_\d+_\w+)")
_KUBERNETES_VALUE = ("tcp://", "udp://", "sctp://")


def variables() -> dict[str, tuple[str, ...]]:
    """Every `PONTAGE_*` setting and its path."""
    found = _paths(inspect.type_info(Config), ())
    # The file's format version says nothing about an environment, and images often carry a PONTAGE_VERSION.
    return {PREFIX + "_".join(path).upper(): path for path in found if path != ("version",)}


def apply_environment(root: MappingNode, environ: Mapping[str, str]) -> None:
    """Put the values of `PONTAGE_*` variables over those of the file."""
    for name, path in variables().items():
        value = environ.get(name)
        if value and not value.startswith(_KUBERNETES_VALUE):
            _put(root, path, Scalar(value, Place(), name, expanded=True))


def apply_overrides(root: MappingNode, overrides: Mapping[str, Any]) -> None:
    """Put flags (``{"server.port": 4000}``) over everything else; None is a flag that was not given."""
    for dotted, value in overrides.items():
        if value is not None:
            path = tuple(dotted.split("."))
            origin = "flag --" + path[-1].replace("_", "-")
            _put(root, path, Scalar(str(value), Place(), origin, expanded=True))


def unknown_variables(environ: Mapping[str, str]) -> list[ConfigError]:
    """A warning for every `PONTAGE_*` variable that means nothing."""
    known = {name.removeprefix(PREFIX) for name in (*variables(), *ELSEWHERE)}
    warnings: list[ConfigError] = []
    for name in sorted(environ):
        rest = name.removeprefix(PREFIX)
        kubernetes = _KUBERNETES_NAME.fullmatch(name) or environ[name].startswith(_KUBERNETES_VALUE)
        if rest != name and rest not in known and not kubernetes:
            near = nearest(rest, known)
            hint = f'did you mean "{PREFIX}{near}"?' if near else None
            warnings.append(ConfigError(f"the environment variable {name} is not a setting", hint=hint))
    return warnings


def _paths(kind: inspect.Type, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    match kind:
        case inspect.Metadata():
            yield from _paths(kind.type, path)
        case inspect.StructType():
            for each in kind.fields:
                yield from _paths(each.type, (*path, each.encode_name))
        case inspect.DictType() | inspect.ListType():
            pass
        case _:
            yield path


def _put(root: MappingNode, path: tuple[str, ...], scalar: Scalar) -> None:
    mapping = root
    for name in path[:-1]:
        entry = mapping.entries.get(name)
        below = MappingNode(Place()) if entry is None else entry.node
        if isinstance(below, Scalar) and below.value is None:
            below = MappingNode(below.place)
        if not isinstance(below, MappingNode):
            return  # the file says something else here, and hears about it
        # A mapping that an alias shares must not change for the others.
        below = MappingNode(below.place, dict(below.entries))
        mapping.entries[name] = Entry(name, below.place if entry is None else entry.place, below)
        mapping = below
    mapping.entries[path[-1]] = Entry(path[-1], scalar.place, scalar)
