"""Calls that are shared by all who ask the same at the same time, over real sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from pontage.config import CacheRule
from tests.conftest import Figures
from tests.e2e.asking import ENDS, Answer, ask, raw, spoken
from tests.e2e.keeping import ROUTE, House, chat, chunks, keeping, told
from tests.e2e.test_leaving import eventually
from tests.replay.upstream import PATIENCE, Received, Scripted, stream, whole


@pytest.fixture
def opened() -> Iterator[Callable[..., House]]:
    with ExitStack() as stack:
        yield lambda *section, **rules: stack.enter_context(keeping(*section, **rules))


def together(work: Callable[[int], Any], count: int) -> list[Any]:
    found: list[Any] = [None] * count

    def one(number: int) -> None:
        found[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return found


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_the_same_at_the_same_time_is_asked_once(
    opened: Callable[..., House], streamed: bool, figures: Figures
) -> None:
    house = opened(coalesce=True)
    slow = stream(chunks("One", " for", " all"), (100, 200), pause=0.2) if streamed else None
    house.upstream.script(slow or Scripted(whole=json.dumps(chat("One for all")).encode(), before=0.6))
    forms = ("openai", "anthropic")
    answers = together(
        lambda number: ask(house.gateway, forms[number % 2], ROUTE, stream=streamed, max_tokens=1000),
        20,
    )
    for number, answer in enumerate(answers):
        assert told(forms[number % 2], answer, streamed=streamed) == "One for all"
    assert len(house.upstream.received) == 1
    assert sorted(answer.headers["x-pontage-cache"] for answer in answers) == ["hit"] * 19 + ["miss"]
    figures(f"calls upstream for 20 at once ({'stream' if streamed else 'whole'})", len(house.upstream.received))
    later = ask(house.gateway, "openai", ROUTE, stream=streamed, max_tokens=1000)
    assert later.headers["x-pontage-cache"] == "miss"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_who_leaves_a_shared_call_leaves_it_to_the_others(opened: Callable[..., House], streamed: bool) -> None:
    house = opened(coalesce=True)
    data = chunks("One", " for", " all")
    house.upstream.script(
        stream(data, (len(data) - 20,), pause=0.5)
        if streamed
        else Scripted(whole=json.dumps(chat("One for all")).encode(), before=1.0)
    )
    path, body = spoken("openai", ROUTE, stream=streamed)
    leader = raw(house.gateway, path, json.dumps(body).encode())
    eventually(lambda: len(house.upstream.received) == 1)
    found: list[Answer] = []
    follower = threading.Thread(target=lambda: found.append(ask(house.gateway, "openai", ROUTE, stream=streamed)))
    follower.start()
    eventually(lambda: house.gateway.listener.active == 2)
    leader.close()
    follower.join(PATIENCE)
    assert told("openai", found[0], streamed=streamed) == "One for all"
    assert len(house.upstream.received) == 1
    assert not house.upstream.gone.is_set()


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_when_all_leave_the_provider_is_left(opened: Callable[..., House], streamed: bool) -> None:
    house = opened(coalesce=True)
    house.upstream.script(stream(chunks("One", done=False), after="hang") if streamed else Scripted(before=60))
    path, body = spoken("openai", ROUTE, stream=streamed)
    clients = [raw(house.gateway, path, json.dumps(body).encode()) for _ in range(3)]
    eventually(lambda: house.gateway.listener.active == 3 and len(house.upstream.received) == 1)
    for client in clients:
        client.close()
    assert house.upstream.gone.wait(PATIENCE)
    assert len(house.upstream.received) == 1


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_when_the_shared_call_fails_each_has_its_own_try(opened: Callable[..., House], streamed: bool) -> None:
    house = opened(coalesce=True, retries=0)
    first = threading.Event()

    def answer(received: Received) -> Scripted:
        if not first.is_set():
            first.set()
            return Scripted(status=400, whole=b'{"error":{"message":"no"}}', before=0.5)
        return stream(chunks("Own")) if streamed else whole(chat("Own"))

    house.upstream.play(answer)
    answers = together(lambda number: ask(house.gateway, "openai", ROUTE, stream=streamed), 4)
    assert sorted(one.status for one in answers) == [200, 200, 200, 400]
    assert all(told("openai", one, streamed=streamed) == "Own" for one in answers if one.status == 200)
    assert 2 <= len(house.upstream.received) <= 4


def test_what_is_shared_is_kept_as_well(opened: Callable[..., House]) -> None:
    house = opened(coalesce=True, cache=CacheRule())
    house.upstream.script(stream(chunks("One", " for", " all"), (100, 200), pause=0.2))
    together(lambda number: ask(house.gateway, "openai", ROUTE, stream=True), 3)
    assert told("openai", ask(house.gateway, "openai", ROUTE), streamed=False) == "One for all"
    assert len(house.upstream.received) == 1


def test_a_shared_stream_that_breaks_is_told_to_all(opened: Callable[..., House]) -> None:
    house = opened(coalesce=True)
    house.upstream.script(stream(chunks("One", " half", done=False), (100,), pause=0.4))
    for answer in together(lambda number: ask(house.gateway, "openai", ROUTE, stream=True), 3):
        assert b"error" in answer.body
        assert ENDS["openai"] not in answer.body
