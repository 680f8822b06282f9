"""A second target beside a slow first one: who wins, what it costs, and where it is never asked."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from pontage.config import Config, Hedge, PriceOverride, ProviderSettings, Target, VirtualModel
from pontage.crossing import Crossing
from tests.e2e.asking import Answer, ask, raw, spoken
from tests.e2e.test_draining import END, USAGE, eventually
from tests.e2e.test_truth import BUSY, EVENT_STREAM, WHOLE, chunk
from tests.gateway import RunningGateway, running
from tests.replay.upstream import PATIENCE, Received, Scripted, Upstream, stream, upstream, whole

FORMS = pytest.mark.parametrize("form", ["openai", "anthropic"])
MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
ALL = Hedge(after=0.15, max_extra=1.0)
SILENT = Scripted(headers=EVENT_STREAM, pieces=(chunk(""),), after="hang")


@pytest.fixture(scope="module")
def vendors() -> Iterator[tuple[Upstream, Upstream]]:
    with upstream() as first, upstream() as second:
        yield first, second


def config(vendors: tuple[Upstream, Upstream], hedge: Hedge | None, retries: int = 2) -> Config:
    urls = dict(zip("ab", (f"{vendor.url}/v1" for vendor in vendors), strict=True))
    route = VirtualModel(targets=[Target(model="a/x"), Target(model="b/y")], hedge=hedge, retries=retries)
    return Config(
        providers={name: ProviderSettings(type="compatible", base_url=url) for name, url in urls.items()},
        models={"hedged": route},
        prices={"a/x": PriceOverride(input=1000.0, output=1.0), "b/y": PriceOverride(input=1.0, output=1.0)},
    )


def answer(streams: bool, text: str, before: float = 0.0) -> Scripted:
    if streams:
        return Scripted(headers=EVENT_STREAM, pieces=(chunk(text) + END,), before=before)
    told = {**WHOLE, "usage": USAGE}
    told = json.loads(json.dumps(told).replace("hello", text))
    return Scripted(headers=(("content-type", "application/json"),), whole=json.dumps(told).encode(), before=before)


def asked(gateway: RunningGateway, form: str, streams: bool, **more: Any) -> tuple[Answer, Crossing]:
    settled: list[Crossing] = []
    gateway.engine.listeners.append(settled.append)
    told = ask(gateway, form, "hedged", stream=streams, **more)
    eventually(lambda: bool(settled))
    gateway.engine.listeners.clear()
    (crossing,) = settled
    return told, crossing


@FORMS
@MODES
def test_the_second_wins_over_a_silent_first_and_both_are_in_the_books(
    vendors: tuple[Upstream, Upstream], form: str, streams: bool
) -> None:
    first, second = vendors
    first.script(answer(streams, "slow", before=60))
    second.script(answer(streams, "quick"))
    with running(config(vendors, ALL)) as gateway:
        told, crossing = asked(gateway, form, streams)
        assert told.status == 200
        assert b"quick" in told.body
        assert b"slow" not in told.body
        assert told.headers["x-pontage-attempts"] == "a:left,b:200"
        assert told.headers["x-pontage-provider"] == "b"
        assert first.gone.wait(PATIENCE)
        eventually(lambda: gateway.listener.active == 0)
    assert [(one.provider, one.outcome, one.estimated) for one in crossing.tried] == [
        ("a", "left", True), ("b", "200", False)
    ]  # fmt: skip
    lost, won = (one.cost for one in crossing.tried)
    assert lost is not None
    assert won is not None
    assert lost.nano >= 1_000_000
    assert crossing.cost == lost + won
    assert told.headers.get("x-pontage-cost-usd") == (None if streams else f"{crossing.cost};estimated")
    assert crossing.estimated
    assert not crossing.truncated
    assert crossing.usage is not None
    assert crossing.usage.total_output == 5
    assert 0 <= crossing.tried[0].began <= crossing.tried[1].began


@MODES
def test_a_quick_first_is_alone(vendors: tuple[Upstream, Upstream], streams: bool) -> None:
    first, second = vendors
    first.script(answer(streams, "quick"))
    second.script(answer(streams, "never"))
    with running(config(vendors, Hedge(after=5.0, max_extra=1.0))) as gateway:
        told, _ = asked(gateway, "openai", streams)
    assert told.headers["x-pontage-attempts"] == "a:200"
    assert not second.received


@MODES
def test_the_first_may_win_after_all(vendors: tuple[Upstream, Upstream], streams: bool) -> None:
    first, second = vendors
    first.script(answer(streams, "first", before=0.5))
    second.script(answer(streams, "second", before=60))
    with running(config(vendors, ALL)) as gateway:
        told, crossing = asked(gateway, "openai", streams)
        assert b"first" in told.body
        assert told.headers["x-pontage-attempts"] == "b:left,a:200"
        assert second.gone.wait(PATIENCE)
    assert [one.outcome for one in crossing.tried] == ["left", "200"]


@FORMS
def test_an_error_cannot_win(vendors: tuple[Upstream, Upstream], form: str) -> None:
    first, second = vendors
    first.script(answer(True, "late", before=0.6))
    second.script(stream(BUSY))
    with running(config(vendors, ALL)) as gateway:
        told, crossing = asked(gateway, form, True)
    assert b"late" in told.body
    assert b"busy" not in told.body
    assert [one.provider for one in crossing.tried] == ["b", "a"]


@MODES
def test_when_both_fail_the_call_fails_once(vendors: tuple[Upstream, Upstream], streams: bool) -> None:
    first, second = vendors
    first.script(Scripted(status=500, whole=b"{}", before=0.3))
    second.script(Scripted(status=503, whole=b"{}", before=0.3))
    with running(config(vendors, ALL, retries=0)) as gateway:
        told, crossing = asked(gateway, "openai", streams)
        assert gateway.failures == 0
    assert told.status in (502, 503)
    assert sorted(told.headers["x-pontage-attempts"].split(",")) == ["a:500", "b:503"]
    assert crossing.error is not None
    assert len(crossing.tried) == 2


@MODES
def test_a_first_that_fails_at_once_falls_back_as_on_any_route(
    vendors: tuple[Upstream, Upstream], streams: bool
) -> None:
    first, second = vendors
    first.script(Scripted(status=500, whole=b"{}"))
    second.script(answer(streams, "other"))
    with running(config(vendors, Hedge(after=5.0, max_extra=0.001))) as gateway:
        told, _ = asked(gateway, "openai", streams)
    assert b"other" in told.body
    assert told.headers["x-pontage-attempts"] == "a:500,b:200"


def test_nobody_is_asked_twice_where_tools_run_at_the_provider(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(answer(False, "alone", before=0.5))
    with running(config(vendors, ALL)) as gateway:
        told, _ = asked(gateway, "openai", False, web_search_options={})
    assert told.headers["x-pontage-attempts"] == "a:200"
    second.play(lambda received: whole(b"{}"))
    assert not second.received


def test_second_calls_stay_a_small_share(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    second.script(answer(False, "second"))

    def slow_in_the_end(received: Received) -> Scripted:
        return answer(False, "first", before=0.3 if len(first.received) > 18 else 0.0)

    first.play(slow_in_the_end)
    with running(config(vendors, Hedge(after=0.1, max_extra=0.05))) as gateway:
        tried = [asked(gateway, "openai", False)[0].headers["x-pontage-attempts"] for _ in range(24)]
    assert tried.count("a:left,b:200") == 1
    assert len(second.received) == 1


def test_second_calls_stop_when_they_have_cost_enough(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    first.script(answer(False, "first", before=0.4))
    second.script(answer(False, "second"))
    with running(config(vendors, Hedge(after=0.1, max_extra=1.0, max_usd=0.001))) as gateway:
        tried = [asked(gateway, "openai", False)[0].headers["x-pontage-attempts"] for _ in range(3)]
    assert tried == ["a:left,b:200", "a:200", "a:200"]


def test_what_is_slow_is_learnt_first(vendors: tuple[Upstream, Upstream]) -> None:
    first, second = vendors
    second.script(answer(True, "second"))
    first.play(lambda received: answer(True, "first", before=5.0 if len(first.received) > 20 else 0.02))
    with running(config(vendors, Hedge(max_extra=1.0))) as gateway:
        tried = [asked(gateway, "openai", True)[0].headers["x-pontage-attempts"] for _ in range(21)]
    assert tried[:20] == ["a:200"] * 20
    assert tried[20] == "a:left,b:200"


@MODES
def test_a_caller_who_leaves_a_race_leaves_nothing_behind(vendors: tuple[Upstream, Upstream], streams: bool) -> None:
    first, second = vendors
    settled: list[Crossing] = []
    for vendor in vendors:
        vendor.script(answer(streams, "late", before=60))
    with running(config(vendors, ALL)) as gateway:
        gateway.engine.listeners.append(settled.append)
        path, body = spoken("openai", "hedged", stream=streams)
        with closing(raw(gateway, path, json.dumps(body).encode())):
            eventually(lambda: bool(first.received and second.received))
        assert first.gone.wait(PATIENCE)
        assert second.gone.wait(PATIENCE)
        eventually(lambda: gateway.listener.active == 0)
    (crossing,) = settled
    assert crossing.left
    assert [one.outcome for one in crossing.tried] == ["left", "left"]
