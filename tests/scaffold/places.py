"""Where new providers are written in tests, and a shell that works there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.commands import environment

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0  # seconds; generous, for a machine that is busy with something else


def checkout(folder: Path) -> str:
    """The source of this project and nothing else of it, in `folder`; what PYTHONPATH has to be there."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return os.pathsep.join((str(folder / "src"), str(folder)))


def follow(text: str, folder: Path, **variables: str) -> str:
    """Do in a shell what `text` says, without a failure; what was printed."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    told = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PATH": path, "PYTHONWARNINGS": "default", **variables}
    environ = environment(folder, told)
    for name in [name for name in environ if name.startswith("COVERAGE")]:
        del environ[name]  # coverage is not of copies
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
