"""The built-in provider that needs no key and makes its answers up, unmistakably. Floor 4."""

from pontage.providers.simulated.client import FACTORY

__all__ = ["FACTORY"]
