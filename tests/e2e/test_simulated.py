"""The simulated provider through every client format: answers, tools, forms, and faults on demand."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import Config
from tests.e2e.asking import ENDS, PATHS, ask, error_of, streamed_text, text_of
from tests.gateway import RunningGateway, running
from tests.real_clients.bridge import SDKS, close
from tests.real_clients.scenes import Said, Scene

FORMS = pytest.mark.parametrize("form", PATHS)
MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with running(Config()) as started:
        yield started
        assert started.failures == 0


@pytest.fixture(scope="module")
def clients(gateway: RunningGateway) -> Iterator[dict[str, Any]]:
    made = {name: sdk.connect(gateway.url) for name, sdk in SDKS.items()}
    yield made
    for client in made.values():
        close(client)


def said(clients: dict[str, Any], form: str, model: str, scene: Scene, streams: bool) -> Said:
    sdk = SDKS[form]
    return sdk.said((sdk.streamed if streams else sdk.whole)(clients[form], model, scene))


@FORMS
@MODES
def test_it_answers_unmistakably_and_always_the_same(clients: dict[str, Any], form: str, streams: bool) -> None:
    scene = Scene(name="s", prompt="Tell me.")
    for model in ("sim/chat", "simulated/chat", "chat"):
        first = said(clients, form, model, scene, streams)
        assert first == said(clients, form, model, scene, not streams)
        assert first.text.startswith("[simulated]")
        assert first.finish == "stop"
        assert first.input
        assert first.output


@FORMS
@MODES
def test_it_calls_tools(clients: dict[str, Any], form: str, streams: bool) -> None:
    tools = Scene(name="s", tools=("get_weather", "get_time"))
    several = [] if form == "google" else [("sim/tools?count=3", ["get_weather", "get_time", "get_weather"])]
    for model, names in [("sim/tools", ["get_weather"]), *several]:  # Google's own client takes no ? in a name
        told = said(clients, form, model, tools, streams)
        assert [name for name, _ in told.calls] == names
        assert all(arguments == {"city": "simulated", "days": 1} for _, arguments in told.calls)
        assert told.finish == "tool_calls"
    forced = said(
        clients, form, "sim/chat", Scene(name="s", tools=("get_weather", "get_time"), forced="get_time"), streams
    )
    assert [name for name, _ in forced.calls] == ["get_time"]
    answered = Scene(name="s", tools=("get_weather",), answered=(("call_1", "4 degrees"),))
    assert "4 degrees" in said(clients, form, "sim/tools", answered, streams).text
    assert said(clients, form, "sim/chat", tools, streams).calls == ()


@FORMS
@MODES
def test_it_keeps_to_a_form_and_thinks_aloud(clients: dict[str, Any], form: str, streams: bool) -> None:
    shaped = said(clients, form, "sim/chat", Scene(name="s", schema=True), streams)
    assert json.loads(shaped.text) == {"name": "simulated", "age": 1}
    assert "[simulated]" in said(clients, form, "sim/reasoning", Scene(name="s"), streams).thought
    assert said(clients, form, "sim/length", Scene(name="s"), streams).finish == "length"
    assert said(clients, form, "sim/refusal", Scene(name="s"), streams).finish == "filter"


FAULTS = {
    "401": 401,
    "404": 404,
    "429": 429,
    "429?retry_after=90": 429,
    "500": 502,
    "overloaded": 503,
    "context": 400,
    "flaky?rate=1": 503,
    "429?retry_after=soon": 400,
    "flaky?rate=7": 400,
    "slow?delay=-1": 400,
}


@FORMS
@MODES
@pytest.mark.parametrize("fault", FAULTS)
def test_it_fails_on_demand(gateway: RunningGateway, form: str, streams: bool, fault: str) -> None:
    gateway.engine.book.reset()
    answer = ask(gateway, form, f"sim/{fault}", stream=streams)
    assert answer.status in ({503, 529} if FAULTS[fault] == 503 else {FAULTS[fault]})
    error_of(form, answer.json)
    assert answer.headers["x-should-retry"] == "false"
    if fault == "429?retry_after=90":
        assert answer.headers["retry-after"] == "90"


@FORMS
def test_flaky_fails_as_often_as_it_says(gateway: RunningGateway, form: str) -> None:
    gateway.engine.book.reset()
    answers = [ask(gateway, form, "sim/flaky?rate=0.5") for _ in range(3)]
    assert {answer.status for answer in answers} == {200}  # what fails is asked again
    told = ",".join(answer.headers["x-pontage-attempts"] for answer in answers).split(",")
    assert (told.count("simulated:200"), told.count("simulated:503")) in ((3, 2), (3, 3))


@FORMS
@pytest.mark.parametrize("fault", ["cut-stream", "error-in-stream", "stall?seconds=0.05"])
def test_it_breaks_off_on_demand(gateway: RunningGateway, form: str, fault: str) -> None:
    answer = ask(gateway, form, f"sim/{fault}", stream=True, prompt="A long question, so that there are pieces.")
    assert answer.status == 200
    assert streamed_text(form, answer.body.partition(b'"error"')[0].rpartition(b"\n\n")[0]).startswith("[simulated]")
    assert b"error" in answer.body
    assert ENDS[form] not in answer.body
    whole = ask(gateway, form, f"sim/{fault}")
    assert whole.status in (502, 503, 504, 529)


@FORMS
def test_slow_and_timeout(gateway: RunningGateway, form: str) -> None:
    assert text_of(form, ask(gateway, form, "sim/slow?delay=0.01").json)
    for streams in (False, True):
        answer = ask(gateway, form, "sim/timeout", stream=streams, headers={"x-pontage-timeout": "0.2"})
        assert answer.status == 504


def test_in_production_it_is_not_there() -> None:
    with running(Config(environment="production")) as gateway:
        answer = ask(gateway, "openai", "simulated/echo")
        assert answer.status == 404
        assert ask(gateway, "openai", "echo").status == 404
