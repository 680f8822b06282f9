"""vLLM. Floor 4."""

from pontage.providers.vllm.client import FACTORY

__all__ = ["FACTORY"]
