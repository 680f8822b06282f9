"""A request in the books from its coming to its end, through the engine and a provider on a real socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pontage.assemble import assemble
from pontage.config import BudgetRule, Config, LimitRule, PriceOverride, ProviderSettings, Secret, Target, VirtualModel
from pontage.crossing import CallOptions, LiveStream
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Text
from pontage.engine import Engine
from pontage.errors import (
    BudgetExhaustedError,
    BudgetInFlightError,
    InvalidRequestError,
    LedgerUnavailableError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitedError,
    StreamTruncatedError,
)
from pontage.ledger.connection import connect
from pontage.ledger.records import Booked
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.store import Page
from pontage.security.keys import Caller, Key
from pontage.security.rights import Rights
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole

USAGE = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
COST = 100 * 1_000 + 50 * 2_000  # nano-USD, at the prices below
ANSWER: dict[str, Any] = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
}  # fmt: skip
KEY = Key(id="k1", name="test", created=1, rights=Rights(tags=("ci",)))
OPENAI = CLIENT_SIDES["openai_chat"]

Scene = Callable[[Engine, SQLiteStore], Awaitable[None]]


def chunk(text: str | None, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choices = [] if usage else [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]
    told = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(told).encode() + b"\n\n"


STREAM = chunk("hel") + chunk("lo", "stop") + chunk(None, usage=USAGE) + b"data: [DONE]\n\n"


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def asked(model: str = "acme/m", **more: Any) -> ChatRequest:
    return ChatRequest(model=model, messages=(Message(role="user", parts=(Text(text="Hello"),)),), **more)


def received(stream: bool = False) -> Call:
    body = {"model": "acme/m", "messages": [{"role": "user", "content": "Hello"}], "stream": stream}
    return Call.received(OPENAI, json.dumps(body).encode())


def play(vendor: Upstream, path: Path, scene: Scene, answer: Any = None, **config: Any) -> None:
    """`scene` on an engine with books, whose providers `acme` and `backup` are the `vendor`."""
    vendor.answers = answer if callable(answer) else lambda _: answer if answer is not None else whole(ANSWER)
    there = ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1", api_key=Secret("made-up"))
    prices = {f"{name}/m": PriceOverride(input=1.0, output=2.0) for name in ("acme", "backup")}
    route = VirtualModel(targets=[Target(model="acme/m"), Target(model="backup/m")])
    told = Config(providers={"acme": there, "backup": there}, prices=prices, models={"fast": route}, **config)

    async def run() -> None:
        store = SQLiteStore(path / "ledger.db", keeper=True)
        engine = assemble(told, {}, store)
        try:
            await scene(engine, store)
        finally:
            await engine.aclose()
            await store.aclose()

    asyncio.run(run())


async def drain(live: LiveStream[Any]) -> None:
    while await live.pull() is not None:
        pass


async def only(store: SQLiteStore) -> Booked:
    (booked,) = await store.attempts(Page())
    return booked


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
            assert booked.end.cost == booked.held > 0

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


def test_limits_hold_and_are_given_back(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        for _ in range(3):  # one after the other they are never two at the same time
            outcome = await engine.send(Call.of(asked()))
        assert outcome.crossing.account is not None
        assert {standing.kind for standing in outcome.crossing.account.standings} == {"requests"}
        live = await engine.open(received(stream=True), OPENAI)
        with pytest.raises(RateLimitedError, match="under way"):
            await engine.send(Call.of(asked()))
        await live.aclose()
        with pytest.raises(RateLimitedError, match="4 requests a day"):
            await engine.send(Call.of(asked()))
        assert len(await store.attempts(Page())) == 4  # who is not let in leaves no row

    def either(request: Received) -> Scripted:
        return stream(STREAM, after="hang") if b'"stream":true' in request.body.replace(b" ", b"") else whole(ANSWER)

    limits = [LimitRule(concurrent=1), LimitRule(requests=4, per="day", provider="acme")]
    play(vendor, tmp_path, scene, either, limits=limits)


def test_the_longest_answer_is_capped_or_refused(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, _: SQLiteStore) -> None:
        await engine.send(Call.of(asked()))
        assert vendor.received[-1].json["max_tokens"] == 20
        await engine.send(Call.of(asked(max_tokens=5)))
        assert vendor.received[-1].json["max_tokens"] == 5
        with pytest.raises(InvalidRequestError, match="limited to 20 tokens"):
            await engine.send(Call.of(asked(max_tokens=21)))

    play(vendor, tmp_path, scene, limits=[LimitRule(max_output=20)])


@pytest.mark.parametrize(
    ("rights", "model"),
    [
        (Rights(kind="manage"), "acme/m"),
        (Rights(models=("fast",)), "acme/m"),
        (Rights(providers=("other",)), "fast"),
    ],
)
def test_a_key_asks_only_for_what_it_may(rights: Rights, model: str, vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        caller = Caller.of((Key(id="k", name="n", created=1, rights=rights),))
        with pytest.raises(PermissionDeniedError):
            await engine.send(Call.of(asked(model)), CallOptions(caller=caller))
        assert await store.attempts(Page()) == []

    play(vendor, tmp_path, scene)


def test_a_key_is_kept_to_its_providers_and_its_budget(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        budgets = (BudgetRule(usd=0.0000001, mode="soft", period="total"),)
        rights = Rights(providers=("backup",), budgets=budgets, limits=(LimitRule(requests=5),))
        options = CallOptions(caller=Caller.of((Key(id="k", name="n", created=1, rights=rights),)))
        await engine.send(Call.of(asked("fast")), options)
        assert (await only(store)).attempt.provider == "backup"
        with pytest.raises(BudgetExhaustedError, match="1 of key k total"):
            await engine.send(Call.of(asked("fast")), options)

    play(vendor, tmp_path, scene)


def test_without_a_ledger_that_can_be_written_nothing_is_sent(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        before = len(vendor.received)
        other = connect(tmp_path / "ledger.db")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailableError):
            await engine.send(Call.of(asked()))
        assert len(vendor.received) == before
        other.execute("COMMIT")
        other.close()
        await engine.send(Call.of(asked()))
        assert (await only(store)).state == "settled"

    play(vendor, tmp_path, scene)


def test_a_caller_who_leaves_before_the_answer_is_booked(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        asking = asyncio.ensure_future(engine.send(Call.of(asked())))
        while not await store.attempts(Page()):  # noqa: ASYNC110 - there is nothing that would tell it
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        booked = await only(store)
        assert booked.end is not None
        assert (booked.state, booked.status, booked.end.estimated) == ("settled", 499, True)
        refused = asyncio.ensure_future(engine.send(Call.of(asked()), CallOptions(id="early")))
        await asyncio.sleep(0)
        refused.cancel()
        with pytest.raises(asyncio.CancelledError):
            await refused
        assert [each.state for each in await store.request("early")] in ([], ["voided"], ["settled"])
        assert await store.faults() == []

    play(vendor, tmp_path, scene, Scripted(whole=b"{}", before=5.0))
