"""The real command as a process, and a place without any configuration for it to run in."""

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0  # seconds; generous, for a machine that is busy with something else
KEPT = ("PATH", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables without a key, a configuration or a terminal in them."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1", **(more or {})}


def pontage(
    *arguments: str, cwd: Path, environ: Mapping[str, str] | None = None, told: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pontage", *arguments],
        cwd=cwd,
        env=environment(cwd, environ),
        input=told,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Serving:
    """A `pontage serve` that has said its three lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.lines = [self._lines.get(timeout=PATIENCE) for _ in range(3)]
        found = re.search(r"http://[^/ ]+", self.lines[0])
        assert found is not None
        self.url = found.group()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and wait; the exit code and what was said on standard error."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        assert self.process.stderr is not None
        told = self.process.stderr.read()
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code, told

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))


def free_port() -> int:
    """A port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def serving(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """`pontage serve` on a free port for the time of a `with`."""
    with start("serve", "--port", "0", *arguments, cwd=cwd, environ=environ) as process:
        yield Serving(process)


@contextmanager
def start(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Iterator["subprocess.Popen[str]"]:
    """The command as a running process; whatever is left of it in the end is killed."""
    command: Sequence[str] = [sys.executable, "-m", "pontage", *arguments]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(cwd, environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
