"""Amazon Bedrock. Floor 4."""

from pontage.providers.bedrock.client import FACTORY

__all__ = ["FACTORY"]
