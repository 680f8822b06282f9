"""One call's life: planned, attempted, settled once; and a stream that ends as it should or says why not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pontage.assemble import assemble
from pontage.config import Config, Target, VirtualModel
from pontage.crossing import CallOptions, Crossing, label
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Text
from pontage.engine import Engine
from pontage.errors import ConnectionFailedError, PontageError, RateLimitedError, UpstreamTimeoutError

ROUTE = VirtualModel(targets=[Target(model="sim/500"), Target(model="sim/echo")], allow_simulated=True)
CONFIG = Config(models={"second": ROUTE, "none": VirtualModel(targets=[Target(model="sim/500")], allow_simulated=True)})


def engaged(work: Callable[[Engine, list[Crossing]], Awaitable[Any]]) -> list[Crossing]:
    """Run `work` with an engine; the crossings it settled."""
    settled: list[Crossing] = []

    class Watched(Engine):
        def settle(self, crossing: Crossing) -> None:
            settled.append(crossing)
            super().settle(crossing)

    async def main() -> None:
        plain = assemble(CONFIG, {})
        engine = Watched(plain.config, plain.registry, plain.transport)
        try:
            await work(engine, settled)
        finally:
            await engine.aclose()

    asyncio.run(main())
    return settled


async def drained(live: Any) -> None:
    while await live.pull() is not None:
        pass


def call(model: str, stream: bool = False) -> Call:
    text = Text(text="A question that is answered in several pieces.")
    return Call.of(ChatRequest(model=model, messages=(Message(role="user", parts=(text,)),), stream=stream))


def test_a_whole_answer_is_settled_once() -> None:
    async def work(engine: Engine, settled: list[Crossing]) -> None:
        outcome = await engine.send(call("second"))
        assert outcome.response.attempts == ("simulated:500", "simulated:200")
        assert outcome.response.provider == "simulated"
        assert outcome.crossing.simulated

    (crossing,) = engaged(work)
    assert crossing.usage is not None
    assert crossing.error is None
    assert crossing.plan.route == "second"


def test_a_failure_is_settled_once_with_its_error() -> None:
    async def work(engine: Engine, settled: list[Crossing]) -> None:
        with pytest.raises(PontageError) as raised:
            await engine.send(call("none"))
        assert raised.value.attempts == ("simulated:500",) * 3
        assert (raised.value.provider, raised.value.model) == ("simulated", "500")

    (crossing,) = engaged(work)
    assert isinstance(crossing.error, PontageError)


@pytest.mark.parametrize("shape", ["events", *CLIENT_SIDES])
@pytest.mark.parametrize("end", ["read", "left", "broken", "closed twice"])
def test_a_stream_is_settled_once_however_it_ends(shape: str, end: str) -> None:
    async def work(engine: Engine, settled: list[Crossing]) -> None:
        asked = call("sim/cut-stream" if end == "broken" else "sim/echo", True)
        opened = engine.open_events(asked) if shape == "events" else engine.open(asked, CLIENT_SIDES[shape])
        live: Any = await opened
        assert settled == []
        if end in ("read", "closed twice"):
            pieces = []
            while (piece := await live.pull()) is not None:
                pieces.append(piece)
            assert len(pieces) > 3
            assert await live.pull() is None
        elif end == "broken":
            with pytest.raises(PontageError) as raised:
                await drained(live)
            assert raised.value.attempts == ("simulated:200",)
            last = live.fail(raised.value)
            assert b"error" in last if shape != "events" else last == ()
        else:
            await live.pull()
        await live.aclose()
        if end == "closed twice":
            await live.aclose()
        assert live.crossing.attempts == ("simulated:200",)
        assert isinstance(live.notes, tuple)

    (crossing,) = engaged(work)
    assert (crossing.error is not None) == (end == "broken")
    assert crossing.usage is not None
    assert crossing.left == (end == "left")
    assert crossing.truncated == crossing.estimated == (end in ("left", "broken"))


def test_what_is_settled_is_logged_without_a_word_of_the_content(caplog: pytest.LogCaptureFixture) -> None:
    async def work(engine: Engine, settled: list[Crossing]) -> None:
        await engine.send(call("second"))

    with caplog.at_level(logging.INFO, "pontage.engine"):
        engaged(work)
    assert "second -> simulated/echo simulated:500,simulated:200" in caplog.text
    assert "question" not in caplog.text


def test_the_callers_deadline_is_the_requests() -> None:
    async def work(engine: Engine, settled: list[Crossing]) -> None:
        with pytest.raises(UpstreamTimeoutError) as raised:
            await engine.send(call("sim/timeout"), CallOptions(timeout=0.05))
        assert raised.value.phase == "total"

    assert engaged(work)[0].attempts == ("simulated:timeout-total",)


def test_an_attempt_in_a_word() -> None:
    assert label(RateLimitedError("x", upstream_status=429)) == "429"
    assert label(UpstreamTimeoutError("x", phase="idle")) == "timeout-idle"
    assert label(ConnectionFailedError("x")) == "PTG-1501"


def test_two_engines_live_side_by_side() -> None:
    async def main() -> None:
        first, second = assemble(CONFIG, {}), assemble(Config(environment="production"), {"OPENAI_API_KEY": "k"})
        assert [info.id for info in first.inventory.known_models()][:2] == ["second", "none"]
        assert all(info.id.startswith("openai/") for info in second.inventory.known_models())
        assert first.plan("second").targets[1].model == "echo"
        await first.aclose()
        await second.aclose()

    asyncio.run(main())
