"""Limits, rights and a ledger in trouble, as a request meets them; one who leaves."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pontage.config import BudgetRule, LimitRule
from pontage.crossing import CallOptions
from pontage.dialects.envelope import Call
from pontage.engine import Engine
from pontage.errors import (
    BudgetExhaustedError,
    InvalidRequestError,
    LedgerUnavailableError,
    PermissionDeniedError,
    RateLimitedError,
)
from pontage.ledger.connection import connect
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.store import Page
from pontage.security.keys import Caller, Key
from pontage.security.rights import Rights
from tests.accounts.booked import ANSWER, OPENAI, STREAM, asked, only, play, received
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def test_limits_hold_and_are_given_back(vendor: Upstream, tmp_path: Path) -> None:
    async def scene(engine: Engine, store: SQLiteStore) -> None:
        for _ in range(3):  # one after the other they are never two at the same time
            outcome = await engine.send(Call.of(asked()))
        assert outcome.crossing.options.account is not None
        assert {standing.kind for standing in outcome.crossing.options.account.standings} == {"requests"}
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
