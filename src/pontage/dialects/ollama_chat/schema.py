"""JSON Schema as the server reads it in the declaration of a tool. Floor 3; pure.

Of a property it knows `type`, `description`, `enum`, `items`, `properties`, `required` and `anyOf`; a reference would
be lost, and `true` refused. So references are written out, and what other keywords say is said with these where it can
be. All other keywords stay: the server passes over them.
"""

from __future__ import annotations

from typing import Any, cast

from pontage.dialects.references import References
from pontage.domain.parts import JSONObject


def plain_schema(schema: JSONObject) -> JSONObject:
    """`schema`, or what says the same without references (a recursive one: as far as can be); it is not changed."""
    references = References(schema)
    said = _Writer(references).write(schema)
    if not references.followed:
        return said
    return {key: value for key, value in said.items() if key not in ("$defs", "definitions")}


class _Writer:
    """Writes one schema."""

    def __init__(self, references: References) -> None:
        self._references = references

    def write(self, schema: Any) -> JSONObject:
        """A schema and all within it."""
        said: JSONObject = {}
        if isinstance(schema, dict):
            with self._references.within(cast(JSONObject, schema)) as fields:
                for key, value in fields.items():
                    self._keyword(key, value, said)
        return said

    def _keyword(self, key: str, value: Any, said: JSONObject) -> None:
        match key:
            case "properties" if isinstance(value, dict):
                said[key] = {name: self.write(item) for name, item in cast(JSONObject, value).items()}
            case "items" if isinstance(value, dict | bool):
                said[key] = self.write(value)
            case "anyOf" | "oneOf" if isinstance(value, list):
                said["anyOf"] = [*said.get("anyOf", ()), *map(self.write, cast(list[Any], value))]
            case "const":
                said["enum"] = [value]
            case _:
                said[key] = value
