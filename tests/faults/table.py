"""The documentation of the matrix, made from what its cells are held against."""

import re
from collections.abc import Callable, Sequence

from tests.facts.markdown import codes, table
from tests.faults.contents import CONTENTS
from tests.faults.expected import GOOD, Outcome
from tests.faults.fault import Fault, Unlike
from tests.faults.framing import FRAMING
from tests.faults.matrix import FAULTS
from tests.faults.roads import ROADS
from tests.faults.statuses import STATUSES

CODE = re.compile(r"PTG-\d{4}")


def _seen(outcome: Outcome) -> str:
    text = CODE.sub(lambda found: f"[`{found[0]}`](errors.md#{found[0].lower()})", outcome.seen)
    text = text.replace("garbled, ", "the event as it came, ").replace("cut ", "content, then an error event ")
    return text if outcome.seen != GOOD else "the answer"


def _pair(fault: Fault, told: Callable[[Outcome], str]) -> str:
    """What is told of a whole answer and of a stream, once where it is the same."""
    pair = told(fault.whole), told(fault.stream)
    return pair[0] if pair[0] == pair[1] else "; ".join(pair)


def _helped(outcome: Outcome) -> str:
    return "not needed" if outcome.seen == GOOD else "yes" if outcome.elsewhere else "no"


def rows(faults: Sequence[Fault]) -> Callable[[], str]:
    """The table of these faults."""

    def made() -> str:
        titles = ("what the upstream does", "a whole answer", "a stream", "asked, alone", "a fallback answers")
        return table(
            titles,
            (
                (
                    fault.name,
                    _seen(fault.whole),
                    _seen(fault.stream),
                    _pair(fault, lambda one: str(one.calls)),
                    _pair(fault, _helped),
                )
                for fault in faults
            ),
        )

    return made


def exceptions() -> str:
    """What differs between formats, and why."""
    titles = ("what the upstream does", "its formats", "asked for", "the client gets", "because")
    found = ((fault, one) for fault in FAULTS for one in fault.unlike)
    return table(
        titles, ((fault.name, _formats(one), _asked(one), _seen(one.outcome), one.why) for fault, one in found)
    )


def _formats(one: Unlike) -> str:
    told = codes(one.dialects) if one.dialects else "all"
    return f"{told}, and the client's is the same" if one.relayed else told


def _asked(one: Unlike) -> str:
    return {None: "both", True: "a stream", False: "a whole answer"}[one.streams]


PARTS = {
    "faults-of-roads": rows(ROADS),
    "faults-of-framing": rows(FRAMING),
    "faults-of-contents": rows(CONTENTS),
    "faults-that-are-told": rows(STATUSES),
    "faults-unlike": exceptions,
}
"""The generated parts of `docs/reference/faults.md`."""
