"""How the outcome of a cell is written down: what the client sees, how often upstreams are asked, who answers."""

import msgspec

GOOD = "answer"
"""The target that was asked answered after all, and the client has all of it."""
FALLBACK = "fallback"
"""The healthy target answered, and the client has all of that and nothing else."""


class Outcome(msgspec.Struct, frozen=True):
    """`seen`: `answer`, `502 PTG-1501`, or after content `cut PTG-1504`: an error event, and no word of success.
    `calls`: of upstreams when there is no fallback. `elsewhere`: with a healthy fallback the client has its answer."""

    seen: str
    calls: int = 1
    elsewhere: bool = False


ANSWER = Outcome(GOOD)


def again(seen: str) -> Outcome:
    """A fault of the upstream: the same is asked three times, another target at once."""
    return Outcome(seen, 3, elsewhere=True)


def elsewhere(seen: str) -> Outcome:
    """The same is not asked again, another target is."""
    return Outcome(seen, elsewhere=True)


def final(seen: str) -> Outcome:
    """It is over: nobody else is asked."""
    return Outcome(seen)


def cut(code: str) -> Outcome:
    """It broke after its first content."""
    return Outcome(f"cut {code}")


NO_CONNECTION = again("502 PTG-1501")
BROKEN = again("502 PTG-1503")
TRUNCATED = again("502 PTG-1504")
LATE = again("504 PTG-1502")
FAILED = again("502 PTG-1505")
BUSY = again("503 PTG-1506")
