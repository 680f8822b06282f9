"""The vault: what is sealed opens for its own name, provider and origin, under its master key, and nowhere else."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from pontage.config import Secret
from pontage.errors import ConfigError, NotFoundError, PermissionDeniedError
from pontage.ledger.changes import SaveSecret
from pontage.ledger.sqlite import SQLiteStore
from pontage.security.master import MasterKeys, new_master, read_master, write_master
from pontage.security.vault import Vault, origin_of
from tests.ledger.test_sqlite import play

CANARY = "sk-canary-7f3a9c0d5e1b2846"
URL = "https://api.acme.example/v1"


ONE = MasterKeys({1: b"m" * 32})
TWO = MasterKeys({1: b"m" * 32, 2: b"n" * 32})


def with_vault(path: Path, scene: Callable[[Vault, SQLiteStore], Awaitable[None]], master: MasterKeys = ONE) -> None:
    async def run(store: SQLiteStore) -> None:
        vault = Vault(store, master)
        await vault.load()
        await scene(vault, store)

    play(path / "ledger.db", run)


async def put(vault: Vault) -> None:
    await vault.put("acme", Secret(CANARY), "acme", URL, "cli", 1)


def test_what_is_sealed_opens_where_it_belongs(tmp_path: Path) -> None:
    async def scene(vault: Vault, store: SQLiteStore) -> None:
        await put(vault)
        assert vault.get("acme", "acme", "https://API.acme.example:443/other").reveal() == CANARY
        again = Vault(store, ONE)
        await again.load()
        assert again.get("acme", "acme", URL).reveal() == CANARY
        assert list(again.entries) == ["acme"]
        assert [row.action for row in await store.audit()] == ["secret.set"]
        await vault.remove("acme", "cli", 2)
        for missing in ("acme", "other"):
            with pytest.raises(NotFoundError):
                vault.get(missing, "acme", URL)
        with pytest.raises(NotFoundError):
            await vault.remove("acme", "cli", 3)

    with_vault(tmp_path, scene)


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("acme", "https://api.evil.example/v1"),
        ("acme", "http://api.acme.example/v1"),
        ("acme", "https://api.acme.example:8443/v1"),
        ("other", URL),
    ],
)
def test_another_provider_or_address_asks_for_the_key_again(provider: str, url: str, tmp_path: Path) -> None:
    async def scene(vault: Vault, _: SQLiteStore) -> None:
        await put(vault)
        with pytest.raises(PermissionDeniedError, match="is sealed for acme at https://api"):
            vault.get("acme", provider, url)

    with_vault(tmp_path, scene)


@pytest.mark.parametrize(
    "change",
    [{"origin": "https://api.evil.example:443"}, {"provider": "evil"}, {"version": 1}, {"ciphertext": b"0" * 40}],
)
def test_a_row_that_was_edited_does_not_open(change: dict, tmp_path: Path) -> None:
    async def scene(vault: Vault, store: SQLiteStore) -> None:
        await put(vault)
        edited = msgspec.structs.replace(vault.entries["acme"], **change)
        await store.apply(SaveSecret("acme", msgspec.json.encode(edited).decode()))
        with pytest.raises(ConfigError, match="does not open"):
            await vault.load()

    with_vault(tmp_path, scene, TWO)


def test_a_row_under_another_name_does_not_open(tmp_path: Path) -> None:
    async def scene(vault: Vault, store: SQLiteStore) -> None:
        await put(vault)
        await store.apply(SaveSecret("copied", msgspec.json.encode(vault.entries["acme"]).decode()))
        with pytest.raises(ConfigError, match="the secret copied does not open"):
            await vault.load()

    with_vault(tmp_path, scene)


def test_a_wrong_master_key_stops_the_start(tmp_path: Path) -> None:
    async def scene(vault: Vault, store: SQLiteStore) -> None:
        await put(vault)
        with pytest.raises(ConfigError, match="master key is another one"):
            await Vault(store, MasterKeys({1: b"w" * 32})).load()
        with pytest.raises(ConfigError, match="version 1 is missing"):
            await Vault(store, MasterKeys({2: b"m" * 32})).load()

    with_vault(tmp_path, scene)


def test_the_master_key_is_changed_while_everything_goes_on(tmp_path: Path) -> None:
    async def scene(vault: Vault, store: SQLiteStore) -> None:
        await put(vault)
        pepper = await vault.pepper(1)
        both = ONE.rotated()
        newer = Vault(store, both)
        await newer.load()
        assert await newer.rewrap("cli", 5) == 2
        assert await newer.rewrap("cli", 6) == 0
        only_new = Vault(store, MasterKeys({2: both.key(2)}))
        await only_new.load()
        assert only_new.get("acme", "acme", URL).reveal() == CANARY
        assert await only_new.pepper(7) == pepper

    with_vault(tmp_path, scene)


def test_the_pepper_is_made_once_and_is_nobodys_secret(tmp_path: Path) -> None:
    async def scene(vault: Vault, _: SQLiteStore) -> None:
        pepper = await vault.pepper(1)
        assert len(pepper) == 32
        assert await vault.pepper(2) == pepper
        assert vault.entries == {}

    with_vault(tmp_path, scene)


def finds(folder: Path) -> list[str]:
    """Files of `folder` that hold any ten bytes of the canary."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"ledger.db", "ledger.db-wal", "copy.db"} <= set(files)
    windows = {CANARY.encode()[place : place + 10] for place in range(len(CANARY) - 9)}
    return [name for name, content in files.items() for window in windows if window in content]


def test_no_secret_is_kept_in_the_open(tmp_path: Path, figures) -> None:
    async def scene(vault: Vault, store: SQLiteStore) -> None:
        await put(vault)
        await store.backup(tmp_path / "copy.db")
        found = finds(tmp_path)
        figures("finds of a sealed provider key in ledger, log and copy", len(found))
        assert found == []

    with_vault(tmp_path, scene)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example", "https://a.example:443"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
        ("http://[::1]/", "http://[::1]:80"),
    ],
)
def test_the_origin_of_an_address(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["ftp://a.example", "a.example", "https://"])
def test_what_has_no_origin(url: str) -> None:
    with pytest.raises(ConfigError):
        origin_of(url)


def test_master_keys_are_kept_in_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.key"
    assert read_master(None, path) is None
    keys = new_master().rotated()
    write_master(keys, path)
    read = read_master(None, path)
    assert read is not None
    assert (read.versions, read.newest, read.key(2)) == ((1, 2), 2, keys.key(2))
    assert repr(read) == "MasterKeys(versions 1, 2)"
    assert os.stat(path).st_mode & 0o777 == 0o600
    told = read_master(Secret(path.read_text().replace("\n", ",")), tmp_path / "none")
    assert told is not None
    assert told.key(1) == keys.key(1)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read"):
        read_master(None, path)


LONG = "A" * 43 + "="


@pytest.mark.parametrize(
    "text", ["", "secret", "1:c2hvcnQ=", f"x:{LONG}", f"0:{LONG}", f"1:{LONG} 1:{LONG}", "1:**", "1"]
)
def test_what_is_no_master_key(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_master(Secret(text), tmp_path)
    assert "A" * 10 not in str(refusal.value)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_master(None, folder)
