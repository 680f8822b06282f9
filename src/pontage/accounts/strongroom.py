"""Where the books and the keys are, opened by a configuration. Floor 7."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pontage.assemble import data_folder
from pontage.config import Config
from pontage.errors import ConfigError, LedgerUnavailableError
from pontage.ledger.changes import Expire, Purge, Recover
from pontage.ledger.sqlite import SQLiteStore
from pontage.security.keys import Keys
from pontage.security.master import MasterKeys, new_master, read_master, write_master
from pontage.security.vault import Vault

log = logging.getLogger("pontage.books")

LOOK_SECONDS: Final = 0.5
"""How soon it is noticed what another process has changed: a revoked key is refused within a second."""
TEND_SECONDS: Final = 600.0
HOLD_SECONDS: Final = 86_400.0
"""A hold that is open for so long is nobody's: the longest request takes far less."""
_MICRO: Final = 1_000_000


class StrongRoom:
    """The store, the vault and the keys. Made by `open_room`."""

    def __init__(self, store: SQLiteStore, vault: Vault, keys: Keys) -> None:
        self.store = store
        self.vault = vault
        self.keys = keys

    async def tend(self, retention_days: int | None) -> None:
        """Go on for as long as the gateway does: take what others change, delete what is too old, close what nobody
        closed."""
        revision, due = await self.store.revision(), 0.0
        while True:
            try:
                if time.monotonic() >= due:
                    due = time.monotonic() + TEND_SECONDS
                    await self._tidy(retention_days)
                seen = await self.store.revision()
                if seen != revision:
                    await self.keys.load()
                    revision = seen
            except LedgerUnavailableError as error:
                log.error("the ledger cannot be tended: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def aclose(self) -> None:
        """Write what is under way, and close."""
        await self.store.aclose()

    async def _tidy(self, retention_days: int | None) -> None:
        now = now_micros()
        expired = await self.store.apply(Expire(now - round(HOLD_SECONDS * _MICRO), now))
        if expired:
            log.warning("%d holds were never closed; they count in full", expired)
        if retention_days is not None:
            before = now - retention_days * 86_400 * _MICRO
            while await self.store.apply(Purge(before)):
                pass


async def open_room(config: Config, environ: Mapping[str, str], *, keeper: bool = False) -> StrongRoom:
    """The room of a configuration, made where it is not there. `keeper`: this process serves; what another one left
    open is settled now.

    Raises ConfigError when the ledger cannot be used, and when the master key does not fit what is sealed.
    """
    store = SQLiteStore(ledger_path(config, environ), config.ledger.durability, keeper=keeper)
    try:
        if keeper and (left := await store.apply(Recover(now_micros()))):
            log.warning("%d holds were open; they are settled as far as is known, and marked unreconciled", left)
        vault = Vault(store, await _master(store, config, environ))
        await vault.load()
        keys = Keys(store, await vault.pepper(now_micros()))
        await keys.load()
    except BaseException:
        await store.aclose()
        raise
    return StrongRoom(store, vault, keys)


async def _master(store: SQLiteStore, config: Config, environ: Mapping[str, str]) -> MasterKeys:
    path = master_path(config, environ)
    found = read_master(config.auth.master_key, path)
    if found is not None:
        return found
    if await store.secrets():
        raise ConfigError(f"the master key at {path} is not there, and the ledger holds what is sealed under it")
    made = new_master()
    write_master(made, path)
    return made


def ledger_path(config: Config, environ: Mapping[str, str]) -> Path:
    """Where the ledger is."""
    return Path(config.ledger.path) if config.ledger.path else data_folder(environ) / "ledger.db"


def master_path(config: Config, environ: Mapping[str, str]) -> Path:
    """Where the master keys are, unless a setting holds them."""
    told = config.auth.master_key_file
    return Path(told) if told else ledger_path(config, environ).with_name("master.key")


def has_keys(config: Config, environ: Mapping[str, str]) -> bool:
    """Whether any virtual key exists; makes no ledger where there is none. Raises as `open_room`."""
    if not config.ledger.enabled or not ledger_path(config, environ).is_file():
        return False

    async def look() -> bool:
        store = SQLiteStore(ledger_path(config, environ))
        try:
            return bool(await store.keys())
        finally:
            await store.aclose()

    return asyncio.run(look())


def now_micros() -> int:
    """Now, as the books write it."""
    return time.time_ns() // 1000
