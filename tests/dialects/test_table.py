"""The table of dialects: every folder is in it, under its own name."""

from pathlib import Path

import pytest

from pontage import dialects
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES

OPERATIONS = {"embeddings", "rerank"}
"""Folders of what is done beside chat; `dialects.operations` is their table."""


def test_every_folder_is_a_dialect_of_that_name_with_two_sides() -> None:
    folders = {path.parent.name for path in Path(dialects.__file__).parent.glob("*/__init__.py")} - OPERATIONS
    assert set(PROVIDER_SIDES) == set(CLIENT_SIDES) == folders
    for name in folders:
        assert PROVIDER_SIDES[name].name == CLIENT_SIDES[name].name == name


def test_the_table_is_constant() -> None:
    for table in (PROVIDER_SIDES, CLIENT_SIDES):
        with pytest.raises(TypeError):
            table["openai_chat"] = None  # type: ignore[index] # exactly that is tested
