"""Values that must not be seen: a credential, and a mapping that may hold one. Floor 1; the standard library only.

A credential is opened by `Secret.reveal` and by nothing else: whatever prints, logs, formats, copies into JSON or
pickles one gets three stars.
"""

from __future__ import annotations

import hmac
from typing import Any

MASK = "***"
"""What is shown in place of a credential."""


class Secret:
    """A credential. Shown, formatted, serialised or pickled it is ``***``; `reveal` opens it, at the socket only."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @classmethod
    def of(cls, value: str | Secret) -> Secret:
        """`value` as a secret; one that is already a secret stays itself."""
        return value if isinstance(value, Secret) else cls(value)

    def reveal(self) -> str:
        """The credential itself. Call this where it is sent, never where it could be shown."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, specification: str) -> str:
        return format(MASK, specification)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # In constant time: how long a comparison takes must not tell how much of a guess was right.
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (MASK,)

    # A copy within the process is the same secret; without these it would go through __reduce__ and be lost.
    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memory: dict[int, Any]) -> Secret:
        return self


class Veiled(dict[str, Any]):
    """A mapping that may hold credentials (headers, options): what is printed of it is its keys."""

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, MASK))


def decode_hook(kind: type, value: Any) -> Any:
    """For `msgspec` as `dec_hook`: text becomes a `Secret`. Raises TypeError for anything that is not text, and
    NotImplementedError for any other kind."""
    if kind is not Secret:
        raise NotImplementedError(f"cannot make a {kind.__name__}")
    if not isinstance(value, str | Secret):
        raise TypeError("a secret must be text")
    return Secret.of(value)


def encode_hook(value: Any) -> str:
    """For `msgspec` as `enc_hook`, for `json` as `default`: a `Secret` becomes ``***``; else NotImplementedError."""
    if isinstance(value, Secret):
        return MASK
    raise NotImplementedError(f"cannot encode a {type(value).__name__}")
