"""Where the output goes, and when it cannot: full disks, closed streams, terminals that obey what they are sent."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import PATIENCE, environment, pontage
from tests.replay.upstream import upstream, whole

ASK = ("chat", "sim/echo", "Hello")
COMMANDS = [ASK, ("chat", "--json", *ASK[1:]), ("models",), ("providers", "--json"), ("catalog", "show"), ("check",)]
posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell, a device and a terminal")


def in_shell(line: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """The command run as `line` says, "$@" being the command."""
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", sys.executable, "-m", "pontage", *arguments],
        cwd=cwd,
        env=environment(cwd),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@posix
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(("line", "said"), [('"$@" >/dev/full', b"No space"), ('"$@" >&-', b"closed")])
def test_output_that_cannot_be_written_is_a_failure(
    tmp_path: Path, command: tuple[str, ...], line: str, said: bytes
) -> None:
    if "/dev/full" in line and not os.path.exists("/dev/full"):
        pytest.skip("this system has no full device")
    done = in_shell(line, *command, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


@posix
def test_a_prompt_that_cannot_be_read(tmp_path: Path) -> None:
    for line, said in (("printf '\\377\\376' | \"$@\"", b"not UTF-8"), ('"$@" <&-', b"input is closed")):
        done = in_shell(line, "chat", "sim/echo", "-", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, b"")
        assert said in done.stderr
        assert b"Traceback" not in done.stderr
    done = in_shell("printf '\\303\\244' | \"$@\"", "chat", "sim/echo", "-", cwd=tmp_path)
    assert done.stdout == "[simulated] ä\n".encode()


def test_a_catalogue_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "share").write_text("in the way", encoding="utf-8")
    environ = {"XDG_DATA_HOME": str(tmp_path / "share")}
    facts = Path(__file__).parents[2] / "src" / "pontage" / "catalog" / "data.jsonl"
    done = pontage("catalog", "update", str(facts), cwd=tmp_path, environ=environ)
    assert done.returncode not in (0, 120)
    assert "share" in done.stderr
    assert "Traceback" not in done.stderr


def on_a_terminal(*arguments: str, cwd: Path, environ: dict[str, str]) -> bytes:
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pontage", *arguments]
    with subprocess.Popen(command, cwd=cwd, env=environment(cwd, environ), stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 65536):
                written += piece
        except OSError:  # the other end is closed: it has ended
            pass
        process.wait(PATIENCE)
    os.close(ours)
    return written


@posix
@pytest.mark.parametrize("options", [(), ("--no-stream",), ("--json",)], ids=str)
def test_what_a_model_says_does_not_steer_the_terminal(tmp_path: Path, options: tuple[str, ...]) -> None:
    told = "one\ttwo\nthree \x1b]0;owned\x07\x1b[31m \x9b31m \x7f four"
    written = on_a_terminal("chat", *options, "sim/echo", told, cwd=tmp_path, environ={})
    assert b"four" in written
    assert not [code for code in (b"\x1b", b"\x07", "\x9b".encode(), b"\x7f") if code in written]
    if "--json" not in options:
        assert b"one\ttwo\r\nthree ]0;owned[31m 31m  four" in written
    piped = pontage("chat", "--no-stream", "sim/echo", told, cwd=tmp_path).stdout
    assert piped == f"[simulated] {told}\n"  # a program gets every character


@posix
def test_what_a_provider_complains_does_not_steer_the_terminal(tmp_path: Path) -> None:
    with upstream() as server:
        server.script(whole({"error": {"type": "invalid_request_error", "message": "no\x1b[2J"}}, status=400))
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "k"}
        written = on_a_terminal("chat", "openai/gpt-5", "Hi", cwd=tmp_path, environ=environ)
    assert b"no[2J" in written
    assert b"\x1b" not in written
