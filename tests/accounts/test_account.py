"""A request in the books from its coming to its end, through the engine and a provider on a real socket."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pontage.config import BudgetRule
from pontage.crossing import CallOptions
from pontage.dialects.envelope import Call
from pontage.engine import Engine
from pontage.errors import (
    BudgetExhaustedError,
    BudgetInFlightError,
    OverloadedError,
    StreamTruncatedError,
)
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.store import Page
from pontage.security.keys import Caller
from tests.accounts.booked import ANSWER, COST, KEY, OPENAI, STREAM, asked, chunk, drain, only, play, received
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def test_an_answer_is_booked_with_all_that_is_known(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        options = CallOptions(id="req_7", caller=Caller.of((KEY,)), tags=("nightly",))
        outcome = await engine.send(received(), options)
        booked = await only(store)
        assert (booked.state, booked.status, booked.attempt.provider) == ("settled", 200, "acme")
        request, end = booked.request, booked.end
        assert (request.id, request.key, request.tags) == ("req_7", "k1", ("ci", "nightly"))
        assert (request.model, request.route, request.client) == ("acme/m", "acme/m", "openai_chat")
        assert end is not None
        assert (end.cost, end.price, end.estimated) == (COST, "prices", False)
        assert end.breakdown == (("input", 100, 1_000_000), ("output", 50, 2_000_000))
        assert outcome.crossing.cost is not None
        assert outcome.crossing.cost.nano == COST

    play(vendor, tmp_path, scene)


def test_a_stream_is_settled_before_it_ends(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        live = await engine.open(received(stream=True), OPENAI)
        assert (await only(store)).state == "reserved"
        await drain(live)
        booked = await only(store)
        assert (booked.state, booked.request.stream) == ("settled", True)
        assert booked.end is not None
        assert (booked.end.cost, booked.end.truncated) == (COST, False)
        assert booked.end.first is not None
        await live.aclose()

    play(vendor, tmp_path, scene, stream(STREAM))


def test_a_stream_that_breaks_or_is_left_is_truncated_and_guessed(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        live = await engine.open(received(stream=True), OPENAI)
        with pytest.raises(StreamTruncatedError):
            await drain(live)
        await live.aclose()
        broken = await only(store)
        left = await engine.open(received(stream=True), OPENAI, CallOptions(id="left"))
        await left.aclose()
        (gone,) = await store.request("left")
        for booked, status in ((broken, 502), (gone, 499)):
            assert booked.end is not None
            assert (booked.state, booked.status, booked.end.truncated, booked.end.estimated) == (
                "settled", status, True, True,
            )  # fmt: skip
            assert booked.end.cost is not None
            assert booked.end.cost > 0

    play(vendor, tmp_path, scene, stream(chunk("hel") + chunk("lo")))


def test_an_attempt_that_failed_costs_nothing_and_the_next_is_booked_apart(vendor: Upstream, tmp_path: Path) -> None:
    answers = iter([whole({"error": {"message": "busy"}}, 503)])

    async def scene(engine: Engine, store: SQLiteStore) -> None:
        await engine.send(Call.of(asked("fast", max_tokens=5)))
        second, first = await store.attempts(Page())
        assert [first.attempt.number, second.attempt.number] == [1, 2]
        assert (first.state, second.state, second.status) == ("voided", "settled", 200)
        assert first.end is not None
        assert (first.end.outcome, first.end.cost) == ("503", None)
        assert first.request == second.request
        assert first.request.route == "fast"
        assert await store.faults() == []

    play(vendor, tmp_path, scene, lambda _: next(answers, whole(ANSWER)), budgets=[BudgetRule(usd=5)])


def test_a_request_that_failed_everywhere_has_its_end(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        with pytest.raises(OverloadedError):
            await engine.send(Call.of(asked("fast")))
        booked = await store.attempts(Page())
        assert {(each.state, each.status) for each in booked} == {("voided", 503)}
        assert len(booked) >= 2

    play(vendor, tmp_path, scene, whole({"error": {"message": "busy"}}, 503))


def test_a_hard_budget_is_never_overdrawn_by_a_crowd(vendor: Upstream, tmp_path: Path, figures) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        async def ask(number: int) -> str:
            try:
                await engine.send(Call.of(asked(max_tokens=50)), CallOptions(id=f"r{number}"))
            except (BudgetInFlightError, BudgetExhaustedError) as refusal:
                return refusal.code
            return "admitted"

        told = await asyncio.gather(*map(ask, range(300)))
        (counter,) = await store.counters()
        assert counter.held == 0
        assert counter.settled == told.count("admitted") * COST
        assert set(told) == {"admitted", "PTG-1430"}
        while await ask(1000 + counter.settled) == "admitted":
            (counter,) = await store.counters()
        assert await ask(-1) == "PTG-1304"
        assert counter.settled <= 10_000_000
        assert await store.faults() == []
        figures("requests at once against a hard budget, admitted", told.count("admitted"))
        figures("overshoot of a hard budget by requests", max(0, counter.settled - 10_000_000), "nano-USD")

    def slowly(_: Received) -> Scripted:
        return Scripted(headers=(("content-type", "application/json"),), whole=json.dumps(ANSWER).encode(), before=0.05)

    play(vendor, tmp_path, scene, slowly, budgets=[BudgetRule(usd=0.01)])


def test_what_has_no_bound_is_refused_under_a_hard_budget_and_not_under_a_soft_one(
    vendor: Upstream, tmp_path: Path
) -> None:
    async def hard(engine: Engine, store: SQLiteStore) -> None:
        with pytest.raises(BudgetExhaustedError, match="can cost at most"):
            await engine.send(Call.of(asked("acme/unheard-of", max_tokens=5)))
        with pytest.raises(BudgetExhaustedError):  # the model's longest answer is not known, and the request names none
            await engine.send(Call.of(asked()))
        assert await store.attempts(Page()) == []

    async def soft(engine: Engine, store: SQLiteStore) -> None:
        await engine.send(Call.of(asked("acme/unheard-of")))
        booked = await only(store)
        assert booked.end is not None
        assert (booked.state, booked.end.cost) == ("settled", None)

    play(vendor, tmp_path, hard, budgets=[BudgetRule(usd=5, provider="acme")])
    play(vendor, tmp_path, soft, budgets=[BudgetRule(usd=5, mode="soft")])


def test_simulated_answers_are_booked_and_cost_nothing(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        await engine.send(Call.of(asked("sim/echo")))
        booked = await only(store)
        assert booked.attempt.simulated
        assert booked.end is not None
        assert booked.end.cost is None
        assert await store.counters() == []

    play(vendor, tmp_path, scene, budgets=[BudgetRule(usd=5)])
