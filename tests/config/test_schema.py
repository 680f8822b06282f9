"""The schema accepts what the loader accepts and refuses what it refuses: checked with a small validator of our own."""

import json
import re
from pathlib import Path

import pytest
from msgspec import inspect

from pontage.config import ConfigErrors, load_text
from pontage.config.nodes import plain_value
from pontage.config.parse import parse
from pontage.config.reference import BEGIN, END, tables, write
from pontage.config.schema import json_schema, render, structs
from pontage.config.types import Config, meaning_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
KINDS = {"string": str, "array": list, "object": dict, "null": type(None), "boolean": bool, "number": (int, float)}


def accepts(schema, value, definitions):
    """Whether `value` fits `schema`: those words of JSON Schema that ours uses."""
    if "$ref" in schema:
        return accepts(definitions[schema["$ref"].rpartition("/")[2]], value, definitions)
    if "anyOf" in schema:
        return any(accepts(each, value, definitions) for each in schema["anyOf"])
    if "enum" in schema:
        return any(value == each and type(value) is type(each) for each in schema["enum"])
    kind = schema.get("type")
    if kind == "integer":
        fits = type(value) is int
    elif kind == "number":
        fits = type(value) in (int, float)
    else:
        fits = kind is None or isinstance(value, KINDS[kind])
    return fits and limits(schema, value) and below(schema, value, definitions)


def limits(schema, value):
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) and re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0)
    if isinstance(value, int | float):
        above = value >= schema.get("minimum", value) and value > schema.get("exclusiveMinimum", value - 1)
        return above and value <= schema.get("maximum", value)
    return True


def below(schema, value, definitions):
    if isinstance(value, list):
        return all(accepts(schema.get("items", {}), item, definitions) for item in value)
    if not isinstance(value, dict):
        return True
    if any(name not in value for name in schema.get("required", ())):
        return False
    names = schema.get("propertyNames", {}).get("pattern", "")
    return all(
        re.search(names, name) is not None and member(schema, name, item, definitions) for name, item in value.items()
    )


def member(schema, name, item, definitions):
    if name in schema.get("properties", {}):
        return accepts(schema["properties"][name], item, definitions)
    for pattern, each in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return accepts(each, item, definitions)
    rest = schema.get("additionalProperties", True)
    return rest if isinstance(rest, bool) else accepts(rest, item, definitions)


GOOD = [
    "",
    "version: 1\nserver: {port: 1, host: x}\nlogging:\n",
    "server: {port: '${PORT}', limits: {header_seconds: 1, body_seconds: 2.5}}",
    "auth: {mode: '${MODE:-keys}'}",
    "providers: {openai: , b: {api_key: '${K}', api_keys: [], models: {m: , n: {context_window: 5}}, headers: {a: b}}}",
    "providers: {b: {options: {deep: [1, {a: null}]}, timeouts: {connect: 1.5}, base_url: null}}",
    "models: {m: {targets: [a/b, {model: a/c, weight: 2, params: {x: [1]}}], strategy: fallback}}",
    "prices: {a/b: {input: 1, output: 0.5}}\nx-mine: [anything]",
    "transport: {proxy: 'http://u:p@h:1', no_proxy: [a]}",
]
BAD = [
    "zzz: 1",
    "version: 2",
    "server: 5",
    "server: {port: x}",
    "server: {port: 70000}",
    "server: {port: true}",
    "server: {limits: {header_seconds: 0}}",
    "auth: {mode: open}",
    "logging: {level: loud}",
    "providers: {a/b: {}}",
    "providers: {a: {api_key: 5}}",
    "providers: {a: {api_keys: x}}",
    "providers: {a: {zzz: 5}}",
    "providers: {a: {headers: {b: 1}}}",
    "models: {m: {}}",
    "models: {m: {targets: []}}",
    "models: {m: {targets: [{weight: 2}]}}",
    "models: {m: {targets: [{model: a/b, weight: 0}]}}",
    "models: {m: {targets: [a/b], strategy: zzz}}",
    "prices: {a/b: {input: -1}}",
]


def verdicts(text):
    schema = json_schema()
    root, problems = parse(text, "p.yaml")
    assert problems == []
    by_schema = accepts(schema, plain_value(root), schema["$defs"])
    try:
        load_text(text, file="p.yaml", environ={"PORT": "1", "K": "k", "MODE": ""})
    except ConfigErrors:
        return by_schema, False
    return by_schema, True


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_loader_both_accept(text):
    assert verdicts(text) == (True, True)


@pytest.mark.parametrize("text", BAD)
def test_schema_and_loader_both_refuse(text):
    assert verdicts(text) == (False, False)


def test_every_setting_and_every_section_says_what_it_means():
    for struct in structs(inspect.type_info(Config)):
        assert struct.cls.__doc__
        for field in struct.fields:
            assert meaning_of(field.type), f"{struct.cls.__name__}.{field.encode_name}"


def test_the_schema_in_the_documentation_is_fresh():
    written = (REFERENCE / "pontage.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == json_schema()
    assert written == render(), "run: python -m pontage.config docs/reference"


def test_the_tables_in_the_documentation_are_fresh():
    page = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    generated = page.partition(BEGIN)[2].partition(END)[0].strip()
    assert generated == tables().strip(), "run: python -m pontage.config docs/reference"


def test_writing_replaces_what_is_between_the_marks_and_nothing_else(tmp_path):
    (tmp_path / "configuration.md").write_text(f"before {BEGIN} stale {END} after", encoding="utf-8")
    write(tmp_path)
    first = (tmp_path / "configuration.md").read_text(encoding="utf-8")
    write(tmp_path)
    assert (tmp_path / "configuration.md").read_text(encoding="utf-8") == first
    assert first.startswith(f"before {BEGIN}")
    assert first.endswith(f"{END} after")
    assert "stale" not in first
    assert (tmp_path / "pontage.schema.json").read_text(encoding="utf-8") == render()


def test_the_example_of_the_documentation_is_right():
    page = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    environ = dict.fromkeys(("OPENAI_API_KEY", "KEY_A", "KEY_B", "TEAM_KEY"), "k")
    assert len(load_text(example, file="p.yaml", environ=environ).config.providers) == 3
