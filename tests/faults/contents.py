"""Faults of what is said: bodies and events that are broken, foreign or too large, and errors told inside them."""

import json
from typing import Any

import msgspec

from tests.faults import vendors
from tests.faults.expected import ANSWER, BROKEN, FAILED, TRUNCATED, Outcome, cut
from tests.faults.fault import Fault, Told, Unlike, both
from tests.faults.peer import Step
from tests.faults.wire import LAST, Ask, chunk

NO_END = Unlike(
    outcome=TRUNCATED,
    why="events that say nothing are passed over; what is missed is the last word",
    dialects=("openai_chat", "google_generate", "ollama_chat"),
    streams=True,
)
NOTHING_SAID = msgspec.structs.replace(NO_END, dialects=("openai_chat",), relayed=True)
NOT_READ_WHOLE = ("openai_chat", "openai_responses", "anthropic_messages", "ollama_chat", "cohere_chat")
NOT_READ = ("openai_chat", "anthropic_messages", "cohere_chat")
AS_IT_CAME = Unlike(outcome=ANSWER, why="in one format the text passes as it is", relayed=True)
LASTING = Unlike(
    outcome=Outcome("answer, and more"),
    why="the format has no last word: what comes before the end of the body belongs to it",
    dialects=("google_generate",),
    streams=True,
)
UNREAD = Unlike(
    outcome=Outcome("garbled, cut PTG-1504"),
    why="in one format events pass as they are: the client's own parser meets it, and an error event behind it",
    dialects=("openai_chat", "openai_responses", "anthropic_messages", "cohere_chat"),
    streams=True,
    relayed=True,
)


def framed(ask: Ask, data: bytes) -> bytes:
    """`data` where an event's JSON stands."""
    return data + b"\n" if ask.dialect == "ollama_chat" else b"data: " + data + b"\n\n"


def instead(data: bytes) -> Told:
    """`data` in the place of the answer: the body, or the first event."""

    def says(ask: Ask) -> list[Step]:
        return [ask.said(framed(ask, data)) if ask.streams else ask.sized(data)]

    return says


def amid(data: bytes) -> Told:
    """`data` after the first content of a stream; in the place of a whole answer."""

    def says(ask: Ask) -> list[Step]:
        return [ask.begun() + chunk(framed(ask, data)) + LAST] if ask.streams else [ask.sized(data)]

    return says


def rewritten(old: bytes, new: bytes) -> Told:
    """A good answer in which these bytes are others."""
    return lambda ask: [ask.said(ask.body().replace(old, new))]


def counting(first: Any, last: Any = None) -> Told:
    """A good answer that tells this usage; a stream tells `first` early on and `last` at its end."""

    def says(ask: Ask) -> list[Step]:
        if not ask.streams or last is None:
            return [ask.said(ask.body(first))]
        early, late = ask.telling(first), ask.telling(last)
        told = b"".join((*early.opening, *early.ending[1:-1], *early.content)) if ask.dialect == "openai_chat" else None
        if told is None:
            told = b"".join((*early.opening, *early.content))
        return [ask.said(told + b"".join(late.ending))]

    return says


def after(ask: Ask) -> list[Step]:
    """A good answer, and events behind its last word."""
    more = ask.telling(who="ghost")
    return [ask.said(ask.body() + b"".join(more.content)) if ask.streams else ask.sized(ask.body() + b"\n \n")]


def unended(ask: Ask) -> list[Step]:
    told = ask.telling()
    whole = ask.answer()
    return [ask.said(b"".join((*told.opening, *told.content)) if ask.streams else whole[: len(whole) * 2 // 3])]


def errs(ask: Ask, *, late: bool) -> list[Step]:
    if not ask.streams:
        return [ask.sized(json.dumps(vendors.error(ask.dialect, 500)).encode())]
    frame = vendors.error_frame(ask.dialect)
    return [(ask.begun() if late else ask.greeted()) + chunk(frame) + LAST]


def in_type(kind: str) -> Told:
    return lambda ask: [ask.sized(ask.body(), kind=kind)]


CONTENTS = (
    Fault(name="no last word", whole=BROKEN, stream=cut("PTG-1504"), says=unended),
    both(
        "more after the last word",
        ANSWER,
        after,
        unlike=(
            msgspec.structs.replace(LASTING, outcome=Outcome("cut PTG-1504, and more"), relayed=True),
            LASTING,
        ),
    ),
    Fault(name="an empty body", whole=BROKEN, stream=TRUNCATED, says=lambda ask: [ask.said(b"")]),
    both("a web page", BROKEN, lambda ask: [ask.sized(b"<html>busy</html>", kind="text/html")]),
    Fault(name="a good answer that calls itself a web page", whole=ANSWER, stream=BROKEN, says=in_type("text/html")),
    both("a good answer without a type", ANSWER, in_type("")),
    Fault(
        name="the other kind of answer",
        whole=BROKEN,
        stream=BROKEN,
        says=lambda ask: [Ask(ask.dialect, not ask.streams).said(Ask(ask.dialect, not ask.streams).body())],
    ),
    both("no JSON", BROKEN, instead(b"what?")),
    both("half a JSON", BROKEN, instead(b'{"id": "x", "cho')),
    both("a list", BROKEN, instead(b"[]"), unlike=(NOTHING_SAID,)),
    both("null", BROKEN, instead(b"null"), unlike=(NOTHING_SAID,)),
    both(
        "another object",
        BROKEN,
        instead(b'{"hello": "there"}'),
        unlike=(NO_END,),
    ),
    both("a hundred thousand brackets", BROKEN, instead(b'{"a":' * 100_000)),
    Fault(name="no JSON after content", whole=BROKEN, stream=cut("PTG-1503"), says=amid(b"what?"), unlike=(UNREAD,)),
    Fault(
        name="half a JSON after content",
        whole=BROKEN,
        stream=cut("PTG-1503"),
        says=amid(b'{"id": "x", "cho'),
        unlike=(UNREAD,),
    ),
    Fault(name="a list after content", whole=BROKEN, stream=cut("PTG-1503"), says=amid(b"[]"), unlike=(UNREAD,)),
    both("an event of 17 MiB", BROKEN, instead(b'{"x":"' + b"x" * (17 << 20) + b'"}'), heavy=True),
    Fault(
        name="an event of 17 MiB after content",
        whole=BROKEN,
        stream=cut("PTG-1503"),
        says=amid(b'{"x":"' + b"x" * (17 << 20) + b'"}'),
        heavy=True,
    ),
    Fault(
        name="text that is no UTF-8",
        whole=BROKEN,
        stream=ANSWER,
        says=rewritten(b"sick-2", b"sick-\xff"),
        unlike=(msgspec.structs.replace(AS_IT_CAME, dialects=NOT_READ_WHOLE, streams=False),),
    ),
    Fault(
        name="half a character pair",
        whole=BROKEN,
        stream=cut("PTG-1503"),
        says=rewritten(b"sick-2", b"sick-\\ud83d"),
        unlike=(msgspec.structs.replace(AS_IT_CAME, dialects=NOT_READ, streams=True),),
    ),
    Fault(
        name="a byte order mark",
        whole=BROKEN,
        stream=ANSWER,
        says=lambda ask: [ask.said(b"\xef\xbb\xbf" + ask.body())],
    ),
    both("lines that end like another system's", ANSWER, rewritten(b"\n", b"\r\n")),
    both("an error that says 200", FAILED, lambda ask: errs(ask, late=False)),
    Fault(
        name="an error that says 200 after content",
        whole=FAILED,
        stream=cut("PTG-1505"),
        says=lambda ask: errs(ask, late=True),
    ),
    both("no usage", ANSWER, counting(None)),
    both("negative usage", ANSWER, counting((-7, -5))),
    both("usage beyond any number", ANSWER, counting((2**70, 2**70))),
    both("usage in words", ANSWER, counting(("many", "few"))),
    both("usage with a fraction", ANSWER, counting((7.5, 5.5))),
    both("usage that changes", ANSWER, counting((3, 2), (7, 5))),
    both("usage that shrinks", ANSWER, counting((70, 50), (7, 5))),
)
