"""Faults of the road and of time: connections that are not made or break, and answers that do not come."""

from pontage.config import Timeouts
from tests.faults.expected import ANSWER, BROKEN, LATE, NO_CONNECTION, cut, final
from tests.faults.fault import Fault, Unlike, both
from tests.faults.peer import Step
from tests.faults.wire import Ask, chunk


def patience(**seconds: float) -> Timeouts:
    """Long timers but for these: a busy machine is no fault."""
    return Timeouts(
        **{"connect": 20, "first_byte": 20, "first_token": 20, "idle": 20, "pool": 20, "total": 60} | seconds
    )


SHORT = patience(first_byte=0.3, first_token=0.3, idle=0.3)
NO_LAST_WORD = Unlike(
    outcome=cut("PTG-1503"),
    why="the format has no last word: only the end of the body tells that it is whole",
    dialects=("google_generate",),
    streams=True,
)


def dripping(ask: Ask) -> list[Step]:
    """A good answer in many small pieces."""
    body = ask.said(ask.body())
    return [step for at in range(0, len(body), 97) for step in (body[at : at + 97], 0.003)]


def trickling(ask: Ask) -> list[Step]:
    """An answer that goes on and never comes to its end."""
    if not ask.streams:
        return [ask.head("content-length: 100000") + b'{"id":"', *[0.05, b"0"] * 200]
    return [ask.begun(), *[step for piece in ask.telling().content[2:] for step in (1.2, chunk(piece))], "hang"]


def murmuring(ask: Ask, beginning: bytes) -> list[Step]:
    """Signs of life and nothing else."""
    piece = chunk(ask.nothing) if ask.streams else ask.nothing
    return [beginning if ask.streams else ask.head("content-length: 100000"), *[piece, 0.05] * 200]


def finished(ask: Ask, *steps: Step) -> list[Step]:
    """Everything that belongs to the answer, and these steps where its framing should end."""
    body = ask.body()
    return [ask.chunked(body) if ask.streams else ask.sized(body), *steps]


ROADS = (
    both("connection refused", NO_CONNECTION, port="refusing"),
    both("no TLS where TLS is expected", NO_CONNECTION, port="tls"),
    both("reset when connected", NO_CONNECTION, port="resetting"),
    both("closed when connected", NO_CONNECTION, port="closing"),
    both("reset before the head", NO_CONNECTION, lambda ask: ["reset"], unheard=True),
    both("closed before the head", NO_CONNECTION, lambda ask: ["fin"], unheard=True),
    both("reset within the head", BROKEN, lambda ask: [b"HTTP/1.1 200 OK\r\ncontent-ty", 0.05, "reset"]),
    both("closed within the head", BROKEN, lambda ask: [b"HTTP/1.1 200 OK\r\ncontent-ty", "fin"]),
    both("reset after the head", BROKEN, lambda ask: [ask.chunked(), 0.05, "reset"]),
    both("closed after the head", BROKEN, lambda ask: [ask.chunked(), "fin"]),
    both("reset before the content", BROKEN, lambda ask: [ask.greeted(), 0.05, "reset"]),
    both("closed before the content", BROKEN, lambda ask: [ask.greeted(), "fin"]),
    Fault(
        name="reset within the content",
        whole=BROKEN,
        stream=cut("PTG-1503"),
        says=lambda ask: [ask.begun(), 0.05, "reset"],
    ),
    Fault(
        name="closed within the content", whole=BROKEN, stream=cut("PTG-1503"), says=lambda ask: [ask.begun(), "fin"]
    ),
    both(
        "reset after the last word",
        ANSWER,
        lambda ask: finished(ask, 0.05, "reset"),
        unlike=(NO_LAST_WORD,),
        port="leaving",
    ),
    both(
        "closed after the last word", ANSWER, lambda ask: finished(ask, "fin"), unlike=(NO_LAST_WORD,), port="leaving"
    ),
    both("silence", LATE, lambda ask: ["hang"], timeouts=SHORT),
    both("a head, then silence", LATE, lambda ask: [ask.chunked(), "hang"], timeouts=SHORT),
    both("a beginning without content, then silence", LATE, lambda ask: [ask.greeted(), "hang"], timeouts=SHORT),
    Fault(
        name="content, then silence",
        whole=LATE,
        stream=cut("PTG-1502"),
        says=lambda ask: [ask.begun(), "hang"],
        timeouts=patience(idle=0.4),
    ),
    both("small pieces, slowly", ANSWER, dripping),
    Fault(
        name="content without an end",
        whole=final("504 PTG-1502"),
        stream=cut("PTG-1502"),
        says=trickling,
        timeouts=patience(total=3),
    ),
    Fault(
        name="signs of life without an end",
        whole=final("504 PTG-1502"),
        stream=LATE,
        says=lambda ask: murmuring(ask, ask.chunked()),
        timeouts=patience(first_token=0.4, total=5),
    ),
    Fault(
        name="content, then signs of life without an end",
        whole=final("504 PTG-1502"),
        stream=cut("PTG-1502"),
        says=lambda ask: murmuring(ask, ask.begun()),
        timeouts=patience(idle=2, total=8),
    ),
)
