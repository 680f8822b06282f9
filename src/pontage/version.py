"""Floor 1. The version, in one place: the package's metadata, the command and the HTTP headers read it here."""

from typing import Final

__version__: Final = "0.1.0"
"""The version of this package, as PEP 440 writes versions."""
