"""Which call a result answers that names none. Floor 2; pure.

Some formats may leave ids out and tell the tool's name instead, or nothing. Then the order of the calls binds.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable


class OpenCalls:
    """The calls of a conversation that no result has answered yet, in the order they are read."""

    def __init__(self, claimed: Iterable[str] = ()) -> None:
        """`claimed`: the ids that results name, wherever they stand: a result that names none answers another call."""
        self._claimed = Counter(claimed)
        self._count = 0
        self._open: dict[str, deque[tuple[int, str]]] = {}  # by tool: the number of the call, and its id

    def add(self, identity: str, tool: str) -> None:
        """A call of `tool`."""
        if self._claimed[identity] > 0:
            self._claimed[identity] -= 1
            return
        self._count += 1
        self._open.setdefault(tool, deque()).append((self._count, identity))

    def take(self, tool: str | None) -> str | None:
        """The id of the first open call of `tool`, or of any tool for None; it is answered now. None: there is none."""
        waiting = self._open.get(tool) if tool is not None else min(filter(None, self._open.values()), default=None)
        return waiting.popleft()[1] if waiting else None
