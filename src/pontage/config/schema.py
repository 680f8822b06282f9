"""The JSON Schema of `pontage.yaml`, for editors, out of the types. Floor 1; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from pontage.config.secret import Secret
from pontage.config.types import Config

TITLE = "pontage.yaml"

_FROM_ENVIRONMENT = {"$ref": "#/$defs/FromEnvironment"}
_DEFINITION = {"description": "A value from the environment.", "type": "string", "pattern": r"\$\{[A-Za-z_][^}]*\}"}


def render() -> str:
    """The schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12), as lenient as the loader: `${VARIABLE}` for anything, nothing for a whole section."""
    schema = msgspec.json.schema(Config, schema_hook=_secret)
    definitions: dict[str, Any] = {name: _definition(each) for name, each in schema["$defs"].items()}
    root = definitions.pop(Config.__name__)
    for struct in structs(inspect.type_info(Config)):
        if (field := getattr(struct.cls, "shorthand", None)) is not None:
            whole = definitions[struct.cls.__name__]
            short = {**whole["properties"][field], "title": f"the same as {{{field}: ...}}"}
            definitions[struct.cls.__name__] = {"anyOf": [short, whole]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": TITLE,
        "patternProperties": {"^x-": {"description": "Yours: a place for anchors."}},
        "$defs": {**definitions, "FromEnvironment": _DEFINITION},
    }


def structs(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """`kind`, if it is a struct, and every struct below it, in the order of the fields; one met twice comes twice."""
    match kind:
        case inspect.Metadata():
            yield from structs(kind.type)
        case inspect.UnionType():
            yield from (found for each in kind.types for found in structs(each))
        case inspect.ListType():
            yield from structs(kind.item_type)
        case inspect.DictType():
            yield from structs(kind.value_type)
        case inspect.StructType():
            yield kind
            yield from (found for field in kind.fields for found in structs(field.type))
        case _:
            pass


def _secret(kind: type) -> dict[str, Any]:
    if kind is Secret:
        return {"type": "string"}
    raise NotImplementedError(f"no schema for a {kind.__name__}")


def _definition(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": {name: _loosen(each) for name, each in schema["properties"].items()}}


def _loosen(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of one value, with what the loader accepts beyond its type."""
    about = {key: schema[key] for key in ("description", "default") if key in schema}
    if isinstance(about.get("default"), dict) and about["default"]:
        del about["default"]  # a section's defaults are those of its fields
    core = {key: value for key, value in schema.items() if key not in ("description", "default")}
    for child in ("items", "additionalProperties"):
        if isinstance(core.get(child), dict):
            core[child] = _loosen(core[child])
    options: list[dict[str, Any]] = core.get("anyOf", [core])
    kinds = {"$ref" if "$ref" in each else "enum" if "enum" in each else str(each.get("type")) for each in options}
    if kinds & {"enum", "integer", "number", "boolean"}:
        options = [*options, _FROM_ENVIRONMENT]
    if kinds & {"$ref", "object", "array"} and "null" not in kinds:
        options = [*options, {"type": "null"}]
    return {**about, **(options[0] if len(options) == 1 else {"anyOf": options})}
