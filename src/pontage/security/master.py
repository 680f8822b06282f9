"""The master keys, under which everything in the vault is sealed. Floor 6.

They are lines of `VERSION:BASE64`, 32 bytes each, in a file that only its owner can read, or in one setting, separated
by commas. The newest seals, the others still open: after a rotation, when all is sealed anew, the old line can go.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pontage.config import Secret
from pontage.errors import ConfigError

LENGTH: Final = 32


class MasterKeys:
    """Master keys by version. They are never printed."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = dict(keys)

    @property
    def newest(self) -> int:
        """The version that seals."""
        return max(self._keys)

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions that open."""
        return tuple(sorted(self._keys))

    def key(self, version: int) -> bytes:
        """The key of a version. Raises ConfigError when it is not there."""
        found = self._keys.get(version)
        if found is None:
            raise ConfigError(f"the master key of version {version} is missing, and secrets are sealed under it")
        return found

    def rotated(self) -> MasterKeys:
        """These and a new one."""
        return MasterKeys({**self._keys, self.newest + 1: secrets.token_bytes(LENGTH)})

    def __repr__(self) -> str:
        return f"MasterKeys(versions {', '.join(map(str, self.versions))})"


def read_master(setting: Secret | None, path: Path) -> MasterKeys | None:
    """The master keys of the setting, else of the file; None when there is neither. Raises ConfigError for what is no
    key, and for a file that others may read."""
    if setting is not None:
        return _parsed(setting.reveal(), "auth.master_key")
    try:
        if os.name != "nt" and stat.S_IMODE(os.stat(path).st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"others may read the master key in {path}", hint=f"chmod 600 {path}")
        return _parsed(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the master key in {path} cannot be read: {error}") from None


def new_master() -> MasterKeys:
    """A first master key."""
    return MasterKeys({1: secrets.token_bytes(LENGTH)})


def write_master(keys: MasterKeys, path: Path) -> None:
    """Write the file, whole or not at all, for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        for version in keys.versions:
            file.write(f"{version}:{base64.b64encode(keys.key(version)).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _parsed(text: str, place: str) -> MasterKeys:
    keys: dict[int, bytes] = {}
    for entry in filter(None, re.split(r"[\s,]+", text)):
        version, colon, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True) if colon else b""
            number = int(version)
        except (ValueError, binascii.Error):
            key, number = b"", 0
        if len(key) != LENGTH or number < 1 or number in keys:
            raise ConfigError(f"{place} is not a master key", hint="expected VERSION:BASE64 of 32 bytes each")
        keys[number] = key
    if not keys:
        raise ConfigError(f"{place} holds no master key")
    return MasterKeys(keys)
