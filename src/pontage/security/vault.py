"""Providers' keys, sealed. Floor 6.

Each has a data key of its own (AES-256-GCM), which is sealed in turn under the master key (AES-256-GCM again). Both
seals cover the row's name, the provider and the origin (`https://host:port`): a row that is copied under another name,
or whose address is changed, does not open. So a key goes where it was entered for and nowhere else.
"""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from pontage.config import Secret
from pontage.errors import ConfigError, NotFoundError, PermissionDeniedError
from pontage.ledger.changes import Audit, RemoveSecret, SaveSecret
from pontage.ledger.store import Store
from pontage.security.master import LENGTH, MasterKeys

_NONCE: Final = 12
_PEPPER: Final = "pontage.pepper"
_PORTS: Final = {"https": 443, "http": 80}


class Sealed(Struct, frozen=True, kw_only=True):
    """A secret as it is stored. `version` is the master key's; every ciphertext begins with its nonce."""

    provider: str
    origin: str
    version: int
    wrapped: bytes
    ciphertext: bytes


class Vault:
    """Seals and opens what is in a store."""

    def __init__(self, store: Store, master: MasterKeys) -> None:
        self._store = store
        self._master = master
        self._sealed: dict[str, Sealed] = {}

    async def load(self) -> None:
        """Read what is stored, and make sure that the master key fits all of it. Raises ConfigError when not."""
        stored = await self._store.secrets()
        self._sealed = {name: msgspec.json.decode(record, type=Sealed) for name, record in stored.items()}
        for name, sealed in self._sealed.items():
            _opened(name, sealed, self._master)

    @property
    def entries(self) -> dict[str, Sealed]:
        """What is sealed, by name, the vault's own left out."""
        return {name: sealed for name, sealed in self._sealed.items() if name != _PEPPER}

    async def put(self, name: str, value: Secret, provider: str, url: str, actor: str, now: int) -> None:
        """Seal a provider's key for the origin of `url`."""
        sealed = _seal(name, value.reveal().encode(), (provider, origin_of(url)), self._master)
        told = {"provider": provider, "origin": sealed.origin}
        await self._save({name: sealed}, Audit(at=now, actor=actor, action="secret.set", subject=name, detail=told))

    def get(self, name: str, provider: str, url: str) -> Secret:
        """Open a provider's key for the origin of `url`. Raises NotFoundError, and PermissionDeniedError when it was
        sealed for another provider or origin."""
        sealed = self.entries.get(name)
        if sealed is None:
            raise NotFoundError(f"there is no secret {name} in the vault", hint=f"pontage secrets set {name}")
        if (sealed.provider, sealed.origin) != (provider, origin_of(url)):
            raise PermissionDeniedError(
                f"the secret {name} is sealed for {sealed.provider} at {sealed.origin}",
                hint=f"enter it again for the new address: pontage secrets set {name}",
            )
        return Secret(_opened(name, sealed, self._master).decode())

    async def remove(self, name: str, actor: str, now: int) -> None:
        """Forget a secret. Raises NotFoundError."""
        if name not in self.entries:
            raise NotFoundError(f"there is no secret {name} in the vault")
        await self._store.apply(RemoveSecret(name), Audit(at=now, actor=actor, action="secret.remove", subject=name))
        del self._sealed[name]

    async def rewrap(self, actor: str, now: int) -> int:
        """Seal all data keys under the newest master key, while everything goes on; how many those were."""
        master = self._master
        old = {name: sealed for name, sealed in self._sealed.items() if sealed.version != master.newest}
        anew = {name: _wrapped(name, each, _data_key(name, each, master), master) for name, each in old.items()}
        told = {"version": master.newest, "secrets": len(anew)}
        await self._save(anew, Audit(at=now, actor=actor, action="secret.rewrap", subject="*", detail=told))
        return len(anew)

    async def pepper(self, now: int) -> bytes:
        """The server's pepper for digests of keys, made when it is first asked for."""
        sealed = self._sealed.get(_PEPPER)
        if sealed is not None:
            return _opened(_PEPPER, sealed, self._master)
        made = secrets.token_bytes(LENGTH)
        audit = Audit(at=now, actor="pontage", action="secret.set", subject=_PEPPER)
        await self._save({_PEPPER: _seal(_PEPPER, made, ("", ""), self._master)}, audit)
        return made

    async def _save(self, sealed: dict[str, Sealed], audit: Audit) -> None:
        changes = [SaveSecret(name, msgspec.json.encode(each).decode()) for name, each in sealed.items()]
        await self._store.apply(*changes, audit)
        self._sealed |= sealed


def origin_of(url: str) -> str:
    """`scheme://host:port` of a URL, the port always told. Raises ConfigError for what has no host."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in _PORTS:
        raise ConfigError("a secret is sealed for an address that begins with http:// or https://")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or _PORTS[parts.scheme]}"


def _seal(name: str, value: bytes, bound: tuple[str, str], master: MasterKeys) -> Sealed:
    provider, origin = bound
    data_key = AESGCM.generate_key(256)
    empty = Sealed(provider=provider, origin=origin, version=0, wrapped=b"", ciphertext=b"")
    ciphertext = _encrypted(data_key, value, _about(name, empty))
    return _wrapped(name, msgspec.structs.replace(empty, ciphertext=ciphertext), data_key, master)


def _wrapped(name: str, sealed: Sealed, data_key: bytes, master: MasterKeys) -> Sealed:
    version = master.newest
    wrapped = _encrypted(master.key(version), data_key, _about(name, sealed, version))
    return msgspec.structs.replace(sealed, version=version, wrapped=wrapped)


def _opened(name: str, sealed: Sealed, master: MasterKeys) -> bytes:
    return _decrypted(_data_key(name, sealed, master), sealed.ciphertext, _about(name, sealed), name)


def _data_key(name: str, sealed: Sealed, master: MasterKeys) -> bytes:
    return _decrypted(master.key(sealed.version), sealed.wrapped, _about(name, sealed, sealed.version), name)


def _about(name: str, sealed: Sealed, version: int | None = None) -> bytes:
    """What a seal covers besides the secret: it opens only with the very same."""
    return msgspec.json.encode([name, sealed.provider, sealed.origin, version])


def _encrypted(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _decrypted(key: bytes, text: bytes, about: bytes, name: str) -> bytes:
    try:
        return AESGCM(key).decrypt(text[:_NONCE], text[_NONCE:], about)
    except (InvalidTag, ValueError):
        raise ConfigError(
            f"the secret {name} does not open: the master key is another one, or the row was changed"
        ) from None
