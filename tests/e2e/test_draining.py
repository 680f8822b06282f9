"""What becomes of an answer whose client has left: cancelled and billed as it was, or read on in the background."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

import pontage
from pontage.config import (
    Config,
    DrainUpTo,
    OnDisconnect,
    PriceOverride,
    ProviderSettings,
    ServerSection,
    StreamsSection,
    Target,
    VirtualModel,
)
from pontage.crossing import Crossing
from tests.e2e.asking import ask, raw, spoken
from tests.e2e.test_truth import EVENT_STREAM, WHOLE, chunk
from tests.gateway import RunningGateway, running
from tests.replay.upstream import PATIENCE, Scripted, Upstream, stream, upstream, whole

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
LAST = b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": USAGE}).encode()
END = chunk("", "stop") + LAST + b"\n\ndata: [DONE]\n\n"
FORMS = pytest.mark.parametrize("form", ["openai", "anthropic"])


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def config(vendor: Upstream, policy: OnDisconnect = "cancel") -> Config:
    routes: dict[str, OnDisconnect | None] = {
        "default": None, "cancelled": "cancel", "drained": "drain", "metered": DrainUpTo(drain_up_to=0.0001)
    }  # fmt: skip
    return Config(
        providers={"o": ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1")},
        models={
            name: VirtualModel(targets=[Target(model="o/x")], retries=0, on_disconnect=how)
            for name, how in routes.items()
        },
        prices={"o/x": PriceOverride(input=1.0, output=10.0)},
        server=ServerSection(streams=StreamsSection(on_disconnect=policy)),
    )


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def left(gateway: RunningGateway, vendor: Upstream, form: str, model: str, *, streams: bool, heard: bytes) -> Crossing:
    """Ask, leave once `heard` came (and the upstream was asked), and wait for the account."""
    settled: list[Crossing] = []
    gateway.engine.listeners.append(settled.append)
    path, body = spoken(form, model, stream=streams)
    with closing(raw(gateway, path, json.dumps(body).encode())) as client:
        eventually(lambda: bool(vendor.received))
        told = b""
        while heard not in told:
            told += client.recv(65536)
    eventually(lambda: bool(settled))
    gateway.engine.listeners.clear()
    eventually(lambda: gateway.listener.active == 0)
    (crossing,) = settled
    return crossing


@FORMS
@pytest.mark.parametrize("model", ["default", "cancelled", "o/x"])
def test_what_was_streamed_before_a_cancel_is_billed_as_it_was(vendor: Upstream, form: str, model: str) -> None:
    vendor.script(stream(chunk("one two three four five six ") * 3, after="hang"))
    with running(config(vendor)) as gateway:
        crossing = left(gateway, vendor, form, model, streams=True, heard=b"six")
    assert vendor.gone.wait(PATIENCE)
    assert (crossing.left, crossing.truncated, crossing.estimated) == (True, True, True)
    assert crossing.error is None
    assert crossing.usage is not None
    assert 15 <= (crossing.usage.output or 0) <= 24
    assert crossing.usage.input
    assert crossing.cost is not None
    assert crossing.cost.nano == 1000 * crossing.usage.input + 10_000 * (crossing.usage.output or 0)
    assert crossing.tried[0].estimated
    assert crossing.tried[0].cost == crossing.cost


@FORMS
def test_a_drained_stream_is_billed_by_what_the_provider_tells_at_its_end(vendor: Upstream, form: str) -> None:
    pieces = (chunk("one "), *[chunk("more ")] * 4, END)
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=pieces, pause=0.1))
    with running(config(vendor)) as gateway:
        crossing = left(gateway, vendor, form, "drained", streams=True, heard=b"one")
    assert not vendor.gone.is_set()
    assert (crossing.left, crossing.truncated, crossing.estimated) == (True, True, False)
    assert crossing.usage is not None
    assert (crossing.usage.total_input, crossing.usage.total_output) == (7, 5)


@FORMS
def test_a_drain_ends_when_the_answer_has_cost_enough(vendor: Upstream, form: str) -> None:
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=(chunk("some more words "),) * 2000, pause=0.01, after="hang"))
    with running(config(vendor)) as gateway:
        crossing = left(gateway, vendor, form, "metered", streams=True, heard=b"words")
    assert vendor.gone.wait(PATIENCE)
    assert crossing.estimated
    assert crossing.cost is not None
    assert 100_000 <= crossing.cost.nano < 200_000  # 0.0001 USD, and what the last pieces brought


@pytest.mark.parametrize("window", ["whole", "before content"])
def test_what_has_not_begun_is_drained_as_well(vendor: Upstream, window: str) -> None:
    answers = {
        "whole": Scripted(headers=(("content-type", "application/json"),), whole=_whole(), before=0.3),
        "before content": Scripted(headers=EVENT_STREAM, pieces=(chunk("late ") + END,), pause=0.3),
    }
    vendor.script(answers[window])
    with running(config(vendor, policy="drain")) as gateway:
        crossing = left(gateway, vendor, "openai", "o/x", streams=window != "whole", heard=b"")
    assert not vendor.gone.is_set()
    assert crossing.usage is not None
    assert (crossing.usage.total_input, crossing.estimated) == (7, False)


def _whole() -> bytes:
    return json.dumps({**WHOLE, "usage": USAGE}).encode()


def test_a_drain_does_not_outlive_the_gateway(vendor: Upstream) -> None:
    vendor.script(stream(chunk("one "), after="hang"))
    settled: list[Crossing] = []
    with running(config(vendor)) as gateway:
        gateway.engine.listeners.append(settled.append)
        path, body = spoken("openai", "drained", stream=True)
        with closing(raw(gateway, path, json.dumps(body).encode())) as client:
            while b"one" not in client.recv(65536):
                pass
        eventually(lambda: gateway.listener.active == 0)
        assert not settled
        assert not vendor.gone.is_set()
    assert vendor.gone.wait(PATIENCE)
    assert [(one.left, one.estimated) for one in settled] == [(True, True)]


def test_a_drain_that_breaks_is_settled_with_its_error(vendor: Upstream) -> None:
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=(chunk("one "), chunk("two ")), pause=0.2, after="cut"))
    with running(config(vendor)) as gateway:
        crossing = left(gateway, vendor, "openai", "drained", streams=True, heard=b"one")
    assert crossing.error is not None
    assert crossing.left
    assert crossing.estimated


def test_the_sdk_drains_what_its_user_leaves(vendor: Upstream) -> None:
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=(chunk("one "), chunk("two "), END), pause=0.1))
    with pontage.Client(config(vendor), environ={}) as client:
        with client.stream("drained", "Hello.") as told:
            assert next(told.text_deltas()) == "one "
        assert not vendor.gone.wait(0.5)


def test_a_whole_answer_tells_its_cost_exactly(vendor: Upstream) -> None:
    vendor.script(whole(_whole()))
    with running(config(vendor)) as gateway:
        answer = ask(gateway, "openai", "o/x")
    assert answer.headers["x-pontage-cost-usd"] == "0.000057"
