"""OpenAI. Floor 4."""

from pontage.providers.openai.client import FACTORY

__all__ = ["FACTORY"]
