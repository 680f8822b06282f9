"""The documentation is true: its examples run and print what they promise, its tables are the code's, its links lead.

Every block of Python, shell and YAML is run or read, unless the comment before it says why not. A YAML block marked as
a file is written, and the gateway that the page's examples talk to is started with it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pontage.config import Config
from pontage.config.load import load_text
from pontage.config.rules import validate
from pontage.registry import BUILT_IN, provider_types
from pontage.server.listener import ServerSettings
from tests.cli.commands import PATIENCE, Serving, environment, free_port, serving
from tests.generated import PARTS, ROOT, documents, error_classes, renewed, used
from tests.pages import Block, anchors, blocks, fits, links, read

ADDRESS = "http://127.0.0.1:4000"
"""Where the examples' gateway is."""
RUN = ("python", "sh")
REMARKS = ("not run", "file", "config", "from", "generated", "end of")
KNOWN = {"python", "sh", "yaml", "text", "nginx", "toml"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def key_variables(text: str) -> dict[str, str]:
    """A made-up value for every variable that a configuration asks for."""
    return dict.fromkeys(re.findall(r"\$\{(\w+)", text), "made-up")


def config_of(text: str) -> Config:
    """A page's configuration; it must be one that `pontage check` accepts."""
    loaded = load_text(text, file="pontage.yaml", environ=key_variables(text))
    assert validate(loaded.config, places=loaded.places, known_providers=provider_types()) == []
    return loaded.config


class Reader:
    """Somebody who follows a page step by step, in a folder of their own, beside a running gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environ = environment(folder, {"PYTHONWARNINGS": "default"})
        self._port = free_port()
        self._running: AbstractContextManager[Serving] | None = None
        command = folder / "bin" / "pontage"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pontage "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        path = (command.parent, Path(sys.executable).parent, self._environ["PATH"])
        self._environ["PATH"] = os.pathsep.join(map(str, path))

    def follow(self, block: Block) -> None:
        kind, told = block.remark or ("", "")
        if kind == "not run":
            assert told
        elif kind == "from":
            assert block.text.strip("\n") in read(ROOT / told), f"line {block.line}: not in {told}"
        elif kind == "file":
            self._write(told, block.text)
        elif block.language == "yaml":
            config_of(block.text)
        elif block.language in RUN:
            self._run(block)

    def close(self) -> None:
        if self._running is not None:
            self._running.__exit__(None, None, None)
        self._running = None

    def _write(self, name: str, text: str) -> None:
        config_of(text)
        self.close()
        self._environ |= key_variables(text)
        (self.folder / name).write_text(self._here(text), encoding="utf-8")

    def _here(self, text: str) -> str:
        return text.replace(ADDRESS, f"http://127.0.0.1:{self._port}")

    def _run(self, block: Block) -> None:
        if ADDRESS in block.text and self._running is None:
            told = {name: value for name, value in self._environ.items() if name not in ("PATH", "PYTHONWARNINGS")}
            self._running = serving("--no-discover", "--port", str(self._port), cwd=self.folder, environ=told)
            self._running.__enter__()
        text = self._here(block.text)
        shell = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(
            shell if block.language == "sh" else [sys.executable, "-c", text],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"line {block.line}: {done.stderr or done.stdout}"
        assert "Traceback" not in done.stderr, f"line {block.line}: {done.stderr}"
        if block.output is not None:
            assert fits(block.output, done.stdout.replace("\r", "")), f"line {block.line} printed: {done.stdout}"
        elif block.language == "sh" or "print(" in text:
            assert done.stdout.strip(), f"line {block.line} printed nothing"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    follower = Reader(tmp_path)
    yield follower
    follower.close()


@pytest.mark.parametrize("path", documents(), ids=named)
def test_the_examples_of_a_page_do_what_it_says(path: Path, reader: Reader) -> None:
    for block in blocks(read(path)):
        assert block.language in KNOWN, f"line {block.line}"
        assert block.remark is None or block.remark[0] in REMARKS, f"line {block.line}"
        reader.follow(block)


@pytest.mark.parametrize("path", documents(), ids=named)
def test_what_is_made_from_the_code_is_as_the_code_is(path: Path) -> None:
    text = read(path)
    assert renewed(text) == text, "run `make docs`"


def test_every_generated_part_is_on_a_page() -> None:
    assert sorted(name for path in documents() for name in used(read(path))) == sorted(PARTS)


@pytest.mark.parametrize("path", documents(), ids=named)
def test_links_within_the_project_lead_somewhere(path: Path) -> None:
    for target in links(read(path)):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        assert page.is_file(), target
        assert not anchor or anchor in anchors(read(page)), target


def test_every_page_can_be_reached_from_the_first() -> None:
    left, reached = [ROOT / "README.md"], set[Path]()
    while left:
        page = left.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            files = (target.partition("#")[0] for target in links(read(page)) if "://" not in target)
            left += [(page.parent / file).resolve() for file in files if file]
    assert set(documents()) - reached == set()


def test_every_error_is_explained_and_nothing_else() -> None:
    page = read(ROOT / "docs" / "reference" / "errors.md")
    explained = re.findall(r"^### (PTG-\d{4})\n\n`(\w+)`\. \S", page, re.MULTILINE)
    assert explained == [(one.code, one.__name__) for one in error_classes()]


def test_every_provider_has_its_page() -> None:
    pages = {path.parent.name for path in documents() if path.name == "README.md"}
    assert set(BUILT_IN) <= pages


def test_the_address_of_the_examples_is_the_default_one() -> None:
    settings = ServerSettings()
    assert f"http://{settings.host}:{settings.port}" == ADDRESS
    assert (Config().server.host, Config().server.port) == (settings.host, settings.port)


def test_output_is_compared_with_gaps() -> None:
    assert fits("a...c\n", "abc")
    assert fits("{...}\n", "{}")
    assert not fits("a...c", "abcd")
