"""The simulated provider by itself: the origin plan's face, several answers, limits, and what it cannot say."""

import asyncio
import tracemalloc
from typing import Any

import pytest

from pontage.config import ProviderSettings, Timeouts
from pontage.dialects.envelope import Call
from pontage.domain.chat import (
    ChatRequest,
    CustomTool,
    FunctionTool,
    Message,
    OutputFormat,
    ReasoningOptions,
    ServerTool,
    ToolChoice,
)
from pontage.domain.parts import Text, ToolCall, ToolResult
from pontage.domain.stream import Delta, collect
from pontage.errors import ModelNotFoundError, UpstreamTimeoutError
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.providers.simulated.answer import PIECES, answer, events
from pontage.providers.simulated.config import MODELS
from pontage.providers.simulated.types import Scenario
from pontage.registry import ProviderRegistry
from pontage.transport import Transport


def provider() -> LLMProviderClient:
    return ProviderRegistry(Transport()).configure("simulated", ProviderSettings(), {}).client


def asking(model: str = "chat", *messages: Message, **more: Any) -> ChatRequest:
    told = messages or (Message(role="user", parts=(Text(text="Tell me something."),)),)
    return ChatRequest(model=model, messages=told, **more)


def test_the_face_of_the_origin_plan() -> None:
    async def main() -> None:
        client = provider()
        whole = await client.chat_completion(asking(), None)
        async with client.chat_completion_stream(asking(), None) as stream:
            assert collect([event async for event in stream]) == whole
        assert (await client.health_check(None)).healthy
        assert [info.id for info in await client.list_models(None)] == list(MODELS)
        assert not client.get_config_requirements().needs_key
        with pytest.raises(ModelNotFoundError):
            await client.chat_completion(asking("unheard-of"), None)
        for name in ("cut-stream", "error-in-stream", "stall"):
            with pytest.raises(Exception, match="simulated"):
                await client.chat_completion(asking(name), None)

    asyncio.run(main())


@pytest.mark.parametrize("name", MODELS)
def test_every_scenario_says_the_same_in_pieces(name: str) -> None:
    request = asking(name, n=2, tools=(FunctionTool(name="f"),))
    whole = answer(request, Scenario.of(name))
    assert collect(events(whole)) == whole
    assert len(whole.choices) == 2
    assert whole.usage is not None
    assert whole.usage.total == (whole.usage.total_input or 0) + (whole.usage.total_output or 0)


def test_several_answers_differ() -> None:
    first, second = answer(asking(n=2), Scenario.of("chat")).choices
    assert first.message.text != second.message.text


def test_the_limit_of_tokens_is_kept() -> None:
    short = answer(asking(max_tokens=3), Scenario.of("chat"))
    assert short.stop.reason == "length"
    assert len(short.text) <= 3 * 4
    assert answer(asking(max_tokens=4000), Scenario.of("chat")).stop.reason == "stop"
    for limit in (1, 17, 18, 40):
        thinking = answer(asking(max_tokens=limit), Scenario.of("reasoning"))
        assert thinking.stop.reason == "length"
        assert thinking.usage is not None
        assert thinking.usage.total_output == limit
        assert bool(thinking.text) == (limit > 17)


def test_the_first_stop_sequence_ends_it() -> None:
    for stop in (("provider", "no model"), ("[simulated]", "no model", "", "provider")):
        told = answer(asking(stop=stop), Scenario.of("chat"))
        assert told.text == "[simulated] This is Pontage's built-in "
        assert (told.stop.reason, told.stop.sequence) == ("stop_sequence", "provider")
    assert answer(asking(stop=("zebra",)), Scenario.of("chat")).stop.reason == "stop"
    called = asking("tools", tools=(FunctionTool(name="f"),), stop=("f",))
    assert answer(called, Scenario.of("tools")).stop.reason == "tool_calls"


def test_tools_of_every_kind() -> None:
    tools = (
        ServerTool(kind="web_search"),
        CustomTool(name="free"),
        FunctionTool(name="none"),
        FunctionTool(name="f", parameters={}),
    )
    calls = answer(asking("tools", tools=tools), Scenario.of("tools?count=3")).message.tool_calls
    assert [(call.name, call.kind, call.arguments) for call in calls] == [
        ("free", "custom", "simulated"), ("none", "function", "{}"), ("f", "function", "{}")
    ]  # fmt: skip
    assert len({call.id for call in calls}) == 3
    alone = asking("tools", tools=tools, parallel_tools=False)
    assert len(answer(alone, Scenario.of("tools?count=3")).message.tool_calls) == 1
    named = asking("chat", tools=tools, tool_choice=ToolChoice("any", ("f",)))
    assert [call.name for call in answer(named, Scenario.of("chat")).message.tool_calls] == ["f"]
    never = asking("tools", tools=tools, tool_choice=ToolChoice("none"))
    assert answer(never, Scenario.of("tools")).message.tool_calls == ()


def test_results_are_read_and_thinking_is_shown() -> None:
    call = Message(role="assistant", parts=(ToolCall(id="1", name="f"),))
    result = Message(role="user", parts=(ToolResult(call_id="1", parts=(Text(text="42"),)),))
    told = answer(asking("tools", call, result, tools=(FunctionTool(name="f"),)), Scenario.of("tools"))
    assert told.text.endswith("42")
    thinking = answer(asking("chat", reasoning=ReasoningOptions(show=True)), Scenario.of("chat"))
    assert thinking.usage is not None
    assert thinking.usage.reasoning
    assert answer(asking("chat", output=OutputFormat(kind="json")), Scenario.of("chat")).text == '{"simulated":true}'
    assert answer(ChatRequest(model="echo", messages=()), Scenario.of("echo")).text.startswith("[simulated]")


def test_silence_ends_at_the_attempts_own_limit() -> None:
    async def main() -> None:
        attempt = Attempt(model="timeout", timeouts=Timeouts(first_byte=0.05))
        with pytest.raises(UpstreamTimeoutError) as raised:
            await provider().send(Call.of(asking("timeout")), attempt)
        assert raised.value.phase == "first_byte"

    asyncio.run(main())


@pytest.mark.parametrize("length", [0, 1, 5, 2_400, 2_401, 3_000_000])
def test_a_long_answer_comes_in_no_more_pieces_than_needed(length: int) -> None:
    whole = answer(asking("echo", Message(role="user", parts=(Text(text="x" * length),))), Scenario.of("echo"))
    told = list(events(whole))
    assert sum(isinstance(event, Delta) for event in told) <= PIECES
    assert collect(told) == whole


def test_a_stream_makes_its_events_when_they_are_asked_for_and_lets_others_have_their_turn() -> None:
    async def main() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        long = asking("echo", Message(role="user", parts=(Text(text="x" * 1_000_000),)))
        beside = asyncio.create_task(other())
        tracemalloc.start()
        reply = await provider().open(Call.of(long), Attempt(model="echo"))
        before = tracemalloc.get_traced_memory()[0]
        pulled = reply.events()
        for _ in range(50):
            assert await pulled.pull()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        beside.cancel()
        assert turns >= 45
        assert grown < 200_000  # nothing is kept of what was read, and nothing made of what was not

    asyncio.run(main())
