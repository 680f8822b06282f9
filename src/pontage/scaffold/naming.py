"""What a new provider is called, in all the places that name it. Floor 8; pure."""

from __future__ import annotations

import keyword
import re

from msgspec import Struct

LONGEST = 30
"""Characters of a name: what is made of it still fits on its lines."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Naming(Struct, frozen=True, kw_only=True):
    """The names of one provider. `inside`: it is a folder of this house, and not a package of its own."""

    type: str
    inside: bool

    @property
    def module(self) -> str:
        """What is imported."""
        return f"pontage.providers.{self.type}" if self.inside else f"pontage_{self.type}"

    @property
    def title(self) -> str:
        """What people read."""
        return self.type.replace("_", " ").title()

    @property
    def class_name(self) -> str:
        """The beginning of its classes' names."""
        return self.title.replace(" ", "")

    @property
    def variable(self) -> str:
        """The beginning of its variables' names."""
        return self.type.upper()

    @property
    def model(self) -> str:
        """A model that it could have."""
        return f"{self.type}-large"


def is_name(text: str) -> bool:
    """Whether a provider, its module and its variables can be called so."""
    return len(text) <= LONGEST and bool(_NAME.fullmatch(text)) and not keyword.iskeyword(text)
