"""What the settings may say but probably do not mean. Floor 1; looks at the file's permissions, nothing else."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping

from pontage.config.environment import unknown_variables
from pontage.config.load import Loaded
from pontage.config.nodes import Place, problem
from pontage.config.read import join
from pontage.errors import ConfigError

_PLACEHOLDER = re.compile(
    r"(sk-)?(your|my|the)[-_ ].*|change[-_ ]?me.*|<.*>|(sk-)?(x{3,}|\.{3}|\*{3,})|.*\.{3}|todo|none|null",
    re.IGNORECASE,
)
_ABSENT = Place()


def advise(loaded: Loaded, environ: Mapping[str, str]) -> list[ConfigError]:
    """Warnings about `loaded` and the environment it was read with; empty when there is nothing to say."""
    return [*unknown_variables(environ), *_credentials(loaded), *_without_effect(loaded)]


def _credentials(loaded: Loaded) -> Iterator[ConfigError]:
    exposed = loaded.file is not None and _others_may_read(loaded.file)
    for found in loaded.secrets:
        value = found.secret.reveal()
        if not value:
            yield problem(f"{found.path}: the variable is empty, so there is no credential", found.place)
        elif _PLACEHOLDER.fullmatch(value):
            yield problem(f"{found.path} looks like a placeholder, not a credential", found.place)
        elif found.literal and exposed and not value.startswith("secret://"):
            hint = f"use ${{VARIABLE}}, or chmod 600 {loaded.file}"
            yield problem(f"{found.path} is written in a file that others may read", found.place, hint)


def _others_may_read(file: str) -> bool:
    if os.name == "nt":  # permissions are not in the mode there
        return False
    try:
        return bool(os.stat(file).st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _without_effect(loaded: Loaded) -> Iterator[ConfigError]:
    config, places = loaded.config, loaded.places
    for name, virtual in config.models.items():
        path = join("models", name)
        seen: set[str] = set()
        for index, target in enumerate(virtual.targets):
            place = places.get(f"{path}.targets.{index}.model", _ABSENT)
            if target.model in seen and target.api_key is None and not target.params and target.when is None:
                yield problem(f"{path} names this target twice", place)
            seen.add(target.model)
            if virtual.strategy != "weighted" and target.weight != 1:
                weighted = places.get(f"{path}.targets.{index}.weight", place)
                yield problem(f"{path}: a weight has no effect with the strategy {virtual.strategy}", weighted)
        if virtual.allow_simulated and config.environment == "production":
            place = places.get(f"{path}.allow_simulated", _ABSENT)
            yield problem(f"{path}.allow_simulated has no effect in production", place)
