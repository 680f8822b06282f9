"""Azure OpenAI. Floor 4."""

from pontage.providers.azure.client import FACTORY

__all__ = ["FACTORY"]
