"""No name of a provider or of a model is ever compared in Python, except in that provider's own folder.

Facts on models live in the catalogue, facts on providers in their configuration. A name smeared over the house as
`if provider == ...` is how a new provider comes to cost edits in fifteen files.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import SOURCE, modules

MODEL = re.compile(
    r"(^|\w/|[|(^])(gpt-|chatgpt-|o[1-9]($|-)|claude-|gemini|gemma|llama|mistral|ministral|mixtral|magistral|codestral|command-"
    r"|qwen|deepseek|grok|kimi|phi-|text-embedding-)",
    re.IGNORECASE,
)
COMPARING_METHODS = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "find", "index", "count"}
COMPARING_FUNCTIONS = {"match", "fullmatch", "search", "compile", "fnmatch", "fnmatchcase"}


def provider_names(source: Path) -> set[str]:
    """The folders of `providers`, and the rows of its table of providers that are only data."""
    providers = source / "providers"
    names = {path.name for path in providers.glob("*/") if (path / "__init__.py").exists() or any(path.glob("*.py"))}
    table = providers / "compatible.toml"
    if table.exists():
        rows = tomllib.loads(table.read_text(encoding="utf-8"))
        names |= set(rows.get("providers", rows))
    return names


def texts_in(node: ast.AST | None) -> Iterator[str]:
    """The string literals in an expression: itself, the members of a tuple, list or set, the keys of a dict."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Tuple(elts=members) | ast.List(elts=members) | ast.Set(elts=members) | ast.Dict(keys=members):
            for member in members:
                yield from texts_in(member)
        case ast.Call(func=ast.Name(id="frozenset" | "set" | "tuple" | "list"), args=[argument]):
            yield from texts_in(argument)
        case _:
            pass


def compared_texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every string literal that is compared with something, and the line it stands on."""
    for node in ast.walk(tree):
        operands: list[ast.expr] = []
        match node:
            case ast.Compare(left=left, comparators=others):
                operands = [left, *others]
            case ast.MatchValue(value=value):
                operands = [value]
            case ast.MatchMapping(keys=keys):
                operands = keys
            case ast.Call(func=ast.Attribute(attr=name), args=arguments) if name in COMPARING_METHODS:
                operands = arguments
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=arguments) if (
                name in COMPARING_FUNCTIONS
            ):
                operands = arguments
            case _:
                continue
        yield from ((text, operand.lineno) for operand in operands for text in texts_in(operand))


def names_compared(source: Path) -> list[str]:
    providers = provider_names(source)
    complaints = []
    for module in modules(source).values():
        room, _, rest = module.name.partition(".")
        folder = rest.partition(".")[0] if room == "providers" and "." in rest else None
        for text, line in compared_texts(module.tree):
            is_provider = text in providers and text != folder
            if is_provider or (folder is None and MODEL.search(text)):
                complaints.append(f"{module.name}:{line} compares {text!r}: facts belong in the catalogue or config")
    return complaints


def test_no_provider_or_model_is_compared() -> None:
    assert names_compared(SOURCE) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for provider in ("openai", "acme"):
        (tmp_path / "providers" / provider).mkdir(parents=True)
        (tmp_path / "providers" / provider / "__init__.py").touch()
    (tmp_path / "providers" / "compatible.toml").write_text('[rowco]\nbase_url = "https://example.invalid"\n')
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        'if provider == "acme": ...',
        'if "acme" != provider: ...',
        'if provider in ("x", "acme"): ...',
        'if provider in {"rowco"}: ...',
        'if provider in frozenset({"acme"}): ...',
        'match provider:\n    case "openai": ...',
        'match provider:\n    case "x" | "acme": ...',
        'match settings:\n    case {"acme": _}: ...',
        'model.startswith("gpt-5")',
        'model.startswith(("x", "claude-"))',
        'if model == "o3": ...',
        'if "gemini" in model: ...',
        'if model in {"anthropic/claude-haiku-4-5": 1}: ...',
        're.match("llama", model)',
        're.compile(r"^(gpt-|o3)")',
        'x = 1 if model.removeprefix("Qwen") else 2',
    ],
)
def test_a_compared_name_is_found(house: Path, text: str) -> None:
    (house / "engine.py").write_text(text)
    (complaint,) = names_compared(house)
    assert complaint.startswith("engine:")


@pytest.mark.parametrize(
    "text",
    [
        '"""Does if provider == "acme" and model.startswith("gpt-")."""',
        'FACTORIES = {"acme": "pontage.providers.acme"}',
        'provider = "acme"',
        'if dialect == "openai_chat": ...',
        'if role == "assistant": ...',
        'if kind == "o": ...',
        'url.startswith("https://")',
        'path.startswith("/gemini")',  # a route, not a model
        'configured.get("acme")',
    ],
)
def test_what_compares_no_name_is_fine(house: Path, text: str) -> None:
    (house / "engine.py").write_text(text)
    assert names_compared(house) == []


def test_a_provider_may_know_its_own_names_only(house: Path) -> None:
    client = house / "providers" / "acme" / "client.py"
    client.write_text('if provider == "acme" and model.startswith("gpt-"): ...')
    assert names_compared(house) == []
    client.write_text('if provider == "openai": ...')
    assert len(names_compared(house)) == 1
    (house / "providers" / "base.py").write_text('if provider == "acme": ...')
    assert len(names_compared(house)) == 2
