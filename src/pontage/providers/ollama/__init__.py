"""Ollama, by its own API. Floor 4."""

from pontage.providers.ollama.client import FACTORY

__all__ = ["FACTORY"]
