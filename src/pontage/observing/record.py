"""What is kept of one attempt at a provider. Floor 6; a value that is filled in while the attempt lasts."""

from __future__ import annotations

from msgspec import Struct

from pontage.catalog import Money
from pontage.domain.chat import TokenUsage

LEFT = "left"
"""The outcome of an attempt whose caller did not wait for its end."""


class AttemptRecord(Struct, kw_only=True):
    """One attempt. `key` is the label of the key in its pool, `fingerprint` tells keys apart without telling any.

    Times in seconds: `began` after the call's own beginning, the others after `began`. `first_byte`: until the head of
    an answer was in; `first_content`: until the first content of a stream. `outcome`: the provider's status, or what
    went wrong on the road; `code`: of our error. `estimated`: so is the usage, in part. None: not known, or not yet.
    """

    provider: str
    model: str
    key: str = ""
    fingerprint: str = ""
    began: float = 0.0
    elapsed: float | None = None
    first_byte: float | None = None
    first_content: float | None = None
    outcome: str = ""
    code: str | None = None
    usage: TokenUsage | None = None
    estimated: bool = False
    cost: Money | None = None

    @property
    def label(self) -> str:
        """The attempt in a word, as headers and errors tell it: `openai:429`."""
        return f"{self.provider}:{self.outcome or LEFT}"
