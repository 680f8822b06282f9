"""Anthropic. Floor 4."""

from pontage.providers.anthropic.client import FACTORY

__all__ = ["FACTORY"]
