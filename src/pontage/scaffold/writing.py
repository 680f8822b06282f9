"""A new provider, written down. Floor 8; never over a file that is there."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from pontage.errors import ConflictError, InvalidRequestError
from pontage.registry import provider_types
from pontage.scaffold.naming import Naming, is_name
from pontage.scaffold.plan import HOUSE, REGISTRY, pages

TABLE = "BUILT_IN: "
"""The beginning of the table of providers, in the registry of a checkout."""


class Scaffolded(Struct, frozen=True, kw_only=True):
    """What was written, and what is to be done next."""

    files: tuple[Path, ...]
    changed: tuple[Path, ...]
    steps: tuple[str, ...]


def new_provider(name: str, dialect: str, folder: Path) -> Scaffolded:
    """Write a provider that speaks `dialect`: a folder of this house where `folder` is a checkout of it, else a package
    of its own.

    Raises InvalidRequestError for a name that cannot be one, ConflictError when there is such a provider or such a
    file, OSError when a file cannot be written.
    """
    if not is_name(name):
        raise InvalidRequestError(
            f"{name[:60]!r} cannot name a provider: lower-case letters, digits and _, a letter first", param="name"
        )
    if name in provider_types():
        raise ConflictError(f"there is a provider type {name!r} already")
    naming = Naming(type=name, inside=(folder / HOUSE).is_dir())
    written = pages(naming, dialect, folder)
    there = next((path for path in written if path.exists()), None)
    if there is not None:
        raise ConflictError(f"nothing was written, for there is already: {there}")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(text)
    registry = folder / REGISTRY
    changed = (registry,) if naming.inside and enter(naming, registry) else ()
    return Scaffolded(files=tuple(written), changed=changed, steps=tuple(steps(naming, bool(changed))))


def enter(naming: Naming, registry: Path) -> bool:
    """Put the provider's line at the end of the registry's table; whether it could be."""
    if not registry.is_file():
        return False
    head, found, rest = registry.read_text(encoding="utf-8").partition(TABLE)
    inside, end, after = rest.partition("\n}")
    if not found or not end:
        return False
    registry.write_text(f"{head}{found}{inside}\n{line(naming)}{end}{after}", encoding="utf-8")
    return True


def line(naming: Naming) -> str:
    """The provider's line in the registry."""
    return f'    "{naming.type}": "{naming.module}:FACTORY",'


def steps(naming: Naming, entered: bool) -> list[str]:
    """What is to be done next."""
    told = ["put the vendor's address, variables and models into config.py", "put real answers into the samples"]
    if not naming.inside:
        return [
            *told,
            f"pip install --editable pontage-{naming.type.replace('_', '-')}",
            f"pontage provider check {naming.type}",
        ]
    if not entered:
        told.append(f"add to BUILT_IN in {REGISTRY.as_posix()}: {line(naming).strip()}")
    return [
        *told,
        f"pytest tests/providers/test_{naming.type}.py",
        f"pontage provider check {naming.type}",
        "link its README.md from docs/README.md, add a line to CHANGELOG.md",
        "make docs, then make test",
    ]
