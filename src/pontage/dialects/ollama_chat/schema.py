"""JSON Schema as the server reads it in the declaration of a tool. Floor 3; pure.

Of a property it knows `type`, `description`, `enum`, `items`, `properties`, `required` and `anyOf`; a reference would
be lost, and `true` refused. So references are written out, and what other keywords say is said with these where it can
be. All other keywords stay: the server passes over them.
"""

from __future__ import annotations

from typing import Any, Final, cast

from pontage.domain.parts import JSONObject

_MOST_SCHEMAS: Final = 5_000  # references can make a small schema endless, or very large


def plain_schema(schema: JSONObject) -> JSONObject:
    """`schema`, or what says the same without references (a recursive one: as far as can be); it is not changed."""
    writer = _Writer(schema)
    said = writer.write(schema)
    return (
        {key: value for key, value in said.items() if key not in ("$defs", "definitions")} if writer.followed else said
    )


class _Writer:
    """Writes one schema; `followed`: there were references in it."""

    def __init__(self, root: JSONObject) -> None:
        self._root = root
        self._written = 0
        self._open: list[str] = []  # references being followed
        self.followed = False

    def write(self, schema: Any) -> JSONObject:
        """A schema and all within it."""
        self._written += 1
        if not isinstance(schema, dict) or self._written > _MOST_SCHEMAS:
            return {}
        depth = len(self._open)
        said: JSONObject = {}
        for key, value in self._resolved(cast(JSONObject, schema)).items():
            self._keyword(key, value, said)
        del self._open[depth:]
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

    def _resolved(self, schema: JSONObject) -> JSONObject:
        """`schema` with its reference followed and its `allOf` joined."""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self.followed = True
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = None if reference in self._open else self._target(reference)
            if target is None:
                return beside
            self._open.append(reference)
            return self._resolved({**target, **beside})
        members = schema.get("allOf")
        if not isinstance(members, list):
            return schema
        joined: JSONObject = {key: value for key, value in schema.items() if key != "allOf"}
        for member in cast(list[Any], members):
            if isinstance(member, dict):
                _join(joined, self._resolved(cast(JSONObject, member)))
        return joined

    def _target(self, reference: str) -> JSONObject | None:
        """The schema a reference within this document names."""
        target: Any = self._root
        for step in reference.removeprefix("#").strip("/").split("/"):
            target = cast(JSONObject, target).get(step) if isinstance(target, dict) else None
        return cast(JSONObject, target) if isinstance(target, dict) else None


def _join(schema: JSONObject, member: JSONObject) -> None:
    for key, value in member.items():
        known = schema.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            schema[key] = {**cast(JSONObject, known), **cast(JSONObject, value)}
        elif isinstance(known, list) and isinstance(value, list) and key == "required":
            schema[key] = [*cast(list[Any], known), *cast(list[Any], value)]
        else:
            schema.setdefault(key, value)
