"""What a client saw, in the words of the documentation; what there are no words for is told as it was."""

import json
import re

from tests.e2e.asking import Answer
from tests.faults.clients import seen, text_of
from tests.faults.expected import FALLBACK, GOOD
from tests.faults.wire import SICK, WELL, texts

NEGATIVE = re.compile(rb'": ?-\d')
SAID = {"".join(texts(SICK)): GOOD, "".join(texts(WELL)): FALLBACK}
GHOST = "ghost"
"""Text that no answer has."""


def judged(form: str, answer: Answer, *, streams: bool, relayed: bool) -> str:
    """The outcome of a request by a client of this format."""
    if answer.status != 200:
        busy = form == "anthropic_messages" and answer.status == 529  # its own word for 503
        return f"{503 if busy else answer.status} {answer.headers.get('x-pontage-error', 'without a code')}"
    if not relayed and NEGATIVE.search(answer.body):
        return f"a negative number: {answer.body[-300:]!r}"
    try:
        return _streamed(form, answer) if streams else _whole(form, answer)
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        return f"unreadable: {error!r} {answer.body[-300:]!r}"


def _whole(form: str, answer: Answer) -> str:
    return (
        SAID.get(_usual(text_of(form, json.loads(answer.body.decode(errors="replace")))))
        or f"odd text {answer.body[:300]!r}"
    )


def _streamed(form: str, answer: Answer) -> str:
    if not answer.whole:
        return f"broken off {answer.body[-200:]!r}"
    stream = seen(form, answer)
    text, _, ghost = _usual(stream.text).partition(GHOST)
    garbled, more = "garbled, " if stream.garbled else "", ", and more" if ghost else ""
    if stream.error is not None and text and any(said.startswith(text) for said in SAID):
        return f"{garbled}cut {stream.error}{more}"
    if stream.error is None and stream.ended and text in SAID:
        return f"{garbled}{SAID[text]}{more}"
    return f"odd text {stream.text!r}, ended {stream.ended}, error {stream.error}"


def _usual(text: str) -> str:
    """`text` with what was put in the place of a character that is none."""
    return text.replace("sick-\ufffd ", "sick-2 ").replace("sick-\ud83d ", "sick-2 ")
