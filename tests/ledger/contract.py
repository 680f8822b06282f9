"""What every store promises, as tests: `test_sqlite.py` runs each of `CONTRACT` on an empty store of its own."""

import asyncio
from collections import Counter as Tally

import pytest

from pontage.catalog import Money
from pontage.errors import BudgetExhaustedError, BudgetInFlightError
from pontage.ledger.changes import Checkpoint, Expire, Purge, Recover
from pontage.ledger.records import Counter
from pontage.ledger.store import Page, Store
from pontage.ledger.usage import UsageQuery
from tests.ledger.rows import DAY, USD, charge, finish, reserve, settle, usage, void


async def counter(store: Store, budget: str = "team") -> Counter | None:
    return next((each for each in await store.counters() if each.budget == budget), None)


async def a_hold_is_settled_exactly_once(store: Store) -> None:
    await store.apply(reserve("a", charge(amount=3 * USD)))
    assert await counter(store) == Counter(budget="team", subject="", period=0, settled=0, held=3 * USD)
    told = [await store.apply(settle("a", 2 * USD)) for _ in range(3)]
    assert [*told, await store.apply(void("a"))] == [1, 0, 0, 0]
    assert await counter(store) == Counter(budget="team", subject="", period=0, settled=2 * USD, held=0)
    (booked,) = await store.request("a")
    assert booked.state == "settled"
    assert booked.end is not None
    assert booked.end.cost == 2 * USD


async def a_hold_that_is_voided_is_given_back(store: Store) -> None:
    await store.apply(reserve("a", charge(amount=5 * USD)))
    with pytest.raises(BudgetInFlightError):
        await store.apply(reserve("b", charge(amount=1)))
    assert await store.apply(void("a")) == 1
    await store.apply(reserve("b", charge(amount=5 * USD)))
    assert [each.state for each in await store.request("a")] == ["voided"]


async def what_is_held_at_one_level_is_held_at_all_or_at_none(store: Store) -> None:
    with pytest.raises(BudgetExhaustedError):
        await store.apply(reserve("a", charge("one"), charge("two"), charge("three", amount=9 * USD)))
    assert await store.counters() == []
    assert await store.request("a") == []
    await store.apply(reserve("a", charge("one"), charge("two"), held=USD))
    with pytest.raises(BudgetExhaustedError):
        await store.apply(reserve("b", charge("one"), charge("two", amount=5 * USD + 1)))
    assert [each.held for each in await store.counters()] == [USD, USD]


async def there_are_two_refusals(store: Store) -> None:
    await store.apply(reserve("a", charge(amount=4 * USD)))
    with pytest.raises(BudgetInFlightError) as busy:
        await store.apply(reserve("b", charge(amount=2 * USD)))
    assert (busy.value.status, busy.value.retryable, busy.value.retry_after) == (429, True, 1)
    await store.apply(settle("a", 4 * USD))
    with pytest.raises(BudgetExhaustedError) as empty:
        await store.apply(reserve("b", charge(amount=2 * USD)))
    assert (empty.value.status, empty.value.retryable) == (402, False)
    await store.apply(reserve("c", charge(amount=USD)))  # what is left pays for less


async def a_soft_budget_lets_in_whoever_comes_before_it_is_spent(store: Store) -> None:
    soft = charge(amount=USD, limit=2 * USD, hard=False)
    for name in ("a", "b"):
        await store.apply(reserve(name, soft))
    with pytest.raises(BudgetInFlightError):
        await store.apply(reserve("c", soft))
    await store.apply(settle("a", 4 * USD))
    with pytest.raises(BudgetExhaustedError):
        await store.apply(reserve("c", soft))


async def each_counter_gives_back_what_it_held(store: Store) -> None:
    guess = charge("guess", amount=USD, hard=False)
    for name, bound in (("a", 3 * USD), ("b", USD), ("c", 1)):
        await store.apply(reserve(name, charge("bound", amount=bound), guess))
    await store.apply(settle("a", USD), void("b"))
    assert {each.budget: (each.settled, each.held) for each in await store.counters()} == {
        "bound": (USD, 1),
        "guess": (USD, USD),
    }
    assert await store.faults() == []
    await store.apply(Recover(9))
    assert [each.held for each in await store.counters()] == [0, 0]
    assert await store.faults() == []


async def counters_are_of_a_subject_and_a_period(store: Store) -> None:
    await store.apply(reserve("a", charge(amount=5 * USD, subject="x")))
    await store.apply(reserve("b", charge(amount=5 * USD, subject="y")))
    await store.apply(reserve("c", charge(amount=5 * USD, subject="y", period=86_400)))
    assert [(each.subject, each.period) for each in await store.counters()] == [("x", 0), ("y", 0), ("y", 86_400)]


async def a_thousand_at_once_take_what_is_there_and_not_a_nano_more(store: Store) -> None:
    async def ask(number: int) -> str:
        try:
            await store.apply(reserve(f"r{number}", charge(amount=USD // 10)))
        except BudgetInFlightError:
            return "in flight"
        return "admitted"

    assert Tally(await asyncio.gather(*map(ask, range(1000)))) == {"admitted": 50, "in flight": 950}
    assert await counter(store) == Counter(budget="team", subject="", period=0, settled=0, held=5 * USD)
    assert await store.faults() == []


async def what_nobody_ended_is_settled_at_the_next_start(store: Store) -> None:
    await store.apply(reserve("full", charge(amount=3 * USD)))
    await store.apply(reserve("part", charge(amount=2 * USD)))
    await store.apply(Checkpoint("part", 1, USD))
    await store.apply(reserve("unpriced"))
    await store.apply(reserve("done"))
    await store.apply(settle("done", 1), finish("done"))
    assert await store.apply(Recover(77)) == 3
    assert await store.apply(Recover(78)) == 0
    found = {name: (await store.request(name))[0] for name in ("full", "part", "unpriced", "done")}
    costs = {name: (each.end.cost, each.unreconciled) for name, each in found.items() if each.end is not None}
    assert costs == {"full": (3 * USD, True), "part": (USD, True), "unpriced": (None, True), "done": (1, False)}
    assert await counter(store) == Counter(budget="team", subject="", period=0, settled=4 * USD, held=0)
    assert await store.apply(settle("full", 0)) == 0


async def what_is_too_old_to_be_under_way_expires(store: Store) -> None:
    await store.apply(reserve("old", charge(), began=10))
    await store.apply(reserve("new", charge(), began=20))
    assert await store.apply(Expire(before=20, ended=99)) == 1
    assert [(await store.request(name))[0].state for name in ("old", "new")] == ["expired", "reserved"]
    assert await store.faults() == []


async def changes_happen_in_their_order_and_those_of_one_call_together(store: Store) -> None:
    async def later() -> None:
        await store.apply(settle("a", 1), finish("a"))

    first = store.apply(reserve("a"))
    second = asyncio.ensure_future(later())
    await asyncio.gather(first, second)
    assert (await store.request("a"))[0].status == 200
    with pytest.raises(BudgetExhaustedError):
        await store.apply(reserve("b"), reserve("c", charge(amount=6 * USD)))
    assert await store.request("b") == []


async def usage_is_summed_by_any_side(store: Store) -> None:
    await store.apply(reserve("a", key="k1", tags=("x", "y"), began=DAY))
    await store.apply(settle("a", USD, usage=usage(10, 20, cache_read=5)), finish("a"))
    await store.apply(reserve("b", key="k2", tags=("y",), began=2 * DAY, provider="other"))
    await store.apply(settle("b", 2 * USD, outcome="timeout-idle", estimated=True), finish("b", 504))
    await store.apply(reserve("c", began=2 * DAY, model="unknown", route="acme/unknown"))
    await store.apply(settle("c", None, usage=usage(1, 1)), finish("c"))
    await store.apply(reserve("d", began=2 * DAY, simulated=True))
    await store.apply(settle("d", None), finish("d"))
    await store.apply(reserve("e", began=3 * DAY))

    (whole,) = await store.usage(UsageQuery())
    assert (whole.requests, whole.attempts, whole.cost, whole.failed_cost) == (5, 5, Money(3 * USD), Money(2 * USD))
    assert (whole.input, whole.cache_read, whole.output, whole.estimated_cost) == (11, 5, 21, Money(2 * USD))
    assert (whole.unpriced, whole.simulated, whole.open) == (1, 1, 1)

    async def costs(*by: str, **more: object) -> dict[tuple[str, ...], int]:
        query = UsageQuery(by=by, **more)  # type: ignore[arg-type]
        return {row.names: row.cost.nano // USD for row in await store.usage(query) if row.cost.nano}

    assert await costs("key") == {("k2",): 2, ("k1",): 1}
    assert await costs("tag") == {("x",): 1, ("y",): 3}
    assert await costs("model") == {("other/small",): 2, ("acme/small",): 1}
    assert await costs("virtual") == {("fast",): 3}
    assert await costs("day", "provider") == {("1970-01-02", "acme"): 1, ("1970-01-03", "other"): 2}
    assert await costs("provider", since=2 * DAY, until=3 * DAY) == {("other",): 2}
    assert await costs("provider", key="k1") == {("acme",): 1}
    assert await costs(tag="x") == {(): 1}
    assert len(await store.usage(UsageQuery(by=("model",), most=1))) == 1


async def attempts_are_read_page_by_page(store: Store) -> None:
    for number in range(7):
        await store.apply(reserve(f"r{number}", began=number // 2))
    await store.apply(reserve("r6", number=2, began=3))
    read: list[tuple[str, int]] = []
    after = None
    while page := await store.attempts(Page(after=after, most=3)):
        read += [(each.request.id, each.attempt.number) for each in page]
        last = page[-1].attempt
        after = (last.began, last.request, last.number)
    assert read == [("r6", 2), ("r6", 1), ("r5", 1), ("r4", 1), ("r3", 1), ("r2", 1), ("r1", 1), ("r0", 1)]
    assert len(await store.attempts(Page(since=1, until=2))) == 2


async def old_rows_go_and_their_sums_stay(store: Store) -> None:
    for number in range(5):
        await store.apply(reserve(f"r{number}", charge(amount=USD), began=number))
        await store.apply(settle(f"r{number}", USD), finish(f"r{number}"))
    await store.apply(reserve("open", began=0))
    assert [await store.apply(Purge(before=3, most=2)) for _ in range(3)] == [2, 1, 0]
    assert {each.request.id for each in await store.attempts(Page())} == {"r3", "r4", "open"}
    assert await counter(store) == Counter(budget="team", subject="", period=0, settled=5 * USD, held=0)
    assert await store.faults() == []


async def what_is_written_comes_back_as_it_was(store: Store) -> None:
    odd = "x'; DROP TABLE request; -- %_\"\u0000\U0001f9ee"
    written = reserve(odd, charge(odd, subject=odd), key=odd, tags=(odd, "["), route=odd, client=odd, provider=odd)
    end = settle(odd, 7, usage=usage(1, 2, reasoning=3), breakdown=(("input", 1, None), ("output", 2, 5)), stop=odd)
    await store.apply(written)
    await store.apply(end, finish(odd, 499, notes=(odd,)))
    (booked,) = await store.request(odd)
    assert (booked.request, booked.attempt, booked.end) == (written.request, written.attempt, end.end)
    assert (booked.status, booked.notes) == (499, (odd,))
    assert [row.names for row in await store.usage(UsageQuery(by=("tag",), tag=odd))] == [(odd,)]
    assert await store.usage(UsageQuery(key="%", by=("key",))) == []


CONTRACT = [
    a_hold_is_settled_exactly_once,
    a_hold_that_is_voided_is_given_back,
    what_is_held_at_one_level_is_held_at_all_or_at_none,
    there_are_two_refusals,
    a_soft_budget_lets_in_whoever_comes_before_it_is_spent,
    each_counter_gives_back_what_it_held,
    counters_are_of_a_subject_and_a_period,
    a_thousand_at_once_take_what_is_there_and_not_a_nano_more,
    what_nobody_ended_is_settled_at_the_next_start,
    what_is_too_old_to_be_under_way_expires,
    changes_happen_in_their_order_and_those_of_one_call_together,
    usage_is_summed_by_any_side,
    attempts_are_read_page_by_page,
    old_rows_go_and_their_sums_stay,
    what_is_written_comes_back_as_it_was,
]
