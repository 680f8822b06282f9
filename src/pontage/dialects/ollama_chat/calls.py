"""Tool calls, both ways: their ids and their arguments. Floor 3; pure.

Older servers give calls no id, and a result then names the tool it comes from, or nothing. A call without an id gets
one from a hash of its answer's id and its place, so every reading agrees on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from pontage.dialects.arguments import as_object
from pontage.dialects.bindings import OpenCalls
from pontage.dialects.ollama_chat.types import Call
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.parts import JSONObject, ToolCall

_FUNCTION: Final = "function"


def made_id(kind: str, *seeds: object) -> str:
    """An id that is always the same for the same seeds."""
    text = "\0".join(map(str, seeds))
    return f"{kind}_{blake2b(text.encode('utf-8', 'replace'), digest_size=9).hexdigest()}"


class CallReader:
    """Ids for the calls and results of one conversation or answer, in the order they are read."""

    def __init__(self, seed: str = "", *, claimed: Iterable[str] = ()) -> None:
        """`seed`: the id of the answer; nothing for a conversation. `claimed`: the ids that results name, wherever they
        stand: a result that names none answers another call."""
        self._seed = seed
        self._count = 0
        self._open = OpenCalls(claimed)

    def read(self, call: Call) -> ToolCall:
        """The call, under the id it was told with or one of its own."""
        function, extra = call.function, call.extra
        if call.type not in (None, _FUNCTION):
            extra["type"] = call.type
        if function.extra:
            extra[_FUNCTION] = function.extra
        found = call.id or made_id("call", self._seed, self._count)
        self._count += 1
        self._open.add(found, function.name)
        return ToolCall(id=found, name=function.name, arguments=bytes(function.arguments).decode(), extra=extra)

    def answered(self, told: str | None, name: str | None) -> str:
        """The id of the call that a result answers: the told one, else that of the first open call of the tool, or of
        any tool where none is named."""
        found = told or self._open.take(name)
        if found:
            return found
        self._count += 1
        return made_id("call", self._seed, "result", self._count)


def write_call(call: ToolCall, scope: Scope, where: str) -> JSONObject:
    """The call on the wire."""
    function: JSONObject = {"name": call.name, "arguments": as_object(call, scope.notes, where)}
    said: JSONObject = {"id": call.id, _FUNCTION: function}
    put_extra(said, call.extra, scope, where)
    return said
