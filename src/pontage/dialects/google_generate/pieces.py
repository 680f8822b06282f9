"""Floor 3. A call whose arguments arrive piece by piece (Vertex AI): paths into the object, and what stands there."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, cast

import msgspec
from msgspec import UNSET

from pontage.dialects.google_generate.types import FunctionCall, PartialArgument
from pontage.domain.parts import JSONObject, ToolCall

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[['\"]([^'\"]*)['\"]\]")
_LONGEST_LIST = 10_000


class PartialCall:
    """Collects the pieces of one call; a call that arrives whole is one piece."""

    def __init__(self, call: ToolCall) -> None:
        self._call = call
        self._arguments: JSONObject = {}
        self._pieces = False

    def feed(self, call: FunctionCall, signature: str | None) -> None:
        """The next piece, and the signature beside it."""
        if signature is not None:
            self._call = msgspec.structs.replace(self._call, signature=signature)
        for argument in call.partial_args or ():
            self._pieces = True
            self._put(argument)

    def whole(self) -> ToolCall:
        """The call with all its arguments."""
        if not self._pieces:
            return self._call
        return msgspec.structs.replace(self._call, arguments=msgspec.json.encode(self._arguments).decode())

    def _put(self, argument: PartialArgument) -> None:
        steps: list[str | int] = [
            int(found[2]) if found[2] else found[1] or found[3] or "" for found in _STEP.finditer(argument.json_path)
        ]
        if not steps:
            return
        holder: Any = self._arguments
        for step, following in pairwise(steps):
            inner: Any = _get(holder, step)
            if inner is None or isinstance(inner, str | int | float):
                inner = [] if isinstance(following, int) else {}
                _set(holder, step, inner)
            holder = inner
        last = steps[-1]
        value = _value(argument)
        before = _get(holder, last)
        if isinstance(value, str) and isinstance(before, str):
            value = before + value
        if value is not UNSET:
            _set(holder, last, value)


def _value(argument: PartialArgument) -> Any:
    for value in (argument.string_value, argument.number_value, argument.bool_value):
        if value is not UNSET and value is not None:
            return value
    return None if argument.null_value is not UNSET else UNSET


def _get(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict):
        return cast(JSONObject, holder).get(str(step))
    items = cast(list[Any], holder)
    return items[step] if isinstance(step, int) and step < len(items) else None


def _set(holder: Any, step: str | int, value: Any) -> None:
    if isinstance(holder, dict):
        cast(JSONObject, holder)[str(step)] = value
    elif isinstance(step, int) and step < _LONGEST_LIST:
        items = cast(list[Any], holder)
        items.extend([None] * (step + 1 - len(items)))
        items[step] = value
