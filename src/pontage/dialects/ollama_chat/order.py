"""Parts that are open side by side, told one after another: here text joins what it follows. Floor 3; pure."""

from __future__ import annotations

from pontage.domain.stream import Delta, PartEnded, PartStarted

PartEvent = PartStarted | Delta | PartEnded
"""An event of one part."""


class InOrder:
    """Holds the events of a part back while one that began before it is open."""

    def __init__(self) -> None:
        self._held: dict[int, list[PartEvent]] = {}  # by part, those that are open in the order they began

    def feed(self, event: PartEvent) -> list[PartEvent]:
        """The events that may be told now."""
        held = self._held.setdefault(event.index, [])
        if next(iter(self._held)) != event.index:
            held.append(event)
            return []
        if not isinstance(event, PartEnded):
            return [event]
        del self._held[event.index]
        return [event, *self._released()]

    def rest(self) -> list[PartEvent]:
        """What is still held back when the answer ends."""
        return [event for held in self._held.values() for event in held]

    def _released(self) -> list[PartEvent]:
        """What the part that is first now has to tell, and all behind it that ended meanwhile."""
        told: list[PartEvent] = []
        while self._held:
            index, held = next(iter(self._held.items()))
            told += held
            held.clear()
            if not (told and isinstance(told[-1], PartEnded) and told[-1].index == index):
                break
            del self._held[index]
        return told
