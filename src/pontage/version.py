"""Floor 1. The version, in one place: the package's metadata, the command and the HTTP headers read it here."""

__version__ = "0.1.0"
"""The version of this package, written as PEP 440 asks."""
