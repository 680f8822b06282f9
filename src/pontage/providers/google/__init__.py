"""Google Gemini, Developer API. Floor 4."""

from pontage.providers.google.client import FACTORY

__all__ = ["FACTORY"]
