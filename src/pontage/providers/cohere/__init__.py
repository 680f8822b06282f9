"""Cohere. Floor 4."""

from pontage.providers.cohere.client import FACTORY

__all__ = ["FACTORY"]
