"""What a virtual key looks like: `ptg_vk_` and then id, secret and checksum in one run of letters and digits. Floor 6.

The checksum tells a mistyped key, or one that a scanner found in a text, from a real one before anything is looked up.
What is kept of a key is its digest under the server's pepper: whoever reads the ledger can neither use a key nor guess
one, even where its secret were weak.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
from typing import Final
from zlib import crc32

from pontage.config import Secret

PREFIX: Final = "ptg_vk_"
ID_LENGTH: Final = 10
_SECRET_LENGTH: Final = 32  # of 62 characters: 190 bits
_CHECK_LENGTH: Final = 6
_LETTERS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{ID_LENGTH + _SECRET_LENGTH + _CHECK_LENGTH}}}", re.ASCII)


def new_id() -> str:
    """A new key's id, which may be told."""
    return _random(ID_LENGTH)


def new_token(number: str) -> Secret:
    """A new key for the id `number`; it is shown once."""
    body = number + _random(_SECRET_LENGTH)
    return Secret(PREFIX + body + _checksum(body))


def is_token(text: str) -> bool:
    """Whether `text` has the form of a virtual key, its checksum included. Says nothing of who made it."""
    if _FORM.fullmatch(text) is None:
        return False
    body, told = text[len(PREFIX) : -_CHECK_LENGTH], text[-_CHECK_LENGTH:]
    return hmac.compare_digest(_checksum(body), told)


def digest(text: str, pepper: bytes) -> bytes:
    """What is kept of a key, and what it is looked up by."""
    return hmac.digest(pepper, text.encode(), "sha256")


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _checksum(body: str) -> str:
    number, written = crc32((PREFIX + body).encode()), ""
    for _ in range(_CHECK_LENGTH):
        number, rest = divmod(number, len(_LETTERS))
        written = _LETTERS[rest] + written
    return written
