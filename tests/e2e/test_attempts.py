"""How often a provider is asked, and when it is left alone: retries, waits, budgets, breakers and keys from outside."""

import asyncio
import time
from collections.abc import Iterator

import openai
import pytest

from pontage.config import ProviderSettings, Secret, Target, VirtualModel
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Text
from pontage.errors import PontageError
from tests.conftest import Figures
from tests.e2e.asking import Answer, ask
from tests.e2e.test_choice import CHUNKS, failing, good
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Scripted, Upstream, stream, upstream, whole

ROUTES = {
    "alone": VirtualModel(targets=[Target(model="openai/gpt-x")]),
    "once": VirtualModel(targets=[Target(model="openai/gpt-x")], retries=0),
    "both": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")]),
    "pool": VirtualModel(targets=[Target(model="pooled/gpt-x")]),
    "larger": VirtualModel(
        targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")], fallback_on=["context_window"]
    ),
}
REFUSED = whole({"error": {"message": "no", "type": "x", "code": None}}, 500)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def running_gateway(vendor: Upstream) -> Iterator[RunningGateway]:
    keys = [Secret("key-a"), Secret("key-b")]
    pooled = ProviderSettings(type="openai", base_url=f"{vendor.url}/v1", api_keys=keys)
    with running(upstream_config(vendor.url, providers={"pooled": pooled}, models=ROUTES)) as gateway:
        yield gateway


@pytest.fixture
def gateway(running_gateway: RunningGateway, vendor: Upstream) -> RunningGateway:
    vendor.play(good)
    running_gateway.engine.book.reset()
    return running_gateway


def attempts(answer: Answer) -> str:
    return answer.headers["x-pontage-attempts"]


def in_turn(*answers: Scripted):
    """Each request gets the next of `answers`, then good ones."""
    left = list(answers)
    return lambda received: left.pop(0) if left else good(received)


@pytest.mark.parametrize("model", ["alone", "openai/gpt-x"])
@pytest.mark.parametrize("streams", [False, True])
def test_a_stumble_is_mended_unseen(gateway: RunningGateway, vendor: Upstream, model: str, streams: bool) -> None:
    vendor.play(in_turn(REFUSED, REFUSED))
    answer = ask(gateway, "openai", model, stream=streams)
    assert answer.status == 200
    assert attempts(answer) == "openai:500,openai:500,openai:200"


def test_a_route_may_do_without_retries(gateway: RunningGateway, vendor: Upstream) -> None:
    vendor.play(in_turn(REFUSED))
    assert attempts(ask(gateway, "openai", "once")) == "openai:500"


@pytest.mark.parametrize("told", [{}, {"retry_after": "soon"}, {"retry_after": "-5"}])
def test_a_wait_that_was_not_told_is_guessed(gateway: RunningGateway, vendor: Upstream, told: dict[str, str]) -> None:
    vendor.play(in_turn(whole(b"{}", 429, **told)))
    assert attempts(ask(gateway, "openai", "alone")) == "openai:429,openai:200"


DATES = {"retry-after": "Wed, 21 Oct 2026 07:28:01 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}


@pytest.mark.parametrize(
    ("told", "least"),
    [({"retry-after-ms": "300"}, 0.3), ({"retry-after": "0.3"}, 0.3), ({"retry-after": "1"}, 1.0), (DATES, 1.0)],
)
def test_a_wait_that_was_told_is_waited(
    gateway: RunningGateway, vendor: Upstream, told: dict[str, str], least: float
) -> None:
    vendor.play(in_turn(Scripted(status=429, headers=tuple(told.items()), whole=b"{}")))
    began = time.monotonic()
    answer = ask(gateway, "openai", "alone")
    assert attempts(answer) == "openai:429,openai:200"
    assert time.monotonic() - began >= least


@pytest.mark.parametrize(("wait", "limit"), [("61", None), ("5", "1")])
def test_a_wait_that_is_too_long_is_handed_on(
    gateway: RunningGateway, vendor: Upstream, wait: str, limit: str | None
) -> None:
    vendor.play(in_turn(whole(b"{}", 429, retry_after=wait)))
    answer = ask(gateway, "openai", "alone", headers={"x-pontage-timeout": limit} if limit else {})
    assert (answer.status, attempts(answer), answer.headers["retry-after"]) == (429, "openai:429", wait)
    heard = len(vendor.received)
    answer = ask(gateway, "openai", "alone")  # its key rests: nobody is asked before the time
    assert (answer.status, len(vendor.received)) == (429, heard)
    assert 0 < float(answer.headers["retry-after"]) <= float(wait)
    assert attempts(ask(gateway, "anthropic", "both")) == "anthropic:200"  # the other target takes over at once


def test_a_key_that_rests_is_passed_over(gateway: RunningGateway, vendor: Upstream) -> None:
    busy = whole(b"{}", 429, retry_after="30")
    vendor.play(lambda received: busy if received.headers["authorization"] == "Bearer key-a" else good(received))
    told = [attempts(ask(gateway, "openai", "pool")) for _ in range(4)]
    assert sorted(told) == ["pooled:200", "pooled:200", "pooled:200", "pooled:429,pooled:200"]


@pytest.mark.parametrize("status", [401, 402])
def test_a_key_in_trouble_is_left_alone(gateway: RunningGateway, vendor: Upstream, status: int) -> None:
    refused = whole({"error": {"message": "no", "type": "x"}}, status)
    vendor.play(lambda received: refused if received.headers["authorization"] == "Bearer key-a" else good(received))
    for _ in range(4):
        assert ask(gateway, "openai", "pool").status == 200
    used = [received.headers["authorization"] for received in vendor.received]
    assert used.count("Bearer key-a") == 1
    (key, _) = gateway.engine.book.pools()["pooled", ""].keys
    assert key.trouble == ("invalid" if status == 401 else "parked")


def test_a_target_that_keeps_failing_is_left_out_and_a_single_one_never(
    gateway: RunningGateway, vendor: Upstream
) -> None:
    vendor.play(failing(500))
    told = [attempts(ask(gateway, "openai", "both")) for _ in range(7)]
    assert told == ["openai:500,anthropic:200"] * 5 + ["anthropic:200"] * 2
    explained = gateway.engine.explain(Call.of(request("both")))
    assert [target.name for target in explained.targets] == ["anthropic/claude-x"]
    assert explained.excluded[0].reason.startswith("shut off after faults, for ")
    assert gateway.engine.book.verdict("openai", time.monotonic()) == "down"
    assert attempts(ask(gateway, "openai", "openai/gpt-x")).startswith("openai:500")
    vendor.play(good)
    assert ask(gateway, "openai", "openai/gpt-x").status == 200


def test_streams_that_break_after_their_content_count_as_faults(gateway: RunningGateway, vendor: Upstream) -> None:
    broken = stream(CHUNKS.partition(b"\n\n")[0] + b"\n\n", after="cut")
    vendor.play(lambda received: broken if "chat" in received.path else good(received))
    for _ in range(10):
        assert ask(gateway, "openai", "both", stream=True).status == 200
    (target, *_) = gateway.engine.plan("both").targets
    assert gateway.engine.book.health(target, time.monotonic()).failing > 0.4


def test_a_prompt_too_long_goes_to_the_next_target_where_the_route_says_so(
    gateway: RunningGateway, vendor: Upstream
) -> None:
    full = whole({"error": {"message": "too long", "code": "context_length_exceeded"}}, 400)
    vendor.play(lambda received: full if "chat" in received.path else good(received))
    assert attempts(ask(gateway, "openai", "larger")) == "openai:400,anthropic:200"
    assert attempts(ask(gateway, "openai", "both")) == "openai:400"


def request(model: str) -> ChatRequest:
    return ChatRequest(model=model, messages=(Message(role="user", parts=(Text(text="Hello."),)),))


async def many(gateway: RunningGateway, model: str, count: int, a_second: float) -> int:
    """How many of `count` requests succeed that come at this rate."""

    async def one() -> bool:
        try:
            await gateway.engine.send(Call.of(request(model)))
        except PontageError:
            return False
        return True

    running: list[asyncio.Task[bool]] = []
    for _ in range(count):
        running.append(asyncio.create_task(one()))
        await asyncio.sleep(1 / a_second)
    return sum(await asyncio.gather(*running))


def on_its_loop(gateway: RunningGateway, model: str, count: int) -> int:
    return asyncio.run_coroutine_threadsafe(many(gateway, model, count, 200), gateway.loop).result(60)


@pytest.mark.parametrize("model", ["alone", "both"])
def test_an_outage_is_not_multiplied(gateway: RunningGateway, vendor: Upstream, figures: Figures, model: str) -> None:
    vendor.play(lambda received: REFUSED)
    before = len(vendor.received)
    assert on_its_loop(gateway, model, 400) == 0
    calls = len(vendor.received) - before
    figures(f"upstream calls a request in an outage at 200 a second, {model}", calls / 400)
    assert calls <= 1.25 * 400


def test_with_one_healthy_target_everything_succeeds(
    gateway: RunningGateway, vendor: Upstream, figures: Figures
) -> None:
    vendor.play(failing(503))
    succeeded = on_its_loop(gateway, "both", 400)
    figures("requests that succeed with one healthy target of two", f"{succeeded} of 400")
    assert succeeded == 400


@pytest.mark.parametrize("status", [429, 500, 503, 401])
def test_the_vendors_own_client_does_not_multiply(gateway: RunningGateway, vendor: Upstream, status: int) -> None:
    vendor.play(lambda received: whole({"error": {"message": "no", "type": "x"}}, status))
    before = len(vendor.received)
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="any") as client, pytest.raises(openai.APIStatusError):
        client.chat.completions.create(model="openai/gpt-x", messages=[{"role": "user", "content": "x"}])
    assert len(vendor.received) - before <= 3


def test_what_was_asked_is_the_same_each_time(gateway: RunningGateway, vendor: Upstream) -> None:
    vendor.play(in_turn(REFUSED, REFUSED))
    ask(gateway, "anthropic", "openai/gpt-x")
    bodies: set[bytes] = {received.body for received in vendor.received[-3:]}
    assert len(bodies) == 1
