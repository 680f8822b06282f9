"""A new provider is clean and tested from the beginning, in a package of its own and in a checkout."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from pontage.dialects.table import PROVIDER_SIDES
from pontage.errors import ConfigError, ConflictError, InvalidRequestError
from pontage.scaffold import Scaffolded, is_name, new_provider
from pontage.scaffold.manner import manner_of
from pontage.scaffold.naming import LONGEST
from tests.scaffold.places import checkout, follow

LONG = "a_name_that_is_as_long_as_lets"


def run(folder: Path, *words: str) -> str:
    """Run a tool in `folder`, by this very interpreter; what it said. The source there is before this one."""
    return follow(shlex.join((sys.executable, "-m", *words)), folder, PYTHONPATH=os.pathsep.join(("src", ".")))


def is_clean(folder: Path, *paths: str) -> None:
    run(folder, "ruff", "check", *paths)
    run(folder, "ruff", "format", "--check", *paths)


def relative(made: Scaffolded, folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in made.files}


@pytest.mark.parametrize("name", ["acme", LONG])
@pytest.mark.parametrize("dialect", PROVIDER_SIDES)
def test_a_package_is_clean_in_every_format(dialect: str, name: str, tmp_path: Path) -> None:
    assert len(LONG) == LONGEST
    made = new_provider(name, dialect, tmp_path)
    root = tmp_path / f"pontage-{name.replace('_', '-')}"
    assert all(path.is_file() for path in made.files)
    assert made.changed == ()
    is_clean(root, ".")


@pytest.mark.parametrize("dialect", PROVIDER_SIDES)
def test_the_tests_of_a_package_pass(dialect: str, tmp_path: Path) -> None:
    new_provider("acme", dialect, tmp_path)
    assert "4 passed" in run(tmp_path / "pontage-acme", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")


def test_a_package_has_all_it_needs_and_right_types(tmp_path: Path) -> None:
    made = new_provider("acme", "google_generate", tmp_path)
    code = {f"src/pontage_acme/{name}" for name in ("__init__.py", "config.py", "client.py", "types.py", "py.typed")}
    samples = {f"tests/samples/{name}" for name in ("answer.json", "stream.txt", "error.json")}
    expected = {*code, *samples, "tests/test_provider.py", "README.md", "pyproject.toml"}
    assert relative(made, tmp_path / "pontage-acme") == expected
    assert "0 errors" in run(tmp_path / "pontage-acme", "pyright", "--pythonpath", sys.executable)


def test_in_a_checkout_it_is_a_folder_beside_the_others(tmp_path: Path) -> None:
    checkout(tmp_path)
    made = new_provider("acme", "anthropic_messages", tmp_path)
    code = {f"src/pontage/providers/acme/{name}" for name in ("__init__.py", "config.py", "client.py", "types.py")}
    samples = {f"tests/providers/samples/acme/{name}" for name in ("answer.json", "stream.txt", "error.json")}
    expected = {*code, *samples, "src/pontage/providers/acme/README.md", "tests/providers/test_acme.py"}
    assert relative(made, tmp_path) == expected
    assert made.changed == (tmp_path / "src/pontage/registry.py",)
    is_clean(tmp_path, "src/pontage/providers/acme", "src/pontage/registry.py", "tests")
    assert "0 errors" in run(tmp_path, "pyright", "--pythonpath", sys.executable, "src/pontage/providers/acme")
    assert "4 passed" in run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "tests/providers/test_acme.py")
    (tmp_path / "pontage.yaml").write_text("providers: {acme: {}}", encoding="utf-8")
    assert "needs ACME_API_KEY" in run(tmp_path, "pontage", "providers")


def test_its_line_is_told_where_the_registry_has_no_table(tmp_path: Path) -> None:
    for name, text in (("one", None), ("two", "x = 1\n"), ("three", "BUILT_IN: dict[str, str] = dict()\n")):
        folder = tmp_path / name
        (folder / "src/pontage/providers").mkdir(parents=True)
        if text is not None:
            (folder / "src/pontage/registry.py").write_text(text, encoding="utf-8")
        made = new_provider("acme", "openai_chat", folder)
        assert made.changed == ()
        assert any('"acme": "pontage.providers.acme:FACTORY",' in step for step in made.steps)
        assert text is None or (folder / "src/pontage/registry.py").read_text(encoding="utf-8") == text


def test_nothing_is_written_over(tmp_path: Path) -> None:
    made = new_provider("acme", "openai_chat", tmp_path)
    kept = made.files[3]
    for path in made.files:
        if path != kept:
            path.unlink()
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(ConflictError, match="nothing was written"):
        new_provider("acme", "openai_chat", tmp_path)
    assert [path for path in made.files if path.exists()] == [kept]
    assert kept.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "Acme", "1acme", "ac-me", "../acme", "class", "a" * 31, "acme_", "a__b", "ä"])
def test_what_cannot_be_a_name_is_refused(name: str, tmp_path: Path) -> None:
    assert not is_name(name)
    with pytest.raises(InvalidRequestError):
        new_provider(name, "openai_chat", tmp_path)


@pytest.mark.parametrize("name", ["openai", "groq", "sim"])
def test_a_type_that_there_is_is_not_made_again(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConflictError):
        new_provider(name, "openai_chat", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_nobody_speaks_is_refused() -> None:
    with pytest.raises(ConfigError):
        manner_of("esperanto")
