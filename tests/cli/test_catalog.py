from pathlib import Path

import pytest

from pontage.catalog.reader import PACKAGED
from tests.cli.commands import pontage


def test_the_facts_in_use_are_told(tmp_path: Path) -> None:
    done = pontage("catalog", "show", cwd=tmp_path, environ={"XDG_DATA_HOME": str(tmp_path)})
    assert done.returncode == 0
    assert done.stdout.startswith("built\t20")
    assert "provider\topenai\t" in done.stdout


def test_a_newer_file_is_taken_and_used(tmp_path: Path) -> None:
    done = pontage("catalog", "update", str(PACKAGED), cwd=tmp_path, environ={"XDG_DATA_HOME": str(tmp_path)})
    assert done.returncode == 0
    assert (tmp_path / "pontage" / "catalog.jsonl").read_bytes() == PACKAGED.read_bytes()
    assert pontage("catalog", "show", cwd=tmp_path, environ={"XDG_DATA_HOME": str(tmp_path)}).returncode == 0


@pytest.mark.parametrize("arguments", [(), ("--installed", str(PACKAGED))])
def test_one_of_the_two_has_to_be_said(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert (
        pontage("catalog", "update", *arguments, cwd=tmp_path, environ={"XDG_DATA_HOME": str(tmp_path)}).returncode == 2
    )


def test_what_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text("{}")
    assert (
        pontage("catalog", "update", str(other), cwd=tmp_path, environ={"XDG_DATA_HOME": str(tmp_path)}).returncode
        == 78
    )
    assert not (tmp_path / "pontage").exists()
