"""Any server that speaks one of our formats. Floor 4."""

from pontage.providers.compatible.client import FACTORY

__all__ = ["FACTORY"]
