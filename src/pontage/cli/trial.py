"""A configuration tried out, without calling anybody: so `check` and `serve` find the same. Floor 9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pontage.assemble import assemble
from pontage.config import Loaded, Place
from pontage.engine import Engine
from pontage.errors import ClientError, ConfigError

if TYPE_CHECKING:  # what it needs takes its time to import, and `check` opens none
    from pontage.accounts.strongroom import StrongRoom


def assembled(loaded: Loaded, environ: Mapping[str, str], room: StrongRoom | None = None) -> Engine:
    """The engine of this configuration, with the books and the vault of `room`.

    Raises ConfigError with the place in the file that it speaks of.
    """
    try:
        if room is None:
            return assemble(loaded.config, environ)
        return assemble(loaded.config, environ, room.store, room.vault)
    except ConfigError as error:
        raise placed(error, loaded.places) from None


def faults_of_routes(engine: Engine, loaded: Loaded) -> tuple[list[ConfigError], list[ConfigError]]:
    """Virtual models that no target can serve (errors), and targets that are left out of the others (warnings)."""
    errors: list[ConfigError] = []
    warnings: list[ConfigError] = []
    for name in loaded.config.models:
        try:
            left_out = engine.plan(name).excluded
        except ClientError as error:
            errors.append(placed(ConfigError(f"models.{name} cannot be served: {error.message}"), loaded.places))
            continue
        for target in left_out:
            told = ConfigError(f"models.{name}.targets: {target.name} is left out: {target.reason}")
            warnings.append(placed(told, loaded.places))
    return errors, warnings


def placed(error: ConfigError, places: Mapping[str, Place]) -> ConfigError:
    """`error` at the place of the path that its message begins with, or of the nearest part of it."""
    path = error.message.split(" ", 1)[0].rstrip(":")
    while path and path not in places:
        path = path.rpartition(".")[0]
    if not error.line and path:
        place = places[path]
        error.file, error.line, error.column = place.file, place.line, place.column
    return error
