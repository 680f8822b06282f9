"""Vertex AI. Floor 4."""

from pontage.providers.vertex.client import FACTORY

__all__ = ["FACTORY"]
