"""How long a connection may stay where it is. Floor 8; no I/O: the time is always given, in the loop's seconds."""

from __future__ import annotations

import enum
import math

from pontage.errors import RequestTimeoutError
from pontage.server.http import Limits

_LINGER_SECONDS = 2.0  # in which a client that was refused may still read why


class Phase(enum.Enum):
    """Where a connection is: between requests, in a request's head or body, answering, or on its way out."""

    IDLE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()
    ANSWER = enum.auto()
    CLOSING = enum.auto()


class Clock:
    """The phase of one connection and the moment at which someone must look whether it has lasted too long."""

    __slots__ = ("_limits", "_since", "deadline", "phase")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._since = 0.0
        self.phase = Phase.ANSWER
        self.deadline = math.inf

    def answer(self) -> None:
        """A request is being answered: the time is the application's."""
        self.phase = Phase.ANSWER
        self.deadline = math.inf

    def enter(self, phase: Phase, now: float) -> None:
        """Begin a phase in which we wait for the client."""
        limits = self._limits
        self.phase = phase
        self._since = now
        if phase is Phase.IDLE:
            self.deadline = now + limits.keep_alive_seconds
        elif phase is Phase.HEAD:
            self.deadline = now + limits.header_seconds
        elif phase is Phase.BODY:
            self.deadline = now + limits.body_seconds
        else:
            self.deadline = now + _LINGER_SECONDS

    def await_reader(self, now: float) -> None:
        """The client has something to take: look again when it should have taken some of it."""
        self.deadline = now + self._limits.stall_seconds

    def lateness(self, now: float, body_bytes: int) -> RequestTimeoutError | None:
        """What to tell a client whose head or body is overdue; None moves the deadline as its rate allows."""
        limits = self._limits
        if self.phase is Phase.HEAD:
            return RequestTimeoutError(f"the headers took longer than {limits.header_seconds:g} s")
        allowed = limits.body_seconds + body_bytes / limits.body_bytes_per_second
        self.deadline = self._since + allowed
        if now < self.deadline:
            return None
        return RequestTimeoutError(f"the body came too slowly: {body_bytes} bytes in {allowed:.0f} s")
