"""Small rooms: limits on files, functions, parameters and classes, so that each can be held in the head."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.conftest import Figures
from tests.house import SOURCE

FILE_LINES = 300
FUNCTION_LINES = 60
PARAMETERS = 7  # `self` and `cls` are not counted
METHODS = 12  # special methods count, `__init__` does not; overloads and the halves of a property are one

Function = ast.FunctionDef | ast.AsyncFunctionDef


def parameters_of(function: Function, is_method: bool) -> int:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if is_method and positional and positional[0].arg in {"self", "cls"}:
        positional = positional[1:]
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return len(positional) + len(arguments.kwonlyargs) + len(extra)


def oversized(tree: ast.AST, in_class: bool = False) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.lineno}: function {node.name} has {lines} lines, at most {FUNCTION_LINES}"
            count = parameters_of(node, in_class)
            if count > PARAMETERS:
                yield f"{node.lineno}: function {node.name} has {count} parameters, at most {PARAMETERS}: use a Struct"
        if isinstance(node, ast.ClassDef):
            methods = {item.name for item in node.body if isinstance(item, Function)} - {"__init__"}
            if len(methods) > METHODS:
                yield f"{node.lineno}: class {node.name} has {len(methods)} methods, at most {METHODS}"
        yield from oversized(node, isinstance(node, ast.ClassDef))


def too_large(text: str) -> list[str]:
    lines = len(text.splitlines())
    complaints = [f"{lines} lines, at most {FILE_LINES}"] if lines > FILE_LINES else []
    return complaints + list(oversized(ast.parse(text)))


@pytest.mark.parametrize("folder", [SOURCE, Path(__file__).parent], ids=["src", "tests"])
def test_every_room_is_small(folder: Path, figures: Figures) -> None:
    texts = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}
    assert texts
    complaints = {name: too_large(text) for name, text in texts.items()}
    assert {name: found for name, found in complaints.items() if found} == {}
    sizes = [len(text.splitlines()) for text in texts.values()]
    figures(f"files in {folder.name}", len(sizes))
    figures(f"lines in {folder.name}", sum(sizes))
    figures(f"median file in {folder.name}", float(median(sizes)), "lines")


def class_with(methods: int, more: str = "") -> str:
    return "class C:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(methods)) + more


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n" * 301, "301 lines, at most 300"),
        ("def f():\n" + "    x = 1\n" * 60, "1: function f has 61 lines"),
        ("async def f():\n" + "    x = 1\n" * 60, "1: function f has 61 lines"),
        ("class C:\n    def f(self):\n" + "        x = 1\n" * 60, "2: function f has 61 lines"),
        ("def f(a, b, c, d, e, f, g, h): ...", "function f has 8 parameters"),
        ("def f(a, /, b, *c, d, e, f, g, **h): ...", "function f has 8 parameters"),
        ("class C:\n    def f(self, a, b, c, d, e, f, g, h): ...", "function f has 8 parameters"),
        ("def outer():\n    def f(self, a, b, c, d, e, f, g): ...", "function f has 8 parameters"),
        (class_with(13), "class C has 13 methods"),
        (class_with(12, "    async def __aenter__(self): ...\n"), "class C has 13 methods"),
    ],
)
def test_what_is_too_large_is_found(text: str, complaint: str) -> None:
    (found,) = too_large(text)
    assert complaint in found


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n" * 300,
        "def f():\n" + "    x = 1\n" * 59,
        "def f(a, b, c, d, e, f, g): ...",
        "class C:\n    def f(self, a, b, c, d, e, f, g): ...",
        "class C:\n    @classmethod\n    def f(cls, a, b, c, d, e, f, g): ...",
        class_with(12, "    def __init__(self): ...\n    def m1(self): ...\n"),
    ],
)
def test_what_just_fits_is_fine(text: str) -> None:
    assert too_large(text) == []
