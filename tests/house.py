"""The source tree as data: which modules there are and what each imports. For the tests of the house rules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "pontage"
PACKAGE = "pontage"


@dataclass(frozen=True)
class Module:
    """A file of the package. `name` is its path below the package with dots: "errors", "domain.__init__"."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The file or folder right below the package that it is, or is in."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Import:
    """One import in a module: what is imported, the package's own modules by name and all else as written."""

    importer: str
    target: str
    line: int
    internal: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def modules(source: Path = SOURCE) -> dict[str, Module]:
    """All modules of a package by name."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts)
        found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
    return found


def imports(house: dict[str, Module]) -> list[Import]:
    """Every import of every module, wherever it stands: at the top, in a function, under TYPE_CHECKING."""
    return [found for module in house.values() for found in _imports_of(module, house)]


def _imports_of(module: Module, house: dict[str, Module]) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                targets = [name.name for name in names]
            case ast.ImportFrom(module=origin, names=names, level=level):
                start = [PACKAGE, *module.name.split(".")][:-level] if level else []
                base = ".".join([*start, *([origin] if origin else [])])
                targets = [_module_or_base(base, name.name, house) for name in names]
            case _:
                continue
        for target in dict.fromkeys(targets):
            internal = target == PACKAGE or target.startswith(f"{PACKAGE}.")
            yield Import(module.name, _name_in(house, target) if internal else target, node.lineno, internal)


def _module_or_base(base: str, name: str, house: dict[str, Module]) -> str:
    """`from base import name` imports the module `base.name` if there is one, else something out of `base`."""
    inner = f"{base}.{name}"
    if inner.startswith(f"{PACKAGE}.") and _name_in(house, inner) not in house:
        return base
    return inner if inner.startswith(f"{PACKAGE}.") else base


def _name_in(house: dict[str, Module], target: str) -> str:
    """The name of a dotted module: a package is its `__init__`."""
    name = target.removeprefix(PACKAGE).removeprefix(".")
    inside = f"{name}.__init__" if name else "__init__"
    return inside if inside in house else name
