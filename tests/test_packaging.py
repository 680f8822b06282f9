"""What is around the code: locks that pin everything and name no place, reasons for every dependency, one version."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from pontage.version import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named_in(lines: list[str]) -> list[str]:
    found = (re.match(r"[A-Za-z][\w.-]*", line) for line in lines)
    return [normal(name.group()) for name in found if name]


def direct_dependencies() -> list[str]:
    inputs = [
        (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines() for name in ("build.in", "dev.in")
    ]
    return named_in([*PROJECT["project"]["dependencies"], *(line for lines in inputs for line in lines)])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_everything_by_hash_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pinned = re.findall(r"^[\w.-]+==\S+.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert pinned
    assert len(pinned) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))
    assert all("--hash=sha256:" in entry for entry in pinned)
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|\s/\w", text, re.MULTILINE)


def test_every_direct_dependency_is_locked_and_has_its_reason() -> None:
    locked = [name for lock in LOCKS for name in named_in(lock.read_text(encoding="utf-8").splitlines())]
    reasons = re.findall(
        r"^\| \[([\w.-]+)\]", (ROOT / "docs/explanation/dependencies.md").read_text("utf-8"), re.MULTILINE
    )
    assert set(direct_dependencies()) - set(locked) == set()
    assert sorted(map(normal, reasons)) == sorted(direct_dependencies())


def test_few_dependencies() -> None:
    runtime = named_in((ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").splitlines())
    assert len(PROJECT["project"]["dependencies"]) <= 12
    assert len(runtime) <= 20


def test_there_is_one_version_and_the_types_are_public() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert files("pontage").joinpath("py.typed").is_file()
