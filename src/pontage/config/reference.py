"""The tables of the reference of `pontage.yaml`, out of the types. Floor 1; pure but for `write`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import NODEFAULT, Struct, inspect

from pontage.config.read import join
from pontage.config.scalars import expected
from pontage.config.schema import render
from pontage.config.types import Config, meaning_of

BEGIN = "<!-- generated from the types: begin -->"
END = "<!-- generated from the types: end -->"


def write(folder: Path) -> None:
    """Write `pontage.schema.json` into `folder`, and the tables into its `configuration.md`, between the marks."""
    (folder / "pontage.schema.json").write_text(render(), encoding="utf-8")
    page = folder / "configuration.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{tables()}\n{END}{after}", encoding="utf-8")


def tables() -> str:
    """A table of every section, in Markdown; a kind of section that comes twice is told once."""
    told: dict[type, str] = {}
    written: list[str] = []
    for path, kind in _sections(inspect.type_info(Config), ""):
        first = told.setdefault(kind.cls, path)
        written.append(_table(path, kind) if first == path else f"### `{path}`\n\nAs `{first}`.\n")
    return "\n".join(written)


def _sections(kind: inspect.Type, path: str) -> Iterator[tuple[str, inspect.StructType]]:
    match kind:
        case inspect.Metadata():
            yield from _sections(kind.type, path)
        case inspect.UnionType():
            yield from (found for each in kind.types for found in _sections(each, path))
        case inspect.ListType():
            yield from _sections(kind.item_type, f"{path}[]")
        case inspect.DictType():
            yield from _sections(kind.value_type, f"{path}.NAME")
        case inspect.StructType():
            yield path, kind
            for field in kind.fields:
                yield from _sections(field.type, join(path, field.encode_name))
        case _:
            pass


def _table(path: str, kind: inspect.StructType) -> str:
    title = f"`{path}`" if path else "At the top"
    rows = "\n".join(_row(field) for field in kind.fields)
    head = "| setting | value | default | meaning |\n|---|---|---|---|"
    return f"### {title}\n\n{kind.cls.__doc__ or ''}\n\n{head}\n{rows}\n"


def _row(field: inspect.Field) -> str:
    described = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
    kinds = described.types if isinstance(described, inspect.UnionType) else (described,)
    value = "a secret" if any(isinstance(each, inspect.CustomType) for each in kinds) else expected(described)
    return f"| `{field.encode_name}` | {value} | {_default(field)} | {meaning_of(field.type)} |"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    default: Any = field.default
    if default is NODEFAULT or default is None or isinstance(default, Struct):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
