"""The files of a new provider, and where they go. Floor 8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from msgspec import Struct

from pontage.scaffold.manner import Manner, manner_of
from pontage.scaffold.naming import Naming
from pontage.scaffold.samples import ANSWER, Samples, samples_of

HOUSE = Path("src", "pontage", "providers")
"""Where a checkout of this project has its providers."""
REGISTRY = Path("src", "pontage", "registry.py")
TESTED = (
    "pontage.config import ProviderSettings",
    "pontage.conformance import Exchange, Tape",
    "pontage.domain import ChatRequest, ChatResponse, Message, Text",
    "pontage.domain.stream import collect",
    "pontage.errors import NotFoundError",
    "pontage.registry import Configured, ProviderRegistry",
)
"""What a provider's tests import."""


class Places(Struct, frozen=True):
    """The folders that a provider's files go to."""

    code: Path
    tests: Path
    samples: Path
    root: Path | None = None  # of a package of its own


def places(naming: Naming, folder: Path) -> Places:
    """Where the files go, in a checkout of this project (`folder`) or in a package of their own below `folder`."""
    if naming.inside:
        tests = folder / "tests" / "providers"
        return Places(folder / HOUSE / naming.type, tests, tests / "samples" / naming.type)
    root = folder / f"pontage-{naming.type.replace('_', '-')}"
    return Places(root / "src" / naming.module, root / "tests", root / "tests" / "samples", root)


def pages(naming: Naming, dialect: str, folder: Path) -> dict[Path, bytes]:
    """Every file of the provider by its path. Raises ConfigError for a format that no built-in provider speaks."""
    manner, samples, place = manner_of(dialect), samples_of(dialect, naming.model), places(naming, folder)
    words = words_of(naming, manner, samples)
    own = [f"{naming.module}.client import FACTORY"]
    client = (
        f"pontage.dialects import {dialect}",
        "pontage.providers.base import LLMProviderClient, ProviderConfig",
        "pontage.providers.http import HTTPProvider",
        "pontage.transport import Transport",
    )
    test = place.tests / (f"test_{naming.type}.py" if naming.inside else "test_provider.py")
    written = {
        place.code / "__init__.py": filled("init.py", words, imports=imports((), own, naming)),
        place.code / "config.py": filled("config.py", words),
        place.code / "types.py": filled("types.py", words),
        place.code / "client.py": filled(
            "client.py", words, imports=imports(client, [f"{naming.module}.config import CHAT, CONFIG"], naming)
        ),
        test: filled("test.py", words, imports=tested(naming)),
        (place.root or place.code) / "README.md": filled("README.md", words),
        place.samples / "answer.json": samples.answer,
        place.samples / "stream.txt": samples.stream,
        place.samples / "error.json": samples.error,
    }
    if place.root is not None:
        written[place.root / "pyproject.toml"] = filled("pyproject.toml", words)
        written[place.code / "py.typed"] = b""
    return written


def words_of(naming: Naming, manner: Manner, samples: Samples) -> dict[str, str]:
    """What the templates are filled with."""
    key = f"| key | `{naming.variable}_API_KEY` |\n| address | `{naming.variable}_BASE_URL` |\n"
    generated = f"<!-- generated: facts-{naming.type} -->\n<!-- end of facts-{naming.type} -->\n"
    return {
        "type": naming.type,
        "module": naming.module,
        "title": naming.title,
        "class_name": naming.class_name,
        "variable": naming.variable,
        "model": naming.model,
        "floor": " Floor 4." if naming.inside else "",
        "inside": f' / "{naming.type}"' if naming.inside else "",
        "facts": generated if naming.inside else f"|  | variable |\n|---|---|\n{key}",
        "alone": "Without a configuration file the variable alone is enough.\n\n" if naming.inside else "",
        "dialect": manner.endpoint.dialect,
        "endpoint": "\n".join(manner.endpoint_lines()),
        "fields": "\n".join(manner.field_lines(naming)),
        "target": manner.target(naming),
        "key_header": manner.config.key_header,
        "key_prefix": manner.config.key_prefix,
        "answer": ANSWER,
        "stream_type": samples.stream_type,
        "error_status": str(samples.error_status),
    }


def filled(template: str, words: Mapping[str, str], **more: str) -> bytes:
    """A template with its words."""
    text = files("pontage.scaffold").joinpath("templates", f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(words, **more).encode()


def imports(theirs: Sequence[str], own: Sequence[str], naming: Naming) -> str:
    """Import lines as they have to be sorted: in this house all are its own, elsewhere the provider's stand apart."""
    blocks = [[*theirs, *own]] if naming.inside else [theirs, own]
    return "\n\n".join("\n".join(f"from {line}" for line in sorted(block)) for block in blocks if block)


def tested(naming: Naming) -> str:
    """The import lines of the tests; in this house pytest is a stranger, elsewhere Pontage is one, too."""
    own = imports(TESTED, [f"{naming.module} import FACTORY"], naming)
    return f"import pytest\n{own}" if not naming.inside else f"import pytest\n\n{own}"
