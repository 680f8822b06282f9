"""Mistral. Floor 4."""

from pontage.providers.mistral.client import FACTORY

__all__ = ["FACTORY"]
