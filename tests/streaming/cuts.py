"""Feeding a decoder one body in many ways."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from pontage.streaming.framing import Framing

Event = tuple[str, bytes]


def read(decoder: Callable[[], Framing], stream: bytes, cuts: Iterable[int] = ()) -> list[Event]:
    """The events of a body cut at these places; asserts that every byte is in a frame or in the remainder."""
    framing = decoder()
    bounds = [0, *cuts, len(stream)]
    frames = [frame for start, end in pairwise(bounds) for frame in framing.feed(stream[start:end])]
    frames += framing.end()
    assert b"".join(frame.raw for frame in frames) + framing.remainder == stream
    return [(frame.event, frame.data) for frame in frames]


def events_by_the_standard(stream: bytes) -> list[Event]:
    """What the HTML standard's algorithm makes of a whole body, line by line; an unterminated event counts as well."""
    events: list[Event] = []
    lines: list[str] = []
    event = ""
    for line in [*re.split("\r\n|\n|\r", stream.decode("utf-8", "replace").removeprefix("\ufeff")), ""]:
        name, _, value = line.partition(":")
        if name == "data":
            lines.append(value.removeprefix(" "))
        elif name == "event":
            event = value.removeprefix(" ")
        elif not line:
            if lines:
                events.append((event, "\n".join(lines).encode()))
            lines, event = [], ""
    return events


def read_all_cuts(decoder: Callable[[], Framing], stream: bytes) -> list[Event]:
    """The events of a body; asserts that they are the same when it is cut in two anywhere, or into single bytes."""
    events = read(decoder, stream)
    assert read(decoder, stream, range(len(stream))) == events
    for place in range(len(stream)):
        assert read(decoder, stream, [place]) == events, f"cut at byte {place}"
    return events
