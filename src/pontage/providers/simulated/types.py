"""What a simulated model's name says: `flaky?rate=0.3`. Floor 4; pure."""

from __future__ import annotations

from urllib.parse import parse_qsl

from msgspec import Struct

from pontage.errors import InvalidRequestError, ModelNotFoundError
from pontage.providers.simulated.config import MODELS


class Scenario(Struct, frozen=True):
    """One of `MODELS` and the settings behind its `?`."""

    name: str
    settings: dict[str, str]

    @classmethod
    def of(cls, model: str) -> Scenario:
        """The scenario that `model` names. Raises ModelNotFoundError."""
        name, _, query = model.partition("?")
        if name not in MODELS:
            raise ModelNotFoundError(
                f"there is no simulated model {name!r}", param="model", hint=f"there are: {', '.join(MODELS)}"
            )
        return cls(name, dict(parse_qsl(query)))

    def number(self, setting: str, default: float, most: float) -> float:
        """A setting as a number between 0 and `most`. Raises InvalidRequestError when it is none."""
        try:
            value = float(self.settings.get(setting, default))
        except ValueError:
            value = -1.0
        if not 0 <= value <= most:
            raise InvalidRequestError(f"{setting} of {self.name} must be between 0 and {most:g}", param="model")
        return value
