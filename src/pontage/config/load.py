"""The way from a file, the environment and flags to settings. Floor 1.

file -> `parse` -> `interpolate` -> `environment` -> `read`: each step adds what is wrong to one list, and only the
end raises. Nothing here reads the environment by itself: it is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from pontage.config.discover_file import find_file
from pontage.config.environment import apply_environment, apply_overrides
from pontage.config.interpolate import interpolate
from pontage.config.nodes import MappingNode, Place, problem
from pontage.config.parse import MAX_BYTES, parse
from pontage.config.problems import ConfigErrors
from pontage.config.read import FoundSecret, Reader
from pontage.config.types import Config
from pontage.errors import ConfigError


class Loaded(Struct, frozen=True, kw_only=True):
    """Settings, and where each came from.

    `file` is the file read, None when there was none. `origins` by path: ``file:line:column``, the name of a variable,
    ``flag --port`` or ``default``. `places` (by path) and `secrets` are what `validate` and `advise` point at.
    """

    config: Config
    file: str | None
    origins: Mapping[str, str]
    places: Mapping[str, Place]
    secrets: tuple[FoundSecret, ...] = ()


def load(path: str | None = None, *, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The settings in force: `overrides` (flags, by path) over `PONTAGE_*` of `environ` over the file over defaults.

    The file is `path`, ``$PONTAGE_CONFIG``, ``./pontage.yaml`` or the one in the user's configuration folder; without
    any the rest holds. Raises ConfigErrors with everything that is wrong.
    """
    try:
        file = find_file(path, environ)
        text = None if file is None else read_text(file)
    except ConfigError as error:
        raise ConfigErrors([error]) from None
    return load_text(text, file=None if file is None else str(file), environ=environ, overrides=overrides)


def load_text(
    text: str | None, *, file: str | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> Loaded:
    """As `load`, for text that is at hand already; `file` is the name to call it by. Raises ConfigErrors."""
    try:
        root, problems = (MappingNode(Place()), []) if text is None else parse(text, file or "text")
    except ConfigError as error:
        raise ConfigErrors([error]) from None
    problems += interpolate(root, environ)
    apply_environment(root, environ)
    apply_overrides(root, overrides or {})
    reader = Reader()
    config = reader.read_config(root)
    problems += reader.problems
    if problems:
        raise ConfigErrors(problems)
    return Loaded(config=config, file=file, origins=reader.origins, places=reader.places, secrets=tuple(reader.secrets))


def read_text(file: Path) -> str:
    """The text of `file`, without a byte order mark. Raises ConfigError when it is no UTF-8, too large, or denied."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", file=str(file)) from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"the file is larger than {MAX_BYTES} bytes", file=str(file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(str(file), before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        raise problem("the file is not UTF-8", place) from None
