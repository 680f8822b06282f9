"""The ledger's schema, step by step. Floor 6.

Each step is a numbered file in `sql/`; what was applied is remembered with its checksum, so that a step which was
edited afterwards, or a database of a newer version, is noticed before anything is written.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files

from pontage.errors import ConfigError
from pontage.ledger.connection import Connection

_MEMORY = "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT"


def steps() -> list[str]:
    """The SQL of every step, in their order."""
    folder = files("pontage.ledger").joinpath("sql")
    return [path.read_text("utf-8") for path in sorted(folder.iterdir(), key=lambda path: path.name)]


def checksum(step: str) -> str:
    """What a step is remembered by."""
    return hashlib.sha256(step.encode()).hexdigest()


def migrate(connection: Connection, wanted: list[str] | None = None) -> int:
    """Apply the steps (`wanted`, or all there are) that are missing, all or none; how many those were.

    Raises ConfigError when the database is not what earlier steps made.
    """
    wanted = steps() if wanted is None else wanted
    with connection:
        connection.execute(_MEMORY)
        known = [str(row[0]) for row in connection.execute("SELECT checksum FROM migration ORDER BY number")]
        if len(known) > len(wanted):
            raise ConfigError(f"the ledger is of a newer version: step {len(known)}", hint="use a newer pontage")
        for number, (was, step) in enumerate(zip(known, wanted, strict=False), 1):
            if was != checksum(step):
                raise ConfigError(f"step {number} of the ledger's schema is not the one that was applied to it")
        for number, step in enumerate(wanted[len(known) :], len(known) + 1):
            connection.execute(step)
            connection.execute("INSERT INTO migration VALUES (?, ?)", (number, checksum(step)))
    return len(wanted) - len(known)
