"""Virtual keys: who is calling, and the making, changing and ending of keys. Floor 6.

`KeyRing` answers the first on every request, from memory: a key is checked by its checksum, then looked up by its
digest, and neither it nor anything of it reaches a statement. `Keys` does the rest; what it changes and the row that
tells of it are written together, and the ring knows at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from pontage.config import Secret
from pontage.config.spending import BudgetRule, LimitRule
from pontage.errors import AuthenticationError, ConflictError, NotFoundError
from pontage.ledger.changes import Audit, SaveKey, TouchKey
from pontage.ledger.store import KeyRow, Store
from pontage.security.rights import Rights, attenuated, check
from pontage.security.tokens import digest, is_token, new_id, new_token

TOUCH_SECONDS: Final = 60
"""How exactly it is remembered when a key was used last."""
_MICRO: Final = 1_000_000


class Earlier(Struct, frozen=True):
    """A token that was replaced and is still good for a while. `digest` in hexadecimal, `until` in microseconds."""

    digest: str
    until: int


class Key(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A virtual key, without the key itself. `parent`: the key that minted it. Times in microseconds."""

    id: str
    name: str
    created: int
    rights: Rights = Rights()
    parent: str | None = None
    revoked: int | None = None
    earlier: tuple[Earlier, ...] = ()


class Caller(Struct, frozen=True, kw_only=True):
    """Who is calling: a key and the line of those above it, itself first. What holds for the line holds for the key."""

    key: Key
    line: tuple[Key, ...]
    ids: tuple[str, ...]
    budgets: tuple[BudgetRule, ...]
    limits: tuple[LimitRule, ...]

    @classmethod
    def of(cls, line: tuple[Key, ...]) -> Caller:
        """The caller at the head of `line`."""
        replace = msgspec.structs.replace
        return cls(
            key=line[0],
            line=line,
            ids=tuple(key.id for key in line),
            budgets=tuple(
                replace(rule, key=key.id, name=rule.name or f"{number} of key {key.id}")
                for key in line
                for number, rule in enumerate(key.rights.budgets, 1)
            ),
            limits=tuple(replace(rule, key=key.id) for key in line for rule in key.rights.limits),
        )


class Who(Struct, frozen=True, kw_only=True):
    """Who changes something and when (microseconds): a key, or, with `by` None, the person at the machine, who may do
    all. `name` is what the trail calls them."""

    name: str
    now: int
    by: Caller | None = None


class KeyRing:
    """The keys there are, in memory. `pepper` is the server's."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._callers: dict[bytes, tuple[Caller, int | None]] = {}
        self._touched: dict[str, int] = {}
        self.keys: Mapping[str, Key] = {}

    def fill(self, rows: list[KeyRow]) -> None:
        """Take the keys as they are stored now."""
        self.keys = {row.id: msgspec.json.decode(row.record, type=Key) for row in rows}
        callers: dict[bytes, tuple[Caller, int | None]] = {}
        for row in rows:
            caller = Caller.of(self._line(row.id))
            callers |= {bytes.fromhex(each.digest): (caller, each.until) for each in caller.key.earlier}
            callers[row.digest] = (caller, None)
        self._callers = callers

    def find(self, token: str, now: int) -> Caller:
        """Who presents `token` at `now` (microseconds). Raises AuthenticationError, which does not say why: a stranger
        learns nothing of the keys there are."""
        found = self._callers.get(digest(token, self._pepper)) if is_token(token) else None
        if found is not None:
            caller, until = found
            if (until is None or now < until) and all(_is_good(key, now) for key in caller.line):
                return caller
        raise AuthenticationError("that key is not valid", hint="see `pontage keys list`")

    def touched(self, caller: Caller, now: int) -> TouchKey | None:
        """What to write down of this use of a key; nothing where that was done a moment ago."""
        number = caller.key.id
        if now - self._touched.get(number, 0) < TOUCH_SECONDS * _MICRO:
            return None
        self._touched[number] = now
        return TouchKey(number, now)

    def _line(self, number: str) -> tuple[Key, ...]:
        line: list[Key] = []
        above: str | None = number
        while above is not None and above in self.keys and len(line) <= len(self.keys):
            line.append(self.keys[above])
            above = line[-1].parent
        return tuple(line)


class Keys:
    """Makes, changes and ends keys."""

    def __init__(self, store: Store, pepper: bytes) -> None:
        self._store = store
        self._pepper = pepper
        self.ring = KeyRing(pepper)

    async def load(self) -> None:
        """Take the keys as they are stored now."""
        self.ring.fill(await self._store.keys())

    async def create(self, name: str, rights: Rights, who: Who) -> tuple[Key, Secret]:
        """A new key, and the token, which is never shown again. Raises PermissionDeniedError when its rights go beyond
        those of `who`, InvalidRequestError when they make no sense."""
        number = new_id()
        token = new_token(number)
        key = Key(id=number, name=name, created=who.now, rights=rights, parent=who.by and who.by.key.id)
        await self._save(key, digest(token.reveal(), self._pepper), "key.create", who)
        return key, token

    async def edit(self, number: str, rights: Rights, who: Who) -> Key:
        """Give a key other rights. Raises as `create`, and NotFoundError."""
        key, known = await self._known(number)
        key = msgspec.structs.replace(key, rights=rights)
        await self._save(key, known, "key.edit", who)
        return key

    async def rotate(self, number: str, grace: float, who: Who) -> tuple[Key, Secret]:
        """A new token for a key; the one before it stays good for `grace` seconds. Raises as `edit`, and ConflictError
        for one that is revoked."""
        key, known = await self._known(number)
        if key.revoked is not None:
            raise ConflictError(f"the key {number} is revoked", hint="create a new one")
        token = new_token(number)
        still_good = [each for each in key.earlier if each.until > who.now]
        if grace > 0:
            still_good.append(Earlier(known.hex(), who.now + round(grace * _MICRO)))
        key = msgspec.structs.replace(key, earlier=tuple(still_good))
        await self._save(key, digest(token.reveal(), self._pepper), "key.rotate", who)
        return key, token

    async def revoke(self, number: str, who: Who) -> Key:
        """End a key, and with it those it minted; at once in this process. Raises NotFoundError."""
        key, known = await self._known(number)
        key = msgspec.structs.replace(key, revoked=key.revoked or who.now, earlier=())
        await self._save(key, known, "key.revoke", who)
        return key

    async def _known(self, number: str) -> tuple[Key, bytes]:
        row = next((row for row in await self._store.keys() if row.id == number), None)
        if row is None:
            raise NotFoundError(f"there is no key {number}", hint="see `pontage keys list`")
        return msgspec.json.decode(row.record, type=Key), row.digest

    async def _save(self, key: Key, known: bytes, action: str, who: Who) -> None:
        record = msgspec.json.encode(key)
        # Judged as it will be read back, not as somebody meant it.
        stored = check(msgspec.json.decode(record, type=Key).rights)
        if who.by is not None and key.revoked is None:
            for above in who.by.line:
                attenuated(stored, above.rights)
        told = {"name": key.name, "rights": msgspec.to_builtins(key.rights)}
        await self._store.apply(
            SaveKey(key.id, known, record.decode()),
            Audit(at=who.now, actor=who.name, action=action, subject=key.id, detail=told),
        )
        await self.load()


def _is_good(key: Key, now: int) -> bool:
    return key.revoked is None and (key.rights.expires is None or now < key.rights.expires)
