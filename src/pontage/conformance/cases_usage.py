"""Cases: the tokens that are told, and whether they add up. Floor 8."""

from __future__ import annotations

from typing import Any

from pontage.conformance.bench import Bench
from pontage.conformance.cases_chat import LONG, PLAIN
from pontage.conformance.verdict import Case, Verdict, absent, judge
from pontage.domain.chat import TokenUsage

TOTALS = ("total_tokens", "totalTokenCount")
"""What formats call the sum, in the provider's own record."""
MOST_PER_CHARACTER = 4
"""Tokens; no tokenizer makes more of one character."""


def adds_up(usage: TokenUsage | None) -> Verdict:
    """Judge a usage by the total that the provider told with it."""
    if usage is None or usage.raw is None:
        return absent("no usage is told")
    told: list[Any] = [usage.raw[name] for name in TOTALS if usage.raw.get(name) is not None]
    if not told:
        return absent("no total is told")
    return judge((told[0] == usage.total, f"{told[0]} tokens in all are told, the parts make {usage.total}"))


def counted(usage: TokenUsage | None) -> Verdict:
    """Judge a usage by what it must at least and can at most be."""
    if usage is None or usage.total is None:
        return Verdict("failed", "no usage is told")
    most = MOST_PER_CHARACTER * 1000
    return judge(
        (usage.total_input, "the question is said to have no tokens"),
        (usage.total_output, "the answer is said to have no tokens"),
        ((usage.total_input or 0) < most, f"a line is said to have {usage.total_input} tokens"),
    )


async def told(bench: Bench) -> Verdict:
    """Question and answer are counted."""
    return counted((await bench.ask(PLAIN)).usage)


async def told_in_stream(bench: Bench) -> Verdict:
    """Question and answer are counted in streams, too."""
    return counted((await bench.stream(PLAIN)).answer.usage)


async def same_in_stream(bench: Bench) -> Verdict:
    """One question has as many tokens in a stream as whole."""
    whole, pieces = (await bench.ask(PLAIN)).usage, (await bench.stream(PLAIN)).answer.usage
    if whole is None or pieces is None:
        return absent("no usage is told")
    counts = whole.total_input, pieces.total_input
    return judge((counts[0] == counts[1], f"the question has {counts[0]} tokens whole, {counts[1]} in a stream"))


async def sum_of_whole(bench: Bench) -> Verdict:
    """The parts make the total."""
    return adds_up((await bench.ask(PLAIN)).usage)


async def sum_of_stream(bench: Bench) -> Verdict:
    """The parts make the total in streams, too."""
    return adds_up((await bench.stream(PLAIN)).answer.usage)


async def grows(bench: Bench) -> Verdict:
    """A question a hundred times as long has many more tokens."""
    short, long = (await bench.ask(PLAIN)).usage, (await bench.ask(LONG)).usage
    if short is None or long is None:
        return absent("no usage is told")
    counts = short.total_input or 0, long.total_input or 0
    return judge((counts[1] > 10 * counts[0], f"{counts[0]} tokens of a line, {counts[1]} of two pages"))


CASES = (
    Case("usage is told", "usage", told),
    Case("usage is told in a stream", "usage", told_in_stream),
    Case("the same question, the same tokens", "usage", same_in_stream),
    Case("the parts make the total", "usage", sum_of_whole),
    Case("the parts make the total in a stream", "usage", sum_of_stream),
    Case("longer questions have more tokens", "usage", grows),
)
