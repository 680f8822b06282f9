"""Which file is the configuration. Floor 1; looks at the file system, reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pontage.errors import ConfigError

NAME = "pontage.yaml"
"""The file's name, in the working directory and in the user's configuration folder."""


def find_file(path: str | None, environ: Mapping[str, str]) -> Path | None:
    """The first of: `path` (the flag), ``$PONTAGE_CONFIG``, ``./pontage.yaml``, the user's configuration folder.

    None when there is none. Raises ConfigError when one that was asked for by name is not there.
    """
    for wanted, origin in ((path, "--config"), (environ.get("PONTAGE_CONFIG"), "PONTAGE_CONFIG")):
        if wanted:
            if not Path(wanted).is_file():
                message = "that is a folder" if Path(wanted).is_dir() else "there is no such file"
                raise ConfigError(message, file=wanted, hint=f"it was asked for by {origin}")
            return Path(wanted)
    return next((candidate for candidate in (Path(NAME), *_user_files(environ)) if candidate.is_file()), None)


def _user_files(environ: Mapping[str, str]) -> list[Path]:
    home = environ.get("HOME")
    folders = (environ.get("XDG_CONFIG_HOME"), environ.get("APPDATA"), home and f"{home}/.config")
    return [Path(folder) / "pontage" / NAME for folder in folders if folder]
