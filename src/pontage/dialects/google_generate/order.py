"""Floor 3. Parts that are open side by side, told one after another: this format joins text that follows itself."""

from __future__ import annotations

from pontage.domain.stream import Delta, PartEnded, PartStarted

PartEvent = PartStarted | Delta | PartEnded


class InOrder:
    """Holds the events of a part back while one before it is open."""

    def __init__(self) -> None:
        self._open: dict[int, dict[int, list[PartEvent]]] = {}  # by choice and part, with what is held back

    def feed(self, event: PartEvent) -> list[PartEvent]:
        """The events that may be told now."""
        parts = self._open.setdefault(event.choice, {})
        if event.index not in parts:
            parts[event.index] = []
        if len(parts) > 1 and event.index != min(parts):
            parts[event.index].append(event)
            return []
        if not isinstance(event, PartEnded):
            return [event]
        del parts[event.index]
        told: list[PartEvent] = [event]
        while parts:
            following = min(parts)
            held = parts[following]
            told += held
            held.clear()
            if not isinstance(told[-1], PartEnded) or told[-1].index != following:
                break
            del parts[following]
        return told

    def rest(self) -> list[PartEvent]:
        """What is still held back when the answer ends."""
        return [event for parts in self._open.values() for _, held in sorted(parts.items()) for event in held]
