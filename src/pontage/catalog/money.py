"""Money in whole numbers: prices in pico-USD (10⁻¹²) a unit, amounts in nano-USD (10⁻⁹). Floor 1; a value."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

PICO_IN_NANO: Final = 1_000
PICO_IN_USD: Final = 1_000_000_000_000
UNITS_IN_PRICE: Final = 1_000_000
"""Prices are told to people in USD per million units."""


class Money(Struct, frozen=True, order=True):
    """An amount in nano-USD. It compares and adds exactly; as text it is plain USD ("0.000125")."""

    nano: int = 0

    @classmethod
    def of_pico(cls, pico: int) -> Money:
        """So many pico-USD, rounded to the nearest nano-USD, halves up. An amount is rounded here and only here."""
        return cls((pico + PICO_IN_NANO // 2) // PICO_IN_NANO)

    @property
    def usd(self) -> Decimal:
        """The amount in USD, exactly."""
        return Decimal(self.nano).scaleb(-9)

    def __add__(self, other: Money) -> Money:
        return Money(self.nano + other.nano)

    def __str__(self) -> str:
        text = f"{self.usd:.9f}".rstrip("0")
        return f"{text}0" if text.endswith(".") else text


def pico_of(usd_per_million: float | str | Decimal) -> int:
    """A price in USD per million units as pico-USD a unit. Floats count as they are written: 0.1 is a tenth."""
    return round(Decimal(str(usd_per_million)) * PICO_IN_USD / UNITS_IN_PRICE)


def usd_per_million(pico: int) -> Decimal:
    """A price in pico-USD a unit as people say it: USD per million units."""
    return Decimal(pico).scaleb(-6).normalize() + 0
