"""Cases: the same answers in pieces, however their bytes are cut. Floor 8."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from pontage.conformance.bench import Bench, Heard, question
from pontage.conformance.cases_chat import PLAIN, SCRIPTS, UNICODE, WORD, says, whole_text
from pontage.conformance.cases_settings import COUNT, SHORT, STOPPED, cut_off, stopped
from pontage.conformance.verdict import PASSED, Case, Verdict, absent, judge, shown
from pontage.domain.chat import ChatRequest
from pontage.domain.parts import Reasoning, Refusal, Text, ToolCall
from pontage.domain.stream import Delta, Finished, PartEnded, PartStarted, Started

Cuts = Callable[[bytes], Iterable[Iterable[bytes]]]
"""The ways to cut the bytes of a stream, each way as its pieces."""
STRIDES = (1, 2, 3, 7, 61)
"""Bytes of one piece: the smallest ones cut every character, line and event."""
EVENT_STREAM = "text/event-stream"
COMMENT = b": keep-alive\n\n"
_BLANK_LINE = re.compile(rb"(?:\r\n|\r|\n)(?:\r\n|\r|\n)")


def folded(text: str) -> str:
    """A text as far as two answers to one question have to agree."""
    return "".join(character for character in text.casefold() if character.isalnum())


async def answered(bench: Bench) -> Verdict:
    """It answers the question that it was asked."""
    return judge(says((await bench.stream(PLAIN)).answer, WORD))


async def same_answer(bench: Bench) -> Verdict:
    """In pieces it is the same answer, and ends for the same reason."""
    whole, pieces = await bench.ask(PLAIN), (await bench.stream(PLAIN)).answer
    return judge(
        (folded(whole.text) == folded(pieces.text), f"whole {shown(whole.text)}, in pieces {shown(pieces.text)}"),
        (whole.stop.reason == pieces.stop.reason, f"whole {whole.stop.reason}, in pieces {pieces.stop.reason}"),
    )


async def terminal_event(bench: Bench) -> Verdict:
    """One beginning, one end; that the end was there is what reading the stream proves."""
    events = (await bench.stream(PLAIN)).events
    ends = [event for event in events if isinstance(event, Started | Finished)]
    return judge(
        (len(ends) == 2 and isinstance(events[0], Started), "the stream has more than one beginning"),
        (isinstance(events[-1], Finished), "something comes after the end"),
    )


async def content_type(bench: Bench) -> Verdict:
    """The head says that a stream follows; that it is one of this format is what reading it proves."""
    exchange = (await bench.stream(PLAIN)).exchange
    return judge((exchange.content_type, "the stream has no content type")) if exchange else absent("nothing is sent")


async def several_pieces(bench: Bench) -> Verdict:
    """A longer answer comes in more than one piece."""
    events = (await bench.stream(question(COUNT))).events
    count = sum(isinstance(event, Delta) for event in events)
    return judge((count, "nothing came")) if count != 1 else absent("the whole answer comes in one piece")


async def pieces_make_the_parts(bench: Bench) -> Verdict:
    """What came piece by piece is what the finished parts hold."""
    return pieces_fit(await bench.stream(UNICODE))


def pieces_fit(heard: Heard) -> Verdict:
    """Judge a stream: every part begins, grows and ends, and has grown to what it is."""
    grown: dict[tuple[int, int], str] = {}
    for event in heard.events:
        match event:
            case PartStarted(index, _, choice):
                grown[choice, index] = ""
            case Delta(index, text, choice):
                grown[choice, index] = grown.get((choice, index), "") + text
            case PartEnded(index, Text(text=text) | Reasoning(text=text) | Refusal(text=text), choice):
                if grown.get((choice, index)) != text:
                    return Verdict("failed", f"the pieces make {shown(grown.get((choice, index), ''))}")
            case PartEnded(index, ToolCall(arguments=text), choice):
                if grown.get((choice, index)) not in (text, ""):
                    return Verdict("failed", f"the pieces make {shown(grown.get((choice, index), ''))}")
            case _:
                pass
    return PASSED


async def unicode(bench: Bench) -> Verdict:
    """Other scripts come back unbroken."""
    answer = (await bench.stream(UNICODE)).answer
    return judge(whole_text(answer), says(answer, *SCRIPTS))


async def max_tokens(bench: Bench) -> Verdict:
    """The limit holds in pieces, too."""
    return cut_off((await bench.stream(SHORT)).answer)


async def stop_sequence(bench: Bench) -> Verdict:
    """It stops before the sequence in pieces, too."""
    return stopped((await bench.stream(STOPPED)).answer)


def strides(body: bytes) -> Iterable[Iterable[bytes]]:
    """The bytes cut evenly, more finely and less."""
    for stride in STRIDES:
        yield [body[start : start + stride] for start in range(0, len(body), stride)]


def uneven(body: bytes) -> Iterable[Iterable[bytes]]:
    """The bytes cut at places that are spread over them without any order, the same ones every time."""
    for step in (7919, 104729, 15485863):
        places = sorted({number * step % max(len(body), 1) for number in range(1, 24)} | {0, len(body)})
        yield [body[start:stop] for start, stop in pairwise(places)]


def at_once(body: bytes) -> Iterable[Iterable[bytes]]:
    """All bytes in one piece."""
    yield [body]


async def same_when_cut(bench: Bench, request: ChatRequest, cuts: Cuts) -> Verdict:
    """Judge a stream by what it says when its bytes come in other pieces."""
    heard = await bench.stream(request)
    if heard.exchange is None:
        return absent("nothing is sent")
    for pieces in cuts(heard.exchange.body):
        if await bench.play(request, heard.exchange, pieces) != heard.events:
            return Verdict("failed", "cut at other places the stream says something else")
    return judge((heard.exchange.body, "the stream has no bytes"))


def recut(name: str, cuts: Cuts) -> Case:
    """The case of a stream that is heard again in other pieces."""

    async def run(bench: Bench) -> Verdict:
        return await same_when_cut(bench, UNICODE, cuts)

    return Case(name, "stream", run)


def commented(body: bytes) -> bytes:
    """An event stream with a comment before each of its events, and at its end."""
    return COMMENT + _BLANK_LINE.sub(lambda found: found.group() + COMMENT, body)


async def comments(bench: Bench) -> Verdict:
    """Comments between two events change nothing."""
    heard = await bench.stream(PLAIN)
    if heard.exchange is None or heard.exchange.content_type != EVENT_STREAM:
        return absent("its streams have no comments")
    played = await bench.play(PLAIN, heard.exchange, [commented(heard.exchange.body)])
    return judge((played == heard.events, "with comments between its events the stream says something else"))


CASES = (
    Case("answer in a stream", "stream", answered, core=True),
    Case("the same answer as whole", "stream", same_answer, core=True),
    Case("one beginning, one end", "stream", terminal_event, core=True),
    Case("content type", "stream", content_type),
    Case("several pieces", "stream", several_pieces),
    Case("pieces make the parts", "stream", pieces_make_the_parts, core=True),
    Case("other scripts in pieces", "stream", unicode, core=True),
    Case("longest answer in pieces", "stream", max_tokens, core=True),
    Case("stop sequence in pieces", "stream", stop_sequence),
    recut("cut byte by byte", strides),
    recut("cut anywhere", uneven),
    recut("all bytes at once", at_once),
    Case("comments between events", "stream", comments),
)
