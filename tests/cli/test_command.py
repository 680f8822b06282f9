"""The command as such: version, help, exit codes, and that it imports no more than it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from pontage.cli import COMMANDS
from pontage.version import __version__
from tests.cli.commands import environment, pontage


def test_version(tmp_path: Path) -> None:
    done = pontage("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"pontage {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",)])
def test_help_names_every_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = pontage(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_begins_as_the_list_says(tmp_path: Path, name: str) -> None:
    done = pontage(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert COMMANDS[name][1].split()[0] in done.stdout


def test_help_imports_no_command_and_nothing_that_draws_or_reads_files(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pontage", "--help"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    imported = {line.rpartition("|")[2].strip() for line in told.splitlines() if line.startswith("import time:")}
    assert "pontage.cli" in imported
    heavy = ("rich", "ruamel", "uvloop", "ssl", "pontage.dialects", "pontage.transport", "pontage.engine")
    commands = tuple(f"pontage.cli.{name}" for name in COMMANDS)
    assert not [name for name in imported if name.startswith((*heavy, *commands))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "No such command"),
        (("serve", "--nonsense"), "No such option"),
        (("serve", "--port", "many"), "not a valid integer"),
        (("chat",), "Missing argument"),
    ],
)
def test_wrong_usage_exits_with_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = pontage(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_the_exit_code_that_a_command_chose_is_the_process_own(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("server: {prot: 1}\n", encoding="utf-8")
    done = pontage("check", cwd=tmp_path)
    assert done.returncode == 78
    assert "did you mean" in done.stdout


@pytest.mark.parametrize("command", [("chat", "Hello"), ("models",), ("providers",), ("serve",)])
def test_a_configuration_that_cannot_be_used_exits_with_78(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "pontage.yaml").write_text("server: {prot: 1}\nmodels: 3\n", encoding="utf-8")
    done = pontage(*command, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (78, "")
    assert "pontage.yaml:1:" in done.stderr
    assert "pontage.yaml:2:" in done.stderr
    assert "Traceback" not in done.stderr
