"""The pool of a provider's keys: whose turn it is, and which of them rest. Floor 6; no clock of its own.

A key rests for one model until the time that a 429 told. A key without money or quota is parked, one that was refused
(401, 403) is invalid: both for all models, and once an hour one request may find out whether that has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, Literal

from pontage.config import Secret

AGAIN: Final = 3600.0
"""Seconds after which a parked or invalid key is tried again; also the longest rest."""
REST: Final = 1.0
"""Seconds that a key rests after a 429 that told no time."""
MOST_RESTS: Final = 256
"""Models a key remembers its rests for; a caller can make up names without end."""

Trouble = Literal["parked", "invalid"]


class PooledKey:
    """One key and how it fares. `label` (`key-1`) names it without telling it; `secret` None: the provider needs none.
    `fingerprint`: the same for the same key wherever it stands, and nothing of the key can be read from it.

    `trouble` with `until`: when it will be tried again, in seconds on the pool's clock.
    """

    __slots__ = ("_rests", "fingerprint", "label", "secret", "trouble", "until")

    def __init__(self, label: str, secret: Secret | None) -> None:
        self.label = label
        self.secret = secret
        self.fingerprint = fingerprint(secret)
        self.trouble: Trouble | None = None
        self.until = 0.0
        self._rests: dict[str, tuple[float, bool]] = {}  # until when, and whether that was told

    def free_at(self, model: str, now: float, *, forgiving: bool = False) -> float:
        """When it may be used for `model`: `now`, or the end of its rest or trouble. `forgiving`: by what its provider
        told, and not by what is only guessed."""
        end, told = self._rests.get(model, (now, True))
        rest = end if told or not forgiving else now
        return max(now, rest, now if self.trouble is None or forgiving else self.until)

    def rest(self, model: str, now: float, seconds: float | None) -> None:
        """Leave it alone for `model`: so many seconds (None: nobody told how many), an hour at most. A longer rest is
        not cut short."""
        if len(self._rests) >= MOST_RESTS:
            self._rests = {name: rest for name, rest in self._rests.items() if rest[0] > now}
        if len(self._rests) < MOST_RESTS:
            end = now + (REST if seconds is None else min(seconds, AGAIN))
            self._rests[model] = max(self._rests.get(model, (0.0, False)), (end, seconds is not None))

    def set_aside(self, trouble: Trouble, now: float) -> None:
        """It has no money or quota (`parked`), or was refused (`invalid`). Where there is no key, there is none to
        blame."""
        if self.secret is not None:
            self.trouble = trouble
            self.until = now + AGAIN

    def revive(self, model: str) -> None:
        """It worked for `model`: whatever was held against it is over."""
        self.trouble = None
        self._rests.pop(model, None)


class KeyPool:
    """The keys of one provider, used in turn."""

    __slots__ = ("_turn", "keys")

    def __init__(self, secrets: Sequence[Secret | None]) -> None:
        """`secrets`: at least one; None for a provider that needs no key."""
        self.keys = tuple(PooledKey(f"key-{number}", secret) for number, secret in enumerate(secrets, 1))
        self._turn = 0

    def take(
        self, model: str, now: float, *, without: Sequence[PooledKey] = (), forgiving: bool = False, first: str = ""
    ) -> PooledKey | None:
        """The next key that may be used for `model` now and is not among `without` (those this request has tried).

        None when there is none. Of a key in trouble whose hour is over, this one use is the trial: the next comes an
        hour later, unless it works. `forgiving`: there is nobody else to ask, so that only a told rest counts. `first`:
        the label of the key that is taken out of turn, if it can be.
        """
        in_turn = (*self.keys[self._turn :], *self.keys[: self._turn])
        for key in sorted(in_turn, key=lambda one: one.label != first) if first else in_turn:
            if key not in without and self._is_free(key, model, now, forgiving):
                if key.label != first:
                    self._turn = (self.keys.index(key) + 1) % len(self.keys)
                if key.trouble is not None:
                    key.until = now + AGAIN
                return key
        return None

    def wait(self, model: str, now: float) -> float:
        """Seconds until a key may be used for `model`; 0 when one may be now."""
        return min(key.free_at(model, now) for key in self.keys) - now

    def must_rest(self, model: str, now: float) -> bool:
        """Whether even a forgiving `take` finds no key: the provider told all that work to rest."""
        return not any(self._is_free(key, model, now, forgiving=True) for key in self.keys)

    def _is_free(self, key: PooledKey, model: str, now: float, forgiving: bool) -> bool:
        """Trouble is forgiven only where no key is without: better a rest than a key that was refused."""
        forgiven = forgiving and (key.trouble is None or all(one.trouble is not None for one in self.keys))
        return key.free_at(model, now, forgiving=forgiven) <= now


def fingerprint(secret: Secret | None) -> str:
    """Eight hexadecimal digits by which a key is known again; empty where there is none."""
    return blake2b(secret.reveal().encode(), digest_size=4, person=b"pontage").hexdigest() if secret is not None else ""
