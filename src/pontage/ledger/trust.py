"""Virtual keys, sealed secrets and the trail of who changed them, in SQL. Floor 6.

The trail is a chain: a row's hash covers its content and the hash before it, so a row cannot be changed, taken out or
put in without every later hash being wrong. What it cannot tell by itself is that its end was cut off: keep the last
hash elsewhere (`pontage audit verify` prints it).
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from pontage.ledger.changes import Audit, RemoveSecret, SaveKey, SaveSecret, TouchKey
from pontage.ledger.connection import Connection
from pontage.ledger.store import AuditRow

START: Final = bytes(32)
"""What the first row's hash covers in place of one before it."""


def save_key(connection: Connection, change: SaveKey) -> int:
    """Write a virtual key."""
    connection.execute(
        "INSERT INTO key (id, digest, record) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (id) DO UPDATE SET digest = ?2, record = ?3",
        (change.id, change.digest, change.record),
    )
    return 1


def touch_key(connection: Connection, change: TouchKey) -> int:
    """Remember when a key was used last."""
    connection.execute("UPDATE key SET used = max(coalesce(used, 0), ?) WHERE id = ?", (change.at, change.id))
    return connection.changes()


def save_secret(connection: Connection, change: SaveSecret) -> int:
    """Write a sealed secret."""
    connection.execute(
        "INSERT INTO secret (name, record) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET record = ?2",
        (change.name, change.record),
    )
    return 1


def remove_secret(connection: Connection, change: RemoveSecret) -> int:
    """Forget a sealed secret."""
    connection.execute("DELETE FROM secret WHERE name = ?", (change.name,))
    return connection.changes()


def audit(connection: Connection, change: Audit) -> int:
    """Add a row to the trail."""
    last = connection.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, before = (0, START) if last is None else last
    detail = msgspec.json.encode(change.detail, order="deterministic").decode()
    row = AuditRow(number + 1, change.at, change.actor, change.action, change.subject, detail, b"")
    connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", (*_content(row), chained(before, row)))
    return 1


def chained(before: bytes, row: AuditRow) -> bytes:
    """The hash of a row whose predecessor's is `before`."""
    return hashlib.sha256(before + msgspec.json.encode(_content(row))).digest()


def _content(row: AuditRow) -> tuple[int, int, str, str, str, str]:
    return row.number, row.at, row.actor, row.action, row.subject, row.detail
