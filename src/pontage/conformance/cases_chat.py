"""Cases: a question and its answer, turns, texts of all kinds. Floor 8."""

from __future__ import annotations

from pontage.conformance.bench import Bench, question
from pontage.conformance.verdict import Case, Verdict, absent, judge, shown
from pontage.domain.chat import ChatRequest, ChatResponse

WORD = "kiwi 4711"
"""What an answer has to say, so that it can be known as the answer to its question."""

PLAIN = question(f"Repeat exactly this text, and nothing else: {WORD}")
SCRIPTS = ("ñandú", "漢字", "العربية", "🏳️‍🌈")
UNICODE = question(f"Repeat exactly this text, and nothing else: {' '.join(SCRIPTS)}")
BROKEN_CHARACTER = "\ufffd"
LONG = question(f"Repeat exactly '{WORD}', and nothing of what follows: " + "The sea was calm that day. " * 400)
ESCAPES = question(
    f'Repeat exactly this text, and nothing else: {WORD}\n\t"quoted" \\back\\slash\\ </tag> {{brace}} \u2028'
)


def says(answer: ChatResponse, *words: str) -> tuple[bool, str]:
    """The expectation that every one of `words` is in the answer."""
    missing = [word for word in words if word.casefold() not in answer.text.casefold()]
    return not missing, f"the answer does not say {', '.join(missing)}: {shown(answer.text)}"


def whole_text(answer: ChatResponse) -> tuple[bool, str]:
    """The expectation that no character was broken."""
    return BROKEN_CHARACTER not in answer.text, f"a character is broken: {shown(answer.text)}"


async def plain(bench: Bench) -> Verdict:
    """It answers the question that it was asked."""
    return judge(says(await bench.ask(PLAIN), WORD))


async def ends_by_itself(bench: Bench) -> Verdict:
    """An answer that is finished says so."""
    stop = (await bench.ask(PLAIN)).stop
    return judge((stop.reason == "stop", f"an answer that was finished ended with {stop.reason} ({stop.raw})"))


async def names_its_model(bench: Bench) -> Verdict:
    """An answer says who gave it."""
    return judge() if (await bench.ask(PLAIN)).model else absent("answers name no model")


async def one_choice(bench: Bench) -> Verdict:
    """Who asks once is answered once."""
    count = len((await bench.ask(PLAIN)).choices)
    return judge((count == 1, f"{count} answers to one question"))


async def unicode(bench: Bench) -> Verdict:
    """Other scripts come back unbroken."""
    answer = await bench.ask(UNICODE)
    return judge(whole_text(answer), says(answer, *SCRIPTS))


async def more_is_read(bench: Bench, request: ChatRequest) -> Verdict:
    """A longer conversation is answered, and costs more to read than the plain question, where that is told."""
    before, answer = await bench.ask(PLAIN), await bench.ask(request)
    told = [each.usage.total_input for each in (before, answer) if each.usage is not None]
    few, many = (*(count or 0 for count in told), 0, 0)[:2]
    return judge(
        says(answer, WORD),
        (not few or not many or many > few, f"{many} tokens of input are told, {few} for a part of it"),
    )


def longer(name: str, request: ChatRequest) -> Case:
    """The case of a conversation that holds more than the plain question."""

    async def run(bench: Bench) -> Verdict:
        return await more_is_read(bench, request)

    return Case(name, "chat", run, core=True)


LAST = f"Now repeat exactly this text, and nothing else: {WORD}"
CASES = (
    Case("plain answer", "chat", plain, core=True),
    Case("finished answers say so", "chat", ends_by_itself, core=True),
    Case("the model is named", "chat", names_its_model),
    Case("one answer to one question", "chat", one_choice, core=True),
    longer("system message", question(f"{LAST}", system="You answer briefly, and only with what you are asked for.")),
    longer("several turns", question("My name is Ada.", "Hello, Ada.", LAST)),
    longer("many turns", question(*(["Go on, please.", "And on it goes."] * 6), LAST)),
    longer("long prompt", LONG),
    longer("line ends, quotes, backslashes", ESCAPES),
    Case("other scripts", "chat", unicode, core=True),
)
