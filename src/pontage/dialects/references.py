"""References within a JSON Schema, for formats that know none. Floor 2; pure."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, cast

from pontage.domain.parts import JSONObject

_MOST_SCHEMAS: Final = 5_000  # references can make a small schema endless, or very large


class References:
    """Writes out the references of one document. `followed`: there were some; `missed`: one names nothing, or itself,
    or there was no end to them."""

    def __init__(self, root: JSONObject) -> None:
        self.followed = False
        self.missed = False
        self._root = root
        self._open: list[str] = []  # references being followed
        self._visited = 0

    @contextmanager
    def within(self, schema: JSONObject) -> Generator[JSONObject]:
        """`schema` with its reference followed and its `allOf` joined, while all within it is written; nothing when
        there is no end to them."""
        self._visited += 1
        depth = len(self._open)
        if self._visited > _MOST_SCHEMAS:
            self.missed = True
            yield {}
        else:
            yield self._resolved(schema)
        del self._open[depth:]

    def _resolved(self, schema: JSONObject) -> JSONObject:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self.followed = True
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = None if reference in self._open else self._target(reference)
            if target is None:
                self.missed = True
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
        """The schema that a reference within this document names."""
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
