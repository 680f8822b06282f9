"""How many tokens a conversation is. Floor 1; pure data."""

from __future__ import annotations

import msgspec

from pontage.domain.chat import Note, Stored
from pontage.domain.parts import JSONObject


class TokenCount(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """The tokens of a request as a prompt. `estimated`: nobody counted them, they are a guess by the text's length.

    `raw` is the provider's own record.
    """

    tokens: int
    estimated: bool = False
    cached: int | None = None
    notes: tuple[Note, ...] = ()
    provider: str | None = None
    raw: JSONObject = msgspec.field(default={})

    def __int__(self) -> int:
        return self.tokens
