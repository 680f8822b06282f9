"""What second calls are allowed to be: a share of all, and so much money a day."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from pontage.assemble import assemble
from pontage.attempts import Attempts
from pontage.catalog import Money
from pontage.config import Config, Hedge, Target, VirtualModel
from pontage.crossing import CallOptions, Crossing
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, Message, TokenUsage
from pontage.domain.parts import Text
from pontage.hedging import Allowance, Hedges
from pontage.providers.attempt import Attempt
from pontage.registry import Configured

TODAY, TOMORROW = date(2026, 1, 1), date(2026, 1, 2)


def test_second_calls_are_a_share_of_the_last_ten_minutes() -> None:
    allowance, hedge = Allowance(), Hedge(max_extra=0.05)
    granted = 0
    for second in range(2000):
        allowance.called(float(second))
        granted += allowance.take(hedge, float(second), TODAY)
    assert 95 <= granted <= 100
    assert not allowance.take(hedge, 5000.0, TODAY)  # nobody came lately


def test_money_is_counted_by_the_day() -> None:
    allowance, hedge = Allowance(), Hedge(max_extra=1.0, max_usd=0.01)
    for _ in range(9):
        allowance.called(1.0)
    allowance.spend(None, TODAY)
    allowance.spend(Money(9_999_999), TODAY)
    assert allowance.take(hedge, 1.0, TODAY)
    allowance.spend(Money(1), TODAY)
    assert not allowance.take(hedge, 1.0, TODAY)
    assert allowance.take(hedge, 1.0, TOMORROW)


class Answers:
    """Attempts that all wait for one moment; and what was given up."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.given_up: list[str] = []
        self.now = asyncio.Event()

    async def once(self, configured: Configured, attempt: Attempt) -> str:
        self.asked.append(attempt.model)
        await self.now.wait()
        return attempt.model

    async def give_up(self, found: str, crossing: Crossing) -> None:
        self.given_up.append(found)
        crossing.usage = TokenUsage(input=1, output=1)


def raced(work: Callable[[Answers, Callable[[], Awaitable[tuple[str, Crossing]]]], Awaitable[None]]) -> list[Crossing]:
    """Run `work` with answers and a way to ask for them; what was settled on the way."""
    settled: list[Crossing] = []
    targets = [Target(model="sim/echo"), Target(model="sim/tools")]
    route = VirtualModel(targets=targets, allow_simulated=True, hedge=Hedge(after=0.01, max_extra=1.0))

    async def main() -> None:
        engine = assemble(Config(models={"m": route}), {})
        attempts = Attempts(engine.registry, engine.knowledge, engine.book, settled.append)
        hedges = Hedges(attempts, settled.append, lambda crossing, usage: Money(7))
        call = Call.of(ChatRequest(model="m", messages=(Message(role="user", parts=(Text(text="Hello."),)),)))
        answers = Answers()

        async def ask() -> tuple[str, Crossing]:
            options, chosen = CallOptions(), engine.plan("m")
            return await hedges.run(call, chosen, options, answers.once, answers.give_up, streamed=False)

        await work(answers, ask)
        await engine.aclose()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    return settled


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it is tests that wait
        await asyncio.sleep(0.001)


def test_of_two_that_answer_at_once_one_wins() -> None:
    async def work(answers: Answers, ask: Callable[[], Awaitable[tuple[str, Crossing]]]) -> None:
        asking = asyncio.ensure_future(ask())
        await until(lambda: len(answers.asked) == 2)
        answers.now.set()
        found, crossing = await asking
        assert {found, *answers.given_up} == {"echo", "tools"}
        assert [one.outcome for one in crossing.tried] == ["200", "200"]
        assert crossing.tried[-1].model == found
        assert crossing.tried[0].usage == TokenUsage(input=1, output=1)

    assert raced(work) == []


@pytest.mark.parametrize("answered", [False, True])
def test_a_caller_who_leaves_is_settled_once(answered: bool) -> None:
    async def work(answers: Answers, ask: Callable[[], Awaitable[tuple[str, Crossing]]]) -> None:
        asking = asyncio.ensure_future(ask())
        await until(lambda: len(answers.asked) == 2)
        if answered:
            answers.now.set()
            await asyncio.sleep(0)  # they answer, and nobody has taken it yet
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert len(answers.given_up) == 2 * answered

    (crossing,) = raced(work)
    assert crossing.left
    assert len(crossing.tried) == 2


def test_a_winner_that_nobody_waits_for_any_more_is_given_up_too() -> None:
    async def work(answers: Answers, ask: Callable[[], Awaitable[tuple[str, Crossing]]]) -> None:
        keep = answers.give_up
        giving = asyncio.Event()

        async def slowly(found: str, crossing: Crossing) -> None:
            giving.set()
            await keep(found, crossing)
            if len(answers.given_up) == 1:
                await asyncio.sleep(60)

        answers.give_up = slowly  # type: ignore[method-assign]
        asking = asyncio.ensure_future(ask())
        await until(lambda: len(answers.asked) == 2)
        answers.now.set()
        await giving.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert sorted(answers.given_up) == ["echo", "tools"]

    raced(work)
