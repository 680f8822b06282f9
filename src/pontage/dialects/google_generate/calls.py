"""Floor 3. Which call a result answers: this format may leave ids out and asks for the function's name instead.

A call without an id gets one from a hash of its answer's id and its place, so every reading agrees on it. Of an answer
without an id, what is called stands in its place: else the first calls of all turns were the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import cast

from pontage.dialects.bindings import OpenCalls
from pontage.dialects.google_generate.names import NAME
from pontage.dialects.scope import is_from
from pontage.domain.chat import Message
from pontage.domain.parts import Part, ToolCall, ToolResult


def call_id(seed: str, choice: int, index: int) -> str:
    """The id of the `index`-th call of a candidate that told none; `seed` tells the answer from others."""
    digest = blake2b(f"{seed}\0{choice}\0{index}".encode("utf-8", "replace"), digest_size=9)
    return f"call_{digest.hexdigest()}"


class CallReader:
    """Ids for the calls and results of one conversation, in the order they are read."""

    def __init__(self, seed: str = "", choice: int = 0, *, claimed: Iterable[str] = ()) -> None:
        """`seed`: the answer's id. `claimed`: the ids that results name, wherever they stand: a result that names none
        answers another call."""
        self._seed = seed
        self._choice = choice
        self._count = 0
        self._open = OpenCalls(claimed)

    def call(self, told: str | None, name: str, arguments: str) -> str:
        """The id of the next call: the one that is told, or one of its own."""
        found = told or call_id(self._seed or f"{name}\0{arguments}", self._choice, self._count)
        self._count += 1
        self._open.add(found, name)
        return found

    def result(self, told: str | None, name: str) -> str:
        """The id of the call that the next result answers: the told one, or that of the first open call of the name."""
        found = told or self._open.take(name)
        if found:
            return found
        self._count += 1
        return call_id(self._seed, -1, self._count - 1)


class CallWriter:
    """What results need to know of the calls written before them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._unsent: dict[str, int] = {}  # calls whose id is not on the wire: order tells them apart

    def learn(self, message: Message) -> None:
        """Remember the calls of `message`; those that its origin wrote without an id go out without one again."""
        silent: set[str] = set()
        if message.spelling and is_from(message.origin, NAME):
            silent = {found for how in message.spelling for found in _unwritten(how.said, how.wrote)}
        for part in message.parts:
            if isinstance(part, ToolCall) and not part.by_provider:
                self._names[part.id] = part.name
                if part.id in silent:
                    self._unsent[part.id] = len(self._unsent)

    def name(self, result: ToolResult) -> str | None:
        """The function whose result this is, or None when nobody called it and nobody says."""
        return self._names.get(result.call_id, result.name)

    def sent(self, call: str) -> bool:
        """Whether the id of this call is on the wire, so that its result can name it."""
        return call not in self._unsent

    def in_order(self, parts: tuple[Part, ...]) -> list[int]:
        """The indices of `parts` with results of calls without ids in the order of the calls: it is all that tells
        two calls of one function apart."""
        order = list(range(len(parts)))
        places = [index for index in order if self._is_unsent(parts[index])]
        if len(places) < 2:
            return order
        ranked = sorted(places, key=lambda index: self._rank(parts[index]))
        for place, index in zip(places, ranked, strict=True):
            order[place] = index
        return order

    def _is_unsent(self, part: Part) -> bool:
        return isinstance(part, ToolResult) and part.call_id in self._unsent

    def _rank(self, part: Part) -> int:
        return self._unsent[part.call_id] if isinstance(part, ToolResult) else 0


def _unwritten(said: tuple[object, ...], wrote: tuple[object, ...]) -> list[str]:
    """Ids of calls that are in `said` and not in `wrote`: of one id, or of a part, turn or list around it."""
    if said and not wrote and isinstance(said[0], str):
        return [said[0]]
    return sorted(_ids(said) - _ids(wrote))


def _ids(value: object) -> set[str]:
    if isinstance(value, dict):
        fields = cast(dict[str, object], value)
        call = fields.get("functionCall", fields.get("function_call"))
        if isinstance(call, dict):
            found = cast(dict[str, object], call).get("id")
            return {found} if isinstance(found, str) else set()
        return _ids(list(fields.values()))
    if isinstance(value, list | tuple):
        return {found for item in cast(list[object], value) for found in _ids(item)}
    return set()
