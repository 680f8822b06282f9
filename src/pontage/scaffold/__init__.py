"""A provider to begin with: its folder, its samples and its tests, written in an instant. Floor 8."""

from pontage.scaffold.naming import is_name
from pontage.scaffold.writing import Scaffolded, new_provider

__all__ = ["Scaffolded", "is_name", "new_provider"]
