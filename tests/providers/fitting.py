"""Whether a value fits a JSON Schema: the words that the tests use, and no others."""

import json
import re
from typing import Any

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
TOLD_ELSEWHERE = {"$defs", "definitions", "properties", "required", "format", "additionalProperties", "prefixItems"}


def misfits(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None) -> list[str]:
    """What is wrong with `value`; nothing when it fits."""
    root = root or schema
    found: list[str] = []
    for word, told in schema.items():
        match word:
            case "$ref":
                found += misfits(value, resolve(told, root), root)
            case "allOf":
                found += [wrong for one in told for wrong in misfits(value, one, root)]
            case "anyOf":
                found += [] if any(not misfits(value, one, root) for one in told) else [f"{value} fits none of {told}"]
            case "oneOf":
                found += [] if sum(not misfits(value, one, root) for one in told) == 1 else [f"{value} not one: {told}"]
            case "items" if isinstance(value, list):
                rest = value[len(schema.get("prefixItems", [])) :]
                found += [wrong for item in rest for wrong in misfits(item, told, root)]
            case _ if word in TOLD_ELSEWHERE:
                pass
            case _:
                found += [] if holds(word, told, value) else [f"{value!r} breaks {word}: {told}"]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{name} is missing" for name in schema.get("required", []) if name not in value]
        found += [
            wrong for name, one in properties.items() if name in value for wrong in misfits(value[name], one, root)
        ]
        if schema.get("additionalProperties") is False:
            found += [f"{name} does not belong there" for name in value if name not in properties]
    if isinstance(value, list):
        pairs = zip(value, schema.get("prefixItems", []), strict=False)
        found += [wrong for item, one in pairs for wrong in misfits(item, one, root)]
    return found


def resolve(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    place: Any = root
    for step in reference.removeprefix("#/").split("/"):
        place = place[step.replace("~1", "/").replace("~0", "~")]
    return place


def holds(word: str, told: Any, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match word:
        case "type":
            kinds = told if isinstance(told, list) else [told]
            fits = [kind for kind in kinds if isinstance(value, KINDS[kind])]
            return any(kind == "boolean" or not isinstance(value, bool) for kind in fits)
        case "const":
            return value == told
        case "enum":
            return value in told
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" if is_number:
            return {
                "minimum": lambda: value >= told,
                "maximum": lambda: value <= told,
                "exclusiveMinimum": lambda: value > told,
                "exclusiveMaximum": lambda: value < told,
                "multipleOf": lambda: value % told == 0,
            }[word]()
        case "minLength" | "maxLength" if isinstance(value, str):
            return len(value) >= told if word == "minLength" else len(value) <= told
        case "pattern" if isinstance(value, str):
            return re.search(told, value) is not None
        case "minItems" | "maxItems" if isinstance(value, list):
            return len(value) >= told if word == "minItems" else len(value) <= told
        case "uniqueItems" if isinstance(value, list):
            return len({json.dumps(item) for item in value}) == len(value)
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            return True
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "uniqueItems" | "items" | "pattern":
            return True
        case _:
            raise AssertionError(f"the tests do not know {word}")
