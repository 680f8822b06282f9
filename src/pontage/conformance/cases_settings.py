"""Cases: limits, stop sequences, and how an answer is sampled. Floor 8."""

from __future__ import annotations

from typing import Any

from pontage.conformance.bench import Bench, question
from pontage.conformance.cases_chat import PLAIN, WORD, says
from pontage.conformance.verdict import Case, Verdict, absent, judge, shown
from pontage.domain.chat import ChatResponse

COUNT = "Write these words, separated by blanks, and nothing else: one two three four five six seven eight nine ten"
LIMIT = 16
"""Tokens; the least that every API takes. What is asked for is longer."""
SHORT = question(COUNT + " eleven twelve thirteen fourteen fifteen sixteen seventeen", max_tokens=LIMIT)
STOPPED = question(COUNT, stop=("seven",))
STOPPED_BY_ONE = question(COUNT, stop=("zebra", "seven"))


def cut_off(answer: ChatResponse) -> Verdict:
    """Judge an answer to `SHORT`."""
    told = answer.usage.total_output if answer.usage is not None else None
    return judge(
        (answer.stop.reason == "length", f"an answer cut off by its limit ended with {answer.stop.reason}"),
        (told is None or told <= LIMIT, f"{told} tokens were written where {LIMIT} were allowed"),
    )


def stopped(answer: ChatResponse) -> Verdict:
    """Judge an answer to `STOPPED`."""
    words = answer.text.partition("nothing else:")[2] or answer.text  # some repeat the question
    return judge(
        ("seven" not in words and "eight" not in words, f"it went on after its stop sequence: {shown(answer.text)}"),
        (answer.stop.reason in ("stop", "stop_sequence"), f"stopped by a sequence it ended with {answer.stop.reason}"),
    )


async def max_tokens(bench: Bench) -> Verdict:
    """The limit holds, and an answer that was cut off says so."""
    return cut_off(await bench.ask(SHORT))


async def stop_sequence(bench: Bench) -> Verdict:
    """It stops before the sequence."""
    return stopped(await bench.ask(STOPPED))


async def stop_sequences(bench: Bench) -> Verdict:
    """It stops at the one of several that comes."""
    return stopped(await bench.ask(STOPPED_BY_ONE))


async def candidates(bench: Bench) -> Verdict:
    """Two answers where two were asked for."""
    answer = await bench.ask(question(f"Repeat exactly: {WORD}", n=2))
    return judge((len(answer.choices) == 2, f"2 answers were asked for, {len(answer.choices)} came"))


async def logprobs(bench: Bench) -> Verdict:
    """Log-probabilities are none above zero, and their tokens make the text."""
    answer = await bench.ask(question(f"Repeat exactly: {WORD}", logprobs=True))
    told = answer.choices[0].logprobs if answer.choices else None
    if not told:
        return absent("none are told")
    return judge((all(one.logprob <= 0 for one in told), "a log-probability is above zero"))


def accepted(name: str, **settings: Any) -> Case:
    """The case of a setting that is taken, and the question still answered."""

    async def run(bench: Bench) -> Verdict:
        return judge(says(await bench.ask(question(PLAIN.messages[0].text, **settings)), WORD))

    return Case(name, "settings", run)


CASES = (
    Case("longest answer", "settings", max_tokens, core=True),
    Case("stop sequence", "settings", stop_sequence),
    Case("several stop sequences", "settings", stop_sequences),
    accepted("temperature", temperature=0.0),
    accepted("top_p", top_p=0.9),
    accepted("top_k", top_k=20),
    accepted("seed", seed=7),
    accepted("penalties", frequency_penalty=0.1, presence_penalty=0.1),
    Case("several candidates", "settings", candidates),
    Case("log-probabilities", "settings", logprobs),
)
